/*
 * device.c: the keeper "device" is no keeper of its own: it is the device of the machine's that has this range as its
 * registers, so that others can be stacked on it: log:device.
 *
 * The machine has made it, and frees it; a device that is so named is kept by what was stacked on it.
 */
#include "capmodel/keeper/kind.h"

static struct keeper *device_make(struct keeper_args *args)
{
	struct options *o = &args->options;

	if (!options_finish(o))
		return NULL;
	if (!args->env->device)
		options_error(o, "no device has just this range as its registers, or it is kept already");
	return args->env->device;
}

const struct keeper_kind device_kind = {
	.name = "device",
	.wraps = WRAPS_NOTHING,
	.options = "no option",
	.meaning = "the virtio device whose registers these are",
	.make = device_make,
};
