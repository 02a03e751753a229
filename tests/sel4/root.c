/*
 * root.c: a root task for seL4, all by itself: no library, no thread, no second page table.
 *
 * It makes a frame of the memory at 0x40000000, where the machine has none, maps it, does checks.c to it and the same
 * to memory of its own, says on the serial line whether they agreed, and turns the machine off. What it keeps of that
 * is in `tally`, for those who look from outside.
 */
#include "checks.h"
#include "kernel.h"

#include <stddef.h>

#define FRAME_AT 0x40000000ull
#define FRAME_BITS 12u
#define SERIAL 0x3f8u
#define POWER 0x604u /* where ACPI's tables say, on this machine */
#define POWER_OFF (1u << 13 | 5u << 10)

/* Where to look for numbers that depend on the kernel's configuration. */
#define LABEL_MIN 30u
#define LABEL_MAX 160u
#define TYPE_MIN 7u
#define TYPE_MAX 16u

struct root {
	const struct boot_info *info;
	uint64_t slot; /* the first free one */
	uint64_t label_ports; /* "Issue" of ports; the operations on ports follow it */
	uint64_t slot_serial, slot_power;
};

struct tally {
	uint64_t passed, failed;
};
struct tally tally;

extern const uint8_t image_start[]; /* the linker's */
static uint8_t window[1 << FRAME_BITS] __attribute__((aligned(1 << FRAME_BITS)));
static uint8_t own[CHECK_BYTES] __attribute__((aligned(64)));

/* Into the slots of this task; ports first to last. */
static uint64_t issue_ports(const struct root *r, uint64_t label, uint64_t first, uint64_t last, uint64_t slot)
{
	const uint64_t words[6] = {first, last, slot, 64};

	return kernel_call(r->info->message, SLOT_PORTS, label, SLOT_CAPABILITIES, words);
}

static void port_out(const struct root *r, uint64_t slot, bool wide, uint64_t port, uint64_t value)
{
	const uint64_t words[6] = {port, value};

	/* after Issue: in of 8, 16 and 32 bits, then out */
	kernel_call(r->info->message, slot, r->label_ports + (wide ? 5 : 4), 0, words);
}

/* Which number "Issue" of ports has depends on the kernel's configuration. All before it are of other objects. */
static bool find_ports(struct root *r)
{
	for (r->label_ports = LABEL_MIN; r->label_ports < LABEL_MAX; r->label_ports++) {
		if (issue_ports(r, r->label_ports, SERIAL, SERIAL + 7, r->slot) != ANSWER_DONE)
			continue;
		r->slot_serial = r->slot++;
		r->slot_power = r->slot++;
		return issue_ports(r, r->label_ports, POWER, POWER + 1, r->slot_power) == ANSWER_DONE;
	}
	return false;
}

static void print(const struct root *r, const char *text)
{
	for (; *text; text++)
		port_out(r, r->slot_serial, false, SERIAL, (uint8_t)*text);
}

static void print_number(const struct root *r, uint64_t value, unsigned base)
{
	char digits[24], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = "0123456789abcdef"[value % base];
	while (value /= base);
	print(r, base == 16 ? "0x" : "");
	print(r, at);
}

static void end(const struct root *r, const char *why)
{
	if (why) {
		print(r, "root task: ");
		print(r, why);
		print(r, "\r\n");
	}
	port_out(r, r->slot_power, true, POWER, POWER_OFF);
	for (;;)
		;
}

/* Where the memory is told of, last of what was made: a kernel with MCS has something else first. NULL: nowhere. */
static const struct memory *find_memories(const struct root *r, struct slots *slots)
{
	for (unsigned i = 0; i < 2; i++) {
		*slots = r->info->rest[i];
		if (slots->first < slots->end && slots->end == r->info->empty.first)
			return (const struct memory *)(const void *)&r->info->rest[i + 1];
	}
	return NULL;
}

static uint64_t retype(const struct root *r, uint64_t from, uint64_t type, uint64_t bits, uint64_t slot, uint64_t count)
{
	const uint64_t words[6] = {type, bits, 0, 0, slot, count};

	return kernel_call(r->info->message, from, LABEL_RETYPE, SLOT_CAPABILITIES, words);
}

