/*
 * keymap.h: what is typed on a terminal, as the scan codes (set 1) of a PC's keyboard with the American layout.
 *
 * A terminal tells no releases: each key's codes are those of pressing it, and as many of
 * letting it go behind them. What no key makes (UTF-8, unknown sequences) is dropped. Source: IBM, Personal System/2
 * Hardware Interface Technical Reference, "Keyboards (101- and 102-Key)".
 */
#ifndef VMM_DEVICE_KEYMAP_H
#define VMM_DEVICE_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

/* Scan codes that one key makes at most: with Ctrl or Shift, or with prefixes. */
#define KEYMAP_CODES 4u

/*
 * The key that the first bytes stand for, of count (at least one): its scan codes into codes, *ncodes of them, 0 if
 * there is no such key. Returns how many bytes it was. A sequence is told from the key Escape by being whole.
 */
size_t keymap_next(const uint8_t *bytes, size_t count, uint8_t codes[KEYMAP_CODES], unsigned *ncodes);

#endif
