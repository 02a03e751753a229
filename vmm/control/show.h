/* show.h: replies of vmm/control/monitor.h for people. */
#ifndef VMM_CONTROL_SHOW_H
#define VMM_CONTROL_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Lines of text. The reply may be anything that came through a socket: what is missing is left out, what is not
 * printable becomes '?'. False: it tells an error, which is not printed.
 */
bool show_reply(const json_t *reply, FILE *out);

/* The error that a reply tells, as printable text; "" if it tells none. */
void show_error(const json_t *reply, char *out, size_t size);

#endif
