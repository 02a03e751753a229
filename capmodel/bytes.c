#include "capmodel/bytes.h"

/* No memcpy(): with a size that varies compilers make `rep movs` of it, which costs as much as the rest of an access.
 */
__attribute__((noinline)) void bytes_move_more(uint8_t *to, const uint8_t *from, uint8_t size)
{
	for (; size >= 16; size = (uint8_t)(size - 16), to += 16, from += 16)
		*(volatile bytes_u128 *)to = *(const volatile bytes_u128 *)from;
	for (; size >= 4; size = (uint8_t)(size - 4), to += 4, from += 4)
		*(volatile bytes_u32 *)to = *(const volatile bytes_u32 *)from;
	for (; size > 0; size--)
		*(volatile uint8_t *)to++ = *(const volatile uint8_t *)from++;
}
