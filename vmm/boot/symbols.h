/*
 * symbols.h: names to addresses, from an ELF symbol table or a System.map.
 */
#ifndef VMM_BOOT_SYMBOLS_H
#define VMM_BOOT_SYMBOLS_H

#include "vmm/boot/image.h"

#include <stdbool.h>

struct symbol {
	const char *name;
	uint64_t address;
	uint64_t size; /* bytes; 0: unknown */
};

struct symbols;

struct symbols *symbols_new(void);
void symbols_free(struct symbols *s);

/* Add those of an ELF image (none is no error) or of "address type name" lines. 0, or -1 with *e filled. */
int symbols_add_elf(struct symbols *s, const struct image *image, struct error *e);
int symbols_add_map(struct symbols *s, const struct image *image, struct error *e);

/*
 * How an executable begins: its first bytes, at its entry point, by which its program is known among others. False
 * where it has none there (only its symbols), is none, or has no place of its own (ET_DYN).
 */
#define PROGRAM_START_MAX 16
struct program_start {
	uint64_t address;
	size_t size;
	uint8_t bytes[PROGRAM_START_MAX];
};
bool symbols_program(const struct image *image, struct program_start *out);

/* NULL if there is none of that name. */
const struct symbol *symbols_find(const struct symbols *s, const char *name);

/*
 * How many bytes are the symbol's: its size, or to the next symbol at another address where that is not known (a
 * System.map has no sizes). 0: no symbol follows within SYMBOL_REACH.
 */
#define SYMBOL_REACH 0x100000
uint64_t symbols_extent(const struct symbols *s, const struct symbol *symbol);

/* The symbol at or below address with the smallest distance, if that is within its size or SYMBOL_REACH; or NULL. */
const struct symbol *symbols_near(const struct symbols *s, uint64_t address);

#endif
