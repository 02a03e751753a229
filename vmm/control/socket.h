/* socket.h: a unix socket that only its owner may connect to. */
#ifndef VMM_CONTROL_SOCKET_H
#define VMM_CONTROL_SOCKET_H

#include "vmm/error.h"

#include <stddef.h>
#include <sys/un.h>

/* A socket that is listened at, and where it stands. */
struct socket_place {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd; /* does not block */
};

/*
 * Its permission is 0600 from its first moment. One that nobody listens at any more is replaced; anything else
 * that is there is refused. 0, or -1 with *e filled.
 */
int socket_listen(const char *path, struct socket_place *out, struct error *e);

/* Close it, and take it away, unless somebody listens there by now. */
void socket_remove(struct socket_place *place);

/* A file descriptor whose calls give up after some seconds, or -1 with *e filled. */
int socket_connect(const char *path, struct error *e);

#endif
