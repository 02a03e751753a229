/* types.h: the tables of operations, each in the file of its type. */
#ifndef GUEST_KERNEL_TYPES_H
#define GUEST_KERNEL_TYPES_H

#include "guest/kernel/object.h"

extern const struct type number_type, page_type, space_type, node_type, process_type, endpoint_type, virtual_page_type,
	forwarder_type, notification_type, channel_type, bank_type, discrim_type, console_type, clock_type;

#endif
