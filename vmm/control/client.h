/* client.h: the other end of the control socket, for `lodestore ctl` and `lodestore mark`. */
#ifndef VMM_CONTROL_CLIENT_H
#define VMM_CONTROL_CLIENT_H

#include "vmm/error.h"

#include <jansson.h>

/*
 * Send a request to the socket at path and wait for the reply, json_decref() it. NULL with *e filled: STATUS_INPUT if
 * nobody is there, STATUS_HOST if no reply comes, or none that can be read.
 */
json_t *client_ask(const char *path, const json_t *request, struct error *e);

#endif
