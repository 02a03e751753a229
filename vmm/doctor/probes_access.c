#include "vmm/doctor/probes.h"

#include "vmm/clock.h"

#include <string.h>
#include <sys/mman.h>

#define MEMORY_VALUE 0x1122334455667788ull
#define RAX_VALUE 0xaaaaaaaaaaaaaaaaull
#define RCX_VALUE 0x0102030405060708ull

/* A program that touches PROBE_TARGET (RBX) once it is closed, and what must come of it. */
struct program {
	uint8_t code[8];
	size_t size;
	size_t fault_at; /* offset of the instruction that must not go through */
	int prot;
	uint64_t rax_at_fault, rax, memory; /* the last two: at the end */
	bool wide; /* memory is that of both words */
};

static bool target_is(const struct probe_vm *vm, uint64_t low, uint64_t high)
{
	return probe_vm_read64(vm, PROBE_TARGET) == low && probe_vm_read64(vm, PROBE_TARGET + 8) == high;
}

/* As it has to be when the program has ended. */
static bool is_done(struct probe_vm *vm, const struct program *program)
{
	return probe_vm_regs(vm).rax == program->rax &&
	       target_is(vm, program->memory, program->wide ? program->memory : MEMORY_VALUE);
}

static void fill_target(struct probe_vm *vm)
{
	probe_vm_write64(vm, PROBE_TARGET, MEMORY_VALUE);
	probe_vm_write64(vm, PROBE_TARGET + 8, MEMORY_VALUE);
}

static struct probe_start start_of(const struct program *program, unsigned cpl)
{
	return (struct probe_start){.code = program->code,
				    .size = program->size,
				    .cpl = cpl,
				    .rax = RAX_VALUE,
				    .rbx = PROBE_TARGET,
				    .rcx = RCX_VALUE};
}

/* EFAULT: nothing may have happened yet, and after opening the page everything must. */
static void check_fault(struct probe_vm *vm, const struct program *program, const struct probe_start *start,
			struct doctor_item *item)
{
	struct kvm_regs regs = probe_vm_regs(vm);
	enum probe_stop stop;
	char why[100];

	if (regs.rip != PROBE_CODE + program->fault_at) {
		item_set(item, DOCTOR_NO, "EFAULT, but RIP is at +%lld", (long long)(regs.rip - PROBE_CODE));
		return;
	}
	if (regs.rax != program->rax_at_fault || !target_is(vm, MEMORY_VALUE, MEMORY_VALUE)) {
		item_set(item, DOCTOR_NO, "EFAULT, but the instruction had an effect");
		return;
	}
	probe_vm_protect(vm, PROBE_TARGET, PROT_READ | PROT_WRITE);
	stop = probe_vm_run(vm);
	if (!probe_vm_finished(vm, start, stop, why, sizeof(why)))
		item_stopped(item, vm, stop, "EFAULT, but after opening the page");
	else if (!is_done(vm, program))
		item_set(item, DOCTOR_NO, "EFAULT, but after opening the page the result is wrong");
	else
		item_set(item, DOCTOR_YES, "EFAULT, nothing executed");
}

/* Answer one KVM_EXIT_MMIO from the bytes of the page. False if it is elsewhere. */
static bool answer_mmio(struct probe_vm *vm)
{
	uint64_t gpa = vm->run->mmio.phys_addr;
	uint32_t size = vm->run->mmio.len;

	if (gpa < PROBE_TARGET || gpa >= PROBE_TARGET + PAGE_SIZE - sizeof(vm->run->mmio.data) ||
	    size > sizeof(vm->run->mmio.data))
		return false;
	if (vm->run->mmio.is_write)
		memcpy(vm->memory + gpa, vm->run->mmio.data, size);
	else
		memcpy(vm->run->mmio.data, vm->memory + gpa, size);
	return true;
}

/* KVM_EXIT_MMIO: it emulates. Which accesses does it make of the instruction, and is the result right? */
static void check_mmio(struct probe_vm *vm, const struct program *program, const struct probe_start *start,
		       struct doctor_item *item)
{
	enum probe_stop stop = PROBE_MMIO;
	unsigned loads = 0, stores = 0;
	char why[100];

	while (stop == PROBE_MMIO && loads + stores < 16 && answer_mmio(vm)) {
		if (vm->run->mmio.is_write)
			stores++;
		else
			loads++;
		stop = probe_vm_run(vm);
	}
	if (!probe_vm_finished(vm, start, stop, why, sizeof(why)))
		item_stopped(item, vm, stop, "KVM_EXIT_MMIO, and then");
	else if (!is_done(vm, program))
		item_set(item, DOCTOR_NO, "KVM_EXIT_MMIO, and the result is wrong");
	else
		item_set(item, DOCTOR_EMULATED, "KVM_EXIT_MMIO: loads %u, stores %u", loads, stores);
}

static void probe_program(const struct probe_ask *ask, const struct program *program, struct doctor_item *item)
{
	struct probe_start start = start_of(program, ask->cpl);
	struct probe_vm *vm = ask->vm;
	enum probe_stop stop;
	int err;

	/* first on an open page: it is mapped then, and closing it must take it away */
	fill_target(vm);
	if (!probe_to_end(vm, &start, item, "on ordinary memory"))
		return;
	fill_target(vm);
	err = probe_vm_protect(vm, PROBE_TARGET, program->prot);
	if (!err)
		err = probe_vm_start(vm, &start);
	if (err) {
		item_failed(item, vm, err);
		return;
	}
	stop = probe_vm_run(vm);
	if (stop == PROBE_FAULT)
		check_fault(vm, program, &start, item);
	else if (stop == PROBE_MMIO)
		check_mmio(vm, program, &start, item);
	else
		item_stopped(item, vm, stop, "not trapped");
}

