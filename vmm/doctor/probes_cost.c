#include "vmm/doctor/probes.h"

#include "vmm/clock.h"

#include <stdlib.h>
#include <sys/mman.h>

#define RUNS 301
#define WARM_UP 10
#define LIMIT_NS 300000000ull

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Run again and again; each must end with `expected`. */
static void measure(struct probe_vm *vm, enum probe_stop expected, struct doctor_item *item)
{
	uint64_t times[RUNS], began = now_ns();
	unsigned n = 0;

	for (unsigned i = 0; i < RUNS + WARM_UP && (n == 0 || now_ns() - began < LIMIT_NS); i++) {
		uint64_t before = now_ns();
		enum probe_stop stop = probe_vm_run(vm);

		if (stop != expected) {
			item_stopped(item, vm, stop, "cannot be measured");
			return;
		}
		if (i >= WARM_UP)
			times[n++] = now_ns() - before;
	}
	qsort(times, n, sizeof(times[0]), by_value);
	item->ns = times[n / 2];
	item_set(item, DOCTOR_YES, "%llu ns, median of %u", (unsigned long long)item->ns, n);
}

static void measure_program(const struct probe_ask *ask, const struct probe_start *start, enum probe_stop expected,
			    struct doctor_item *item)
{
	int err = probe_vm_start(ask->vm, start);

	if (err)
		item_failed(item, ask->vm, err);
	else
		measure(ask->vm, expected, item);
}

void probe_exit_cost(const struct probe_ask *ask, struct doctor_item *item)
{
	static const uint8_t out_jmp[] = {0xe6, 0x80, 0xeb, 0xfc};
	struct probe_start start = {.code = out_jmp, .size = sizeof(out_jmp), .cpl = ask->cpl};

	measure_program(ask, &start, PROBE_IO, item);
}

void probe_fault_cost(const struct probe_ask *ask, struct doctor_item *item)
{
	static const uint8_t load[] = {0x48, 0x8b, 0x03};
	struct probe_start start = {.code = load, .size = sizeof(load), .cpl = ask->cpl, .rbx = PROBE_TARGET};
	int err = probe_vm_protect(ask->vm, PROBE_TARGET, PROT_NONE);

	if (err)
		item_failed(item, ask->vm, err);
	else
		measure_program(ask, &start, PROBE_FAULT, item);
}
