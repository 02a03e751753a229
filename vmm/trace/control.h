/*
 * control.h: a unix socket by which others speak to a trace while it is made.
 *
 * One line is one command, "mark TEXT", and is answered by one line, "ok" or "error: why". A thread of its own serves
 * up to CONTROL_CLIENTS at once; one more is turned away, and one that is silent for CONTROL_SILENCE_MS or
 * sends a line without an end is dropped. What is to be done is handed to the vCPU's thread, which takes it between
 * two accesses.
 */
#ifndef VMM_TRACE_CONTROL_H
#define VMM_TRACE_CONTROL_H

#include "vmm/error.h"

#include <stdbool.h>
#include <stddef.h>

#define CONTROL_CLIENTS 8
#define CONTROL_LINE 512 /* bytes of a line, its newline too */
#define CONTROL_SILENCE_MS 10000
#define CONTROL_TEXT (CONTROL_LINE - 5)

struct control;

/* Only this user may connect. kick makes the vCPU's thread come to control_take() soon. NULL with *e filled. */
struct control *control_open(const char *path, void (*kick)(void), struct error *e);
void control_close(struct control *c);

/* Is there a mark to make? Its text is put into text, and whoever sent it is told. */
bool control_take(struct control *c, char text[CONTROL_TEXT]);

/* `lodestore mark`: send one command line, without newline, and wait for the answer. 0, or -1 with *e filled. */
int control_send(const char *path, const char *line, struct error *e);

#endif
