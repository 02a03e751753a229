/*
 * trap.c: what came in, to whom it goes, and who runs next.
 */
#include "guest/kernel/trap.h"

#include "guest/abi/mark.h"
#include "guest/kernel/console.h"
#include "guest/kernel/cpu.h"
#include "guest/kernel/paging.h"
#include "guest/kernel/timer.h"
#include "guest/kernel/vector.h"
#include "guest/kernel/window.h"

/* Vectors: Intel SDM Vol 3A, "Exceptions and Interrupts". */
#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_INVALID_OPCODE 6
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_GENERAL_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_TIMER (TRAP_INTERRUPTS + TIMER_LINE)

#define PAGE_FAULT_WRITE 0x2u
#define PAGE_FAULT_FETCH 0x10u

#define RFLAGS_ALWAYS 0x202ull /* bit 1, and interrupts on */
#define RFLAGS_TRAP 0x100ull
#define RFLAGS_USER 0x250dd5ull /* status flags, TF, DF, RF, AC, ID */

#define CODE_KERNEL 0x00af9b000000ffffull
#define DATA_KERNEL 0x00cf93000000ffffull
#define DATA_USER 0x00cff3000000ffffull
#define CODE_USER 0x00affb000000ffffull
#define TSS_AVAILABLE 0x0000890000000000ull
#define GATE_INTERRUPT 0x8e00ull
#define GATE_FROM_USER 0xee00ull

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3], reserved1, ist[7], reserved2;
	uint16_t reserved3, io_map;
} __attribute__((packed));

struct trap_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "the CPU's TSS");
_Static_assert(offsetof(struct process_registers, rsp) == 56 && offsetof(struct process_registers, r15) == 120 &&
		       offsetof(struct process_registers, rip) == 128 &&
		       offsetof(struct process_registers, rflags) == 136 && sizeof(struct process_registers) == 184,
	       "entry.S has these offsets");

extern struct process_registers *trap_registers;
extern const uint8_t trap_stubs[], trap_syscall[], trap_stack_end[];
void trap_load_segments(const struct trap_pointer *gdt, const struct trap_pointer *idt);
void trap_user_segments(void);
struct process_registers *trap(unsigned vector, uint64_t code, uint64_t cs);

static uint64_t gdt[8];
static uint64_t idt[2 * TRAP_VECTORS];
static struct tss tss;
static uint8_t fault_stack[1024] __attribute__((aligned(16))); /* of what must not use the kernel's own */

static struct {
	struct process *process; /* whose registers entry.S has saved; NULL while all wait */
	struct process *told; /* whom the trace was told of last, if one is made */
	struct process *segments_of; /* whose FS and GS bases are loaded */
	uint64_t fs_base, gs_base;
	bool calls_by_ud2;
	bool traced;
	bool stepping; /* the process runs with TF set by the kernel */
	bool own_trap_flag; /* what its TF was */
} cpu;

/* --- tables ------------------------------------------------------------------------ */

static void set_gate(unsigned vector, unsigned stack, uint64_t kind)
{
	uint64_t at = (uint64_t)trap_stubs + vector * TRAP_STUB_SIZE;

	idt[2 * vector] = (at & 0xffff) | GUEST_SELECTOR_CODE << 16 | (uint64_t)stack << 32 | kind << 32 |
			  (at >> 16 & 0xffff) << 48;
	idt[2 * vector + 1] = at >> 32;
}

static void init_idt(void)
{
	for (unsigned vector = 0; vector < TRAP_VECTORS; vector++)
		set_gate(vector, 0, GATE_INTERRUPT);
	set_gate(VECTOR_BREAKPOINT, 0, GATE_FROM_USER);
	set_gate(VECTOR_OVERFLOW, 0, GATE_FROM_USER);
	set_gate(VECTOR_DEBUG, 1, GATE_INTERRUPT); /* it may come before SYSCALL's entry has a stack */
	set_gate(VECTOR_NMI, 1, GATE_INTERRUPT);
	set_gate(VECTOR_DOUBLE_FAULT, 1, GATE_INTERRUPT);
	set_gate(VECTOR_MACHINE_CHECK, 1, GATE_INTERRUPT);
}

