#include "vmm/doctor/item.h"

#include <stdarg.h>
#include <string.h>

void item_set(struct doctor_item *item, enum doctor_result result, const char *format, ...)
{
	va_list args;

	item->result = result;
	va_start(args, format);
	vsnprintf(item->detail, sizeof(item->detail), format, args);
	va_end(args);
}

void item_stopped(struct doctor_item *item, struct probe_vm *vm, enum probe_stop stop, const char *when)
{
	char text[100];

	probe_vm_describe(vm, stop, text, sizeof(text));
	item_set(item, stop == PROBE_HANG ? DOCTOR_HANGS : DOCTOR_NO, "%s: %s", when, text);
}

void item_failed(struct doctor_item *item, const struct probe_vm *vm, int err)
{
	item_set(item, DOCTOR_NO, "%s: %s", vm->failed, strerror(-err));
}

bool probe_to_end(struct probe_vm *vm, const struct probe_start *start, struct doctor_item *item, const char *when)
{
	char why[100];
	enum probe_stop stop;
	int err = probe_vm_start(vm, start);

	if (err) {
		item_failed(item, vm, err);
		return false;
	}
	stop = probe_vm_run(vm);
	if (probe_vm_finished(vm, start, stop, why, sizeof(why)))
		return true;
	item_stopped(item, vm, stop, when);
	return false;
}
