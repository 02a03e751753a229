/*
 * console.h: a virtio console of one port.
 *
 * It has no terminal: bytes come from its host and go there, as many as there are and as it takes; the rest waits
 * in the queue, and the driver with it. Source: VIRTIO 1.2, "Console Device".
 */
#ifndef VMM_DEVICE_VIRTIO_CONSOLE_H
#define VMM_DEVICE_VIRTIO_CONSOLE_H

#include "vmm/device/virtio/virtio.h"

/* Neither waits. After what they could not do at once, virtio_look() is to be called when they can. */
struct console_host {
	void *self;
	size_t (*take)(void *self, uint8_t *bytes, size_t room); /* what was typed: how many bytes */
	size_t (*offer)(void *self, const uint8_t *bytes, size_t count); /* output: how many were taken */
};

/* NULL without memory. */
struct virtio *console_new(const struct console_host *host_console, const struct virtio_host *host, unsigned line);

#endif
