/* sched.c: whose turn it is. */
#include "guest/kernel/bytes.h"
#include "guest/kernel/clock.h"
#include "guest/kernel/kernel.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/process.h"

void kernel_tick(void)
{
	view_tick();
	clock_tick();
	if (kernel.current && kernel.current->wait == WAIT_NOTHING && !kernel.current->stopped)
		link_append(&kernel.ready, &kernel.current->link);
}

void kernel_keep_record(struct process *p)
{
	p->access.given = false;
}

static void give(struct process *p, struct guest_access *record)
{
	record->state = GUEST_ACCESS_EMPTY;
	if (p->access.record.state != GUEST_ACCESS_ANSWERED)
		return;
	bytes_copy(record, &p->access.record, p->access.record.size);
	p->access.given = true;
}

uint32_t kernel_process_number(const struct process *p)
{
	const struct process *first = machine_memory(kernel.pool[TYPE_PROCESS].first);

	return (uint32_t)(p - first) + 1;
}

struct process *kernel_next(struct guest_access *record)
{
	if (kernel.current && kernel.current->access.given)
		access_used(kernel.current);
	record->state = GUEST_ACCESS_EMPTY;
	while (!link_alone(&kernel.ready)) {
		struct process *p = CONTAINER(kernel.ready.next, struct process, link);
		void (*then)(struct process *) = p->then;

		if (!then) {
			kernel.current = p;
			give(p, record);
			return p;
		}
		p->then = NULL;
		then(p);
	}
	kernel.current = NULL;
	return NULL;
}
