/* transfer.c: strings in and out of processes. */
#include "guest/kernel/transfer.h"

#include "guest/kernel/bytes.h"
#include "guest/kernel/fault.h"
#include "guest/kernel/invoke.h"
#include "guest/kernel/page.h"
#include "guest/kernel/process.h"
#include "guest/kernel/view.h"
#include "guest/kernel/walk.h"

void transfer_fail(struct process *p)
{
	p->registers.rax = INVOKE_ESTRING;
	p->registers.fault = FAULT_NONE; /* that is all it hears of it */
	if (p->transfer.way == TRANSFER_OUT)
		p->registers.r14 = p->transfer.done;
	p->transfer.way = TRANSFER_NONE;
	process_ready(p, NULL);
}

void transfer_advance(struct process *p, uint32_t size)
{
	p->transfer.done += size;
}

static void complete(struct process *p)
{
	enum way way = p->transfer.way;

	p->transfer.way = TRANSFER_NONE;
	if (way == TRANSFER_IN)
		invoke_dispatch(p);
	else
		process_ready(p, NULL);
}

/* What of the rest lies in this page. */
static uint32_t piece(const struct transfer *t, uint32_t most)
{
	uint32_t rest = t->length - t->done;
	uint32_t page = PAGE_SIZE - (uint32_t)((t->address + t->done) % PAGE_SIZE);

	if (rest > page)
		rest = page;
	return rest < most ? rest : most;
}

static void move(struct process *p, const struct capability *page)
{
	struct transfer *t = &p->transfer;
	uint8_t *memory = page_bytes(page->object) + (t->address + t->done) % PAGE_SIZE;
	uint32_t size = piece(t, PAGE_SIZE);

	if (t->way == TRANSFER_IN)
		bytes_copy(p->string + t->done, memory, size);
	else
		bytes_copy(memory, p->string + t->done, size);
	transfer_advance(p, size);
}

void transfer_run(struct process *p)
{
	struct transfer *t = &p->transfer;

	while (t->done < t->length) {
		bool write = t->way == TRANSFER_OUT;
		uint64_t address = t->address + t->done;
		struct walk w;

		walk(&p->space, address, WALK_TO_USE, &w);
		view_look(&w, write, false);
		if (walk_forbids(&w, write, false) != FAULT_NONE || w.status > WALK_VIRTUAL) {
			fault_walk(p, &w, address, write, false);
			return;
		}
		if (w.status == WALK_VIRTUAL) {
			access_transfer(p, &w, address, (uint8_t)piece(t, GUEST_SIZE_MAX));
			return;
		}
		move(p, &w.leaf);
	}
	complete(p);
}

void (*transfer_rest(const struct process *p))(struct process *)
{
	return p->transfer.way != TRANSFER_NONE ? transfer_run : NULL;
}
