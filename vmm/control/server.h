/*
 * server.h: a thread that answers lines from a unix socket.
 *
 * Each line is answered by one, in order. Nobody waits for a client: what it does not read is kept for it, one reply
 * at a time, and meanwhile nothing more of it is read. A line that is too long, or that the client ends in the
 * middle of, is told and ends the connection. SERVER_CLIENTS may be connected; one more takes the place of
 * one that has been silent for SERVER_SILENCE_MS, or is turned away.
 */
#ifndef VMM_CONTROL_SERVER_H
#define VMM_CONTROL_SERVER_H

#include "vmm/error.h"

#include <stddef.h>

#define SERVER_CLIENTS 8
#define SERVER_SILENCE_MS 10000

/* Called from the server's thread. */
struct server_host {
	void *self;
	/* The answer to a line, which comes without its newline, with one; free()d. NULL: close the connection. */
	char *(*answer)(void *self, const char *line, size_t size);
	void (*nudged)(void *self);
};

struct server;

/* path NULL: there is no socket, and the thread waits for nudges only. NULL with *e filled; nothing runs yet. */
struct server *server_new(const char *path, const struct server_host *host, struct error *e);
int server_start(struct server *s, struct error *e);

/* Have nudged() called soon; from any thread, and from signal handlers. */
void server_nudge(const struct server *s);

/* Replies that are ready go out as far as they can without waiting. Idempotent; the socket is gone then. */
void server_stop(struct server *s);
void server_free(struct server *s);

#endif