/* From memory of a power of two to the page in it: halves, and of these the right one. 0: refused. */
static uint64_t cut_page(struct root *r, uint64_t slot, const struct memory *memory)
{
	for (unsigned bits = memory->bits; bits > FRAME_BITS; bits--) {
		if (retype(r, slot, TYPE_MEMORY, bits - 1, r->slot, 2) != ANSWER_DONE)
			return 0;
		slot = r->slot + ((FRAME_AT - memory->at) >> (bits - 1) & 1);
		r->slot += 2;
	}
	return slot;
}

/* The first type that a page of a device can become is that of frames; their number depends on the configuration. */
static uint64_t make_frame(struct root *r, uint64_t page)
{
	for (uint64_t type = TYPE_MIN; type < TYPE_MAX; type++)
		if (retype(r, page, type, 0, r->slot, 1) == ANSWER_DONE)
			return r->slot++;
	return 0;
}

/* Over window, whose own frame goes. "Map" stands 5, 6 or 7 before "Issue" of ports, and "Unmap" behind "Map". */
static bool map_frame(const struct root *r, uint64_t frame)
{
	const uint64_t words[6] = {(uint64_t)(uintptr_t)window, 3 /* read and write */, 0};
	uint64_t image = r->info->image.first + (uint64_t)(window - image_start) / sizeof(window);

	for (unsigned back = 7; back >= 5; back--) {
		uint64_t label = r->label_ports - back;

		if (kernel_call(r->info->message, frame, label + 1, 0, words) != ANSWER_DONE)
			continue;
		kernel_call(r->info->message, image, label + 1, 0, words);
		if (kernel_call(r->info->message, frame, label, SLOT_ADDRESSES, words) == ANSWER_DONE)
			return true;
	}
	return false;
}

static void fill(uint8_t *memory)
{
	for (unsigned i = 0; i < CHECK_BYTES; i++)
		((volatile uint8_t *)memory)[i] = (uint8_t)(i * 7 + 1);
}

static bool is_same(const struct check *check)
{
	fill(window);
	fill(own);
	if (check->run(window) != check->run(own))
		return false;
	for (unsigned i = 0; i < CHECK_BYTES; i++)
		if (((volatile uint8_t *)window)[i] != ((volatile uint8_t *)own)[i])
			return false;
	return true;
}

static void run_checks(const struct root *r)
{
	for (unsigned i = 0; i < nchecks; i++) {
		bool same = is_same(&checks[i]);

		tally.passed += same;
		tally.failed += !same;
		print(r, same ? "ok " : "FAIL ");
		print(r, checks[i].name);
		print(r, "\r\n");
	}
	print(r, "root task: ");
	print_number(r, tally.passed, 10);
	print(r, " passed, ");
	print_number(r, tally.failed, 10);
	print(r, " failed\r\n");
}

static void find_frame(struct root *r)
{
	struct slots slots;
	const struct memory *list = find_memories(r, &slots);
	uint64_t i = 0, page, frame;

	if (!list)
		end(r, "no list of memory");
	while (i < slots.end - slots.first && FRAME_AT - list[i].at >= 1ull << list[i].bits)
		i++;
	if (i == slots.end - slots.first || !list[i].is_device)
		end(r, "no memory of a device at 0x40000000");
	print(r, "root task: device memory at ");
	print_number(r, list[i].at, 16);
	print(r, ", 2^");
	print_number(r, list[i].bits, 10);
	print(r, " bytes\r\n");
	page = cut_page(r, slots.first + i, &list[i]);
	frame = page ? make_frame(r, page) : 0;
	if (!frame)
		end(r, "no frame can be made of it");
	if (!map_frame(r, frame))
		end(r, "the frame cannot be mapped");
	print(r, "root task: its frame is mapped at ");
	print_number(r, (uint64_t)(uintptr_t)window, 16);
	print(r, "\r\n");
}

void root_main(const struct boot_info *info);

void root_main(const struct boot_info *info)
{
	struct root r = {.info = info, .slot = info->empty.first};

	if (!find_ports(&r))
		__builtin_trap(); /* nothing to say it with; a kernel that prints tells of it */
	find_frame(&r);
	run_checks(&r);
	end(&r, NULL);
}
