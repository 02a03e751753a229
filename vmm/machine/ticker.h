/*
 * ticker.h: a thread that makes the guest come by some hundred times a second, while it is to: a guest whose
 * pages are left alone may not come by itself for long.
 */
#ifndef VMM_MACHINE_TICKER_H
#define VMM_MACHINE_TICKER_H

#include <stdbool.h>

struct ticker;

/* kick is called on the ticker's thread. NULL: no memory, no thread. */
struct ticker *ticker_new(void (*kick)(void));
/* NULL is allowed, also below. */
void ticker_go(struct ticker *ticker, bool on);
void ticker_free(struct ticker *ticker);

#endif