/* The loader's TSS would let user code use all ports: this one has no I/O map. */
static void init_segments(void)
{
	uint64_t base = (uint64_t)&tss;
	struct trap_pointer gdt_at = {sizeof(gdt) - 1, (uint64_t)gdt}, idt_at = {sizeof(idt) - 1, (uint64_t)idt};

	tss.rsp[0] = (uint64_t)trap_stack_end;
	tss.ist[0] = (uint64_t)(fault_stack + sizeof(fault_stack));
	tss.io_map = sizeof(tss);
	gdt[GUEST_SELECTOR_CODE / 8] = CODE_KERNEL;
	gdt[GUEST_SELECTOR_DATA / 8] = DATA_KERNEL;
	gdt[GUEST_SELECTOR_USER_DATA / 8] = DATA_USER;
	gdt[GUEST_SELECTOR_USER_CODE / 8] = CODE_USER;
	gdt[GUEST_SELECTOR_TSS / 8] =
		TSS_AVAILABLE | (sizeof(tss) - 1) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	gdt[GUEST_SELECTOR_TSS / 8 + 1] = base >> 32;
	trap_load_segments(&gdt_at, &idt_at);
	trap_user_segments();
}

void trap_init(const struct guest_boot *boot)
{
	uint64_t efer = cpu_read_msr(CPU_MSR_EFER);

	init_idt();
	init_segments();
	cpu.traced = cpu_in32(GUEST_PORT_MARK) == GUEST_MARK_TRACED;
	cpu.calls_by_ud2 = boot->flags & GUEST_BOOT_NO_SYSCALL;
	if (cpu.calls_by_ud2) {
		cpu_write_msr(CPU_MSR_EFER, efer & ~(uint64_t)CPU_EFER_SCE);
		return;
	}
	cpu_write_msr(CPU_MSR_EFER, efer | CPU_EFER_SCE);
	cpu_write_msr(CPU_MSR_STAR, (uint64_t)GUEST_SELECTOR_CODE << 32);
	cpu_write_msr(CPU_MSR_LSTAR, (uint64_t)trap_syscall);
	cpu_write_msr(CPU_MSR_FMASK, ~RFLAGS_ALWAYS | 0x200);
}

const struct process_registers *trap_last_registers(void)
{
	return trap_registers;
}

/* --- out: who runs -------------------------------------------------------------------- */

static void load_segment_bases(struct process *p, const struct process_registers *r)
{
	if (cpu.segments_of != p) {
		trap_user_segments();
		cpu.segments_of = p;
		cpu.fs_base = cpu.gs_base = 0;
	}
	if (cpu.fs_base != r->fs_base)
		cpu_write_msr(CPU_MSR_FS_BASE, r->fs_base);
	if (cpu.gs_base != r->gs_base)
		cpu_write_msr(CPU_MSR_GS_BASE, r->gs_base);
	cpu.fs_base = r->fs_base;
	cpu.gs_base = r->gs_base;
}

/* Everything of p's is loaded but what entry.S does. Its registers may hold anything at all. */
static struct process_registers *enter_process(struct process *p)
{
	struct process_registers *r = kernel_registers(p);

	if (cpu.traced && cpu.told != p)
		cpu_out32(GUEST_PORT_BADGE, kernel_process_number(p));
	cpu.process = cpu.told = p;
	cpu.own_trap_flag = r->rflags & RFLAGS_TRAP;
	cpu.stepping = kernel_wants_step(p);
	r->rflags = (r->rflags & RFLAGS_USER) | RFLAGS_ALWAYS | (cpu.stepping ? RFLAGS_TRAP : 0);
	paging_load(p);
	vector_load(p);
	load_segment_bases(p, r);
	timer_run();
	return r;
}

static bool registers_can_run(const struct process_registers *r)
{
	return r->rip < PAGING_USER_END && r->fs_base < PAGING_USER_END && r->gs_base < PAGING_USER_END;
}

void machine_forget_process(const struct process *p)
{
	paging_drop(p);
	vector_drop(p);
	if (cpu.segments_of == p)
		cpu.segments_of = NULL;
	if (cpu.process == p)
		cpu.process = NULL;
	if (cpu.told == p)
		cpu.told = NULL;
}

