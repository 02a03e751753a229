/*
 * print.h: lines on the console.
 */
#ifndef GUEST_USER_LIB_PRINT_H
#define GUEST_USER_LIB_PRINT_H

/*
 * %s, %u (unsigned), %lu, %x, %lx and %%, nothing else. One call is one invocation of the console, so what it
 * prints stays together. At most 256 bytes; the rest is cut.
 */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
