#include "vmm/control/socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define BACKLOG 8
#define LIMIT_S 10

static int socket_at(const char *path, int flags, struct sockaddr_un *address, struct error *e)
{
	int fd;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!*path || strlen(path) >= sizeof(address->sun_path))
		return error_set(e, STATUS_USAGE, "the socket \"%.120s\": its path is empty or longer than %zu bytes",
				 path, sizeof(address->sun_path) - 1);
	strcpy(address->sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	return fd >= 0 ? fd : error_set(e, STATUS_HOST, "the socket \"%s\": %s", path, strerror(errno));
}

/* A socket that nobody listens at any more. */
static bool is_dead(const struct sockaddr_un *address)
{
	struct stat about;
	bool dead;
	int fd;

	if (lstat(address->sun_path, &about) < 0 || !S_ISSOCK(about.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	dead = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 && errno == ECONNREFUSED;
	close(fd);
	return dead;
}

/*
 * The file gets the socket's own mode, less the umask: so nobody else can connect at any moment, and the umask, which
 * is every thread's, stays as it is. Source: Linux, net/unix/af_unix.c, unix_bind().
 */
static int bind_private(int fd, const struct sockaddr_un *address)
{
	if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return errno;
	return 0;
}

int socket_listen(const char *path, struct socket_place *out, struct error *e)
{
	struct socket_place place = {.fd = -1};
	struct sockaddr_un address;
	int err;

	place.fd = socket_at(path, SOCK_NONBLOCK, &address, e);
	if (place.fd < 0)
		return -1;
	strcpy(place.path, path);
	if (is_dead(&address))
		unlink(path);
	err = bind_private(place.fd, &address);
	if (err) {
		close(place.fd);
		return error_set(e, STATUS_INPUT, "the socket \"%s\": %s", path,
				 err == EADDRINUSE ? "it exists, and somebody listens there or it is no socket"
						   : strerror(err));
	}
	if (listen(place.fd, BACKLOG) == 0) {
		*out = place;
		return 0;
	}
	error_set(e, STATUS_HOST, "the socket \"%s\": %s", path, strerror(errno));
	close(place.fd);
	unlink(path);
	return -1;
}

void socket_remove(struct socket_place *place)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	close(place->fd);
	place->fd = -1;
	strcpy(address.sun_path, place->path);
	if (is_dead(&address))
		unlink(place->path);
}

int socket_connect(const char *path, struct error *e)
{
	const struct timeval limit = {.tv_sec = LIMIT_S};
	struct sockaddr_un address;
	int fd = socket_at(path, 0, &address, e);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error_set(e, STATUS_INPUT, "%s: %s", path, errno == EAGAIN ? "nobody takes the connection" : strerror(errno));
	close(fd);
	return -1;
}
