/*
 * main.c: from the loader to the first process.
 */
#include "guest/abi/boot.h"
#include "guest/abi/note.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/memory.h"
#include "guest/kernel/paging.h"
#include "guest/kernel/timer.h"
#include "guest/kernel/trap.h"
#include "guest/kernel/vector.h"
#include "guest/kernel/window.h"

GUEST_ABI_NOTE(GUEST_WANTS_IRQCHIP | GUEST_WANTS_WINDOW);

struct process_registers *kernel_main(uint64_t record);

/* The first process learns from its first registers what a process cannot find out. */
static void tell_first_process(const struct guest_boot *boot)
{
	struct process *first = kernel_next(window_record());

	if (!first)
		machine_panic("the first process does not run");
	kernel_registers(first)->rdi = boot->flags & GUEST_BOOT_NO_SYSCALL ? START_CALLS_BY_UD2 : 0;
	kernel_registers(first)->rsi = boot->nmodules;
}

static void start_first_process(const struct guest_boot *boot)
{
	const struct guest_boot_module *module = machine_memory(boot->modules);
	struct kernel_start start = {
		.memory = memory_free_start(),
		.memory_size = memory_free_size(),
		.modules = boot->modules,
		.nmodules = boot->nmodules,
	};

	if (!boot->nmodules)
		machine_panic("no module: the first is the first process's program");
	start.program = module[0].start;
	start.program_size = module[0].size;
	kernel_start(&start);
	tell_first_process(boot);
}

/* On the loader's tables; record is guest-physical. */
struct process_registers *kernel_main(uint64_t record)
{
	const struct guest_boot *boot = machine_memory(record);

	paging_init();
	if (boot->magic != GUEST_BOOT_MAGIC || boot->version != GUEST_BOOT_VERSION || boot->size < sizeof(*boot))
		machine_panic("this loader's record is not the one it was made for");
	memory_init(boot);
	trap_init(boot);
	vector_init();
	window_init(boot);
	timer_init();
	start_first_process(boot);
	return trap_next();
}
