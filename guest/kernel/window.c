/* window.c: declaring pages of the window, and the record of an access. */
#include "guest/kernel/window.h"

#include "guest/kernel/cpu.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/paging.h"

#define PAGE 4096ull
#define WINDOW_PAGES 4096u

static union {
	struct guest_area area;
	uint8_t bytes[GUEST_AREA_SIZE];
} shared __attribute__((aligned(4096)));

static struct {
	uint64_t start;
	unsigned npages, next; /* pages from next on were never used */
	unsigned nfree;
	uint16_t free[WINDOW_PAGES]; /* given back */
} window;

void window_init(const struct guest_boot *boot)
{
	cpu_out32(GUEST_PORT_ATTACH, (uint32_t)(((uint64_t)&shared - PAGING_IMAGE) / PAGE));
	if (shared.area.version != GUEST_VIRTUAL_VERSION)
		return;
	window.start = boot->window;
	window.npages = boot->window_size / PAGE < WINDOW_PAGES ? (unsigned)(boot->window_size / PAGE) : WINDOW_PAGES;
}

struct guest_access *window_record(void)
{
	return &shared.area.access;
}

static uint64_t call(uint64_t which, uint64_t page, uint64_t object)
{
	struct guest_call *c = &shared.area.call;

	*c = (struct guest_call){.call = which, .argument = {page, 1, object, 0}, .status = GUEST_EINVAL};
	cpu_out32(GUEST_PORT_CALL, 0);
	return c->status;
}

uint64_t machine_window_take(uint64_t object)
{
	unsigned page;

	if (window.nfree)
		page = window.free[--window.nfree];
	else if (window.next < window.npages)
		page = window.next++;
	else
		return 0;
	if (call(GUEST_CALL_DECLARE, window.start + page * PAGE, object) == GUEST_OK)
		return window.start + page * PAGE;
	window.free[window.nfree++] = (uint16_t)page;
	return 0;
}

void machine_window_give_back(uint64_t frame)
{
	if (call(GUEST_CALL_WITHDRAW, frame, 0) != GUEST_OK)
		machine_panic("the monitor does not take a page of the window back");
	window.free[window.nfree++] = (uint16_t)((frame - window.start) / PAGE);
	machine_forget_mappings();
}