struct process_registers *trap_next(void)
{
	for (;;) {
		struct process *p = kernel_next(window_record());

		if (!p) {
			cpu.process = NULL;
			timer_run();
			return NULL;
		}
		if (registers_can_run(kernel_registers(p)))
			return enter_process(p);
		kernel_exception(p, VECTOR_GENERAL_PROTECTION, 0);
	}
}

/* --- in: what happened -------------------------------------------------------------------- */

static bool is_ud2(struct process *p, uint64_t rip)
{
	const uint8_t *first = paging_code_byte(p, rip), *second = first + 1;

	if ((rip + 1) % 4096 == 0)
		second = paging_code_byte(p, rip + 1);
	return first && second && *first == 0x0f && *second == 0x0b;
}

/* True: the instruction is to run again at once. */
static bool page_fault(struct process *p, uint64_t address, uint64_t code)
{
	struct mapping mapping;

	if (address >= PAGING_USER_END) {
		kernel_exception(p, VECTOR_GENERAL_PROTECTION, 0);
		return false;
	}
	if (!kernel_page_fault(p, address, code & PAGE_FAULT_WRITE, code & PAGE_FAULT_FETCH, &mapping))
		return false;
	paging_map(p, address, &mapping);
	return true;
}

/* An instruction that ended by entering the kernel was a step too. */
static void invoke(struct process *p)
{
	bool stepped = cpu.stepping;

	kernel_invoke(p);
	if (stepped && cpu.process == p)
		kernel_stepped(p);
}

static void exception(struct process *p, unsigned vector, uint64_t code)
{
	struct process_registers *r = kernel_registers(p);

	if (vector == VECTOR_INVALID_OPCODE && cpu.calls_by_ud2 && is_ud2(p, r->rip)) {
		r->rip += 2;
		invoke(p);
	} else if (vector == VECTOR_DEBUG && cpu.stepping) {
		kernel_stepped(p);
	} else {
		kernel_exception(p, (uint8_t)vector, code);
	}
}

static void interrupt(unsigned vector)
{
	timer_acknowledge(vector - TRAP_INTERRUPTS);
	if (vector == VECTOR_TIMER)
		kernel_tick();
}

static bool is_fatal(unsigned vector)
{
	return vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT || vector == VECTOR_MACHINE_CHECK;
}

/*
 * User code ran SYSCALL with the trap flag set, and this CPU raises #DB at the kernel's first instruction: Bochs does,
 * others look at the flag after FMASK has cleared it. What entry.S saved then is as SYSCALL left it.
 */
static bool is_stepped_syscall(unsigned vector, uint64_t cs)
{
	struct process_registers *r = trap_registers;

	if (vector != VECTOR_DEBUG || (cs & 3) || r->rip != (uint64_t)trap_syscall)
		return false;
	r->rip = r->rcx;
	r->rflags = r->r11;
	return true;
}

struct process_registers *trap(unsigned vector, uint64_t code, uint64_t cs)
{
	struct process *p = cpu.process;
	bool is_interrupt = vector >= TRAP_INTERRUPTS && vector < TRAP_VECTORS;

	if (p && is_stepped_syscall(vector, cs)) {
		vector = TRAP_SYSCALL;
		cs = GUEST_SELECTOR_USER_CODE;
	}
	if (is_fatal(vector) || (!is_interrupt && !((cs & 3) && p)))
		console_panic_at(vector, code);
	if (p && cpu.stepping && !cpu.own_trap_flag)
		kernel_registers(p)->rflags &= ~RFLAGS_TRAP;
	if (vector == VECTOR_PAGE_FAULT && page_fault(p, cpu_cr2(), code))
		return enter_process(p);
	if (p && vector != GUEST_VECTOR_ACCESS && window_record()->state == GUEST_ACCESS_ANSWERED)
		kernel_keep_record(p);
	if (is_interrupt)
		interrupt(vector);
	else if (vector == GUEST_VECTOR_ACCESS && window_record()->state != GUEST_ACCESS_EMPTY)
		kernel_access(p, window_record());
	else if (vector == TRAP_SYSCALL)
		invoke(p);
	else if (vector != VECTOR_PAGE_FAULT && vector != GUEST_VECTOR_ACCESS)
		exception(p, vector, code);
	return trap_next();
}