void probe_load(const struct probe_ask *ask, struct doctor_item *item)
{
	static const struct program mov_load = {{0x48, 0x8b, 0x03}, 3,    0, PROT_NONE, RAX_VALUE, MEMORY_VALUE,
						MEMORY_VALUE,       false};

	probe_program(ask, &mov_load, item);
}

void probe_store(const struct probe_ask *ask, struct doctor_item *item)
{
	static const struct program mov_store = {{0x48, 0x89, 0x0b}, 3,         0,         PROT_NONE,
						 RAX_VALUE,          RAX_VALUE, RCX_VALUE, false};

	probe_program(ask, &mov_store, item);
}

void probe_readonly(const struct probe_ask *ask, struct doctor_item *item)
{
	static const struct program load_then_store = {
		{0x48, 0x8b, 0x03, 0x48, 0x89, 0x0b}, 6, 3, PROT_READ, MEMORY_VALUE, MEMORY_VALUE, RCX_VALUE, false};

	probe_program(ask, &load_then_store, item);
}

void probe_lock(const struct probe_ask *ask, struct doctor_item *item)
{
	static const struct program lock_add = {{0xf0, 0x48, 0x01, 0x0b}, 4,    0, PROT_NONE, RAX_VALUE, RAX_VALUE,
						MEMORY_VALUE + RCX_VALUE, false};

	probe_program(ask, &lock_add, item);
}

void probe_wide(const struct probe_ask *ask, struct doctor_item *item)
{
	/* XMM0 of a new vCPU is zero */
	static const struct program movups_store = {{0x0f, 0x11, 0x03}, 3, 0, PROT_NONE, RAX_VALUE, RAX_VALUE, 0, true};

	probe_program(ask, &movups_store, item);
}

/* The shortest of seven runs of so many iterations, in ns; 0 with *item set if it did not end. */
static uint64_t loop_ns(const struct probe_ask *ask, uint64_t iterations, struct doctor_item *item)
{
	static const uint8_t dec_jnz[] = {0xff, 0xc9, 0x75, 0xfc};
	struct probe_start start = {.code = dec_jnz, .size = sizeof(dec_jnz), .cpl = ask->cpl, .rcx = iterations};
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 7; i++) {
		uint64_t began = now_ns();

		if (!probe_to_end(ask->vm, &start, item, "a loop"))
			return 0;
		if (now_ns() - began < best)
			best = now_ns() - began;
	}
	return best;
}

void probe_loop(const struct probe_ask *ask, struct doctor_item *item)
{
	const uint64_t few = 100, many = 1100;
	uint64_t short_ns, long_ns;

	short_ns = loop_ns(ask, few, item);
	long_ns = short_ns ? loop_ns(ask, many, item) : 0;
	if (!long_ns)
		return;
	item->ns = long_ns > short_ns ? (long_ns - short_ns) / (many - few) : 0;
	item_set(item, DOCTOR_YES, "%llu ns for two instructions", (unsigned long long)item->ns);
}

/* Where RIP is when `code` touches a hole: 0 on it, size past it, -1 if there was no KVM_EXIT_MMIO. */
static int rip_at_mmio(const struct probe_ask *ask, const uint8_t *code, size_t size, struct doctor_item *item)
{
	struct probe_start start = {.code = code, .size = size, .cpl = ask->cpl, .rbx = PROBE_HOLE};
	int err = probe_vm_start(ask->vm, &start);
	enum probe_stop stop;
	int64_t offset;
	char why[100];

	if (err) {
		item_failed(item, ask->vm, err);
		return -1;
	}
	stop = probe_vm_run(ask->vm);
	offset = (int64_t)(probe_vm_regs(ask->vm).rip - PROBE_CODE);
	if (stop != PROBE_MMIO) {
		item_stopped(item, ask->vm, stop, "touching a hole");
		return -1;
	}
	stop = probe_vm_run(ask->vm);
	if (!probe_vm_finished(ask->vm, &start, stop, why, sizeof(why))) {
		item_stopped(item, ask->vm, stop, "after KVM_EXIT_MMIO");
		return -1;
	}
	if (offset == 0 || offset == (int64_t)size)
		return (int)offset;
	item_set(item, DOCTOR_NO, "KVM_EXIT_MMIO, but RIP is at %+lld", (long long)offset);
	return -1;
}

void probe_mmio_rip(const struct probe_ask *ask, struct doctor_item *item)
{
	static const uint8_t load[] = {0x48, 0x8b, 0x03}, store[] = {0x48, 0x89, 0x0b};
	int at_store = rip_at_mmio(ask, store, sizeof(store), item);
	int at_load;

	if (at_store < 0)
		return;
	at_load = rip_at_mmio(ask, load, sizeof(load), item);
	if (at_load < 0)
		return;
	item_set(item, at_load == 0 && at_store == 3 ? DOCTOR_YES : DOCTOR_NO, "RIP is %s the load, %s the store",
		 at_load ? "past" : "on", at_store ? "past" : "on");
}
