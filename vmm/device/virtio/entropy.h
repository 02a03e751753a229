/*
 * entropy.h: a virtio entropy device: what the host's getrandom(2) gives.
 *
 * Source: VIRTIO 1.2, "Entropy Device".
 */
#ifndef VMM_DEVICE_VIRTIO_ENTROPY_H
#define VMM_DEVICE_VIRTIO_ENTROPY_H

#include "vmm/device/virtio/virtio.h"

#define ENTROPY_REQUEST_MAX 4096u /* bytes given for one request; a driver may get fewer than it has room for */

/* NULL without memory. */
struct virtio *entropy_new(const struct virtio_host *host, unsigned line);

#endif
