/*
 * vm.c: both sides in a bare guest on this host's KVM.
 *
 * The guest has two page tables: both map the arena's addresses, one to memory and
 * one to pages of which those of arena.h are virtual. So the same registers and
 * addresses serve both sides. A case is put into the vCPU's registers, runs, and
 * ends at a HLT behind it: at CPL 3 that is a #GP there, whose handler ends the
 * run; exceptions of the instruction itself end it the same way.
 */
#include "vmm/conform/arena.h"
#include "vmm/conform/harness.h"
#include "vmm/conform/known.h"
#include "vmm/conform/probe.h"
#include "vmm/conform/tables.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY (16ull << 20)
#define IMAGE_AT 0x100000ull
#define CPU_TABLES_AT 0x200000ull
#define KEPT_TABLES_AT 0x210000ull
#define CODE_AT 0x220000ull
#define CPU_ARENA_AT 0x300000ull
#define KEPT_ARENA_AT 0x400000ull
#define HLT 0xf4
#define FRAGMENTS_MAX 256 /* exits that one instruction can leave behind: 8 bytes each */
#define FXSAVE_SIZE 512
#define VECTOR_GP 13
#define CASE_SECONDS 5.0 /* then a case hangs */
#define CASE_SECONDS_TCG 60.0 /* its clock runs when it does not */
#define KNOWN (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX | XSTATE_AVX512)

struct vm {
	struct machine_options options;
	struct machine *machine;
	int image_fd;
	char path[64];
	unsigned cpl;
	bool is_tcg; /* slow, and its clock is not the host's */
	bool other_selectors; /* instructions read other segment registers than KVM tells */
	struct kvm_sregs sregs; /* of a guest before a case */
};

static void keep_arena(struct machine_options *o)
{
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		struct virtual_range *v = &o->virtual[o->nvirtual];

		if (!arena_virtual((enum arena_page)i))
			continue;
		v->range = (struct range){.base = RANGE_GPA, .text = "the arena"};
		v->range.start = KEPT_ARENA_AT + (uint64_t)i * ARENA_PAGE;
		v->range.size = ARENA_PAGE;
		v->keeper = "memory";
		o->nvirtual++;
	}
}

static int make_image(struct vm *vm, struct error *e)
{
	static const uint8_t halt = HLT;

	vm->image_fd = memfd_create("conform", MFD_CLOEXEC);
	if (vm->image_fd < 0 || write(vm->image_fd, &halt, 1) != 1)
		return error_set(e, STATUS_HOST, "the guest's image: %s", strerror(errno));
	snprintf(vm->path, sizeof(vm->path), "/proc/self/fd/%d", vm->image_fd);
	return 0;
}

/* The bare protocol's own tables, for their half of the address space: handlers, IDT, GDT, TSS. */
static const uint64_t *bare_pdpt(const struct machine *m)
{
	const uint64_t *root = (const uint64_t *)(const void *)ram_bytes(
		&m->ram, (gpa_t){m->boot_state.regs.cr3 & ~PAGE_MASK}, PAGE_SIZE);
	gpa_t pdpt = {root ? root[0] & 0x000ffffffffff000ull : 0};

	return (const uint64_t *)(const void *)ram_bytes(&m->ram, pdpt, PAGE_SIZE);
}

static int build(struct vm *vm, struct error *e)
{
	struct machine_options *o = &vm->options;
	const uint64_t *pdpt;

	o->memory = MEMORY;
	o->boot.kind = BOOT_BARE;
	o->boot.image = vm->path;
	o->boot.image_at = (gpa_t){IMAGE_AT};
	o->boot.cpl = vm->cpl;
	o->boot.page_size = 4096;
	keep_arena(o);
	vm->machine = machine_build(o, e);
	if (!vm->machine)
		return -1;
	pdpt = bare_pdpt(vm->machine);
	if (!pdpt)
		return error_set(e, STATUS_HOST, "the guest's page tables are not where they should be");
	tables_write(&vm->machine->ram, (gpa_t){CPU_TABLES_AT}, (gpa_t){CPU_ARENA_AT}, (gpa_t){CODE_AT}, pdpt);
	tables_write(&vm->machine->ram, (gpa_t){KEPT_TABLES_AT}, (gpa_t){KEPT_ARENA_AT}, (gpa_t){CODE_AT}, pdpt);
	memset(ram_bytes(&vm->machine->ram, (gpa_t){CODE_AT}, PAGE_SIZE), HLT, PAGE_SIZE);
	if (ioctl(vm->machine->cpus[0].vcpu.fd, KVM_GET_SREGS, &vm->sregs) < 0)
		return error_set(e, STATUS_HOST, "KVM_GET_SREGS: %s", strerror(errno));
	/* null selectors, which the odd KVM loads at CPL 3 whatever the guest's are; 64-bit code does not mind */
	vm->sregs.es.selector = vm->sregs.ds.selector = vm->sregs.fs.selector = vm->sregs.gs.selector = 0;
	return 0;
}

/* --- one run ------------------------------------------------------------------- */

static void put_registers(struct vm *vm, const struct scene *s, uint64_t cr3)
{
	struct kvm_run *run = vm->machine->cpus[0].vcpu.run;
	struct kvm_regs *r = &run->s.regs.regs;
	const uint64_t *g = s->regs.gpr;

	*r = (struct kvm_regs){.rax = g[GPR_RAX],
			       .rcx = g[GPR_RCX],
			       .rdx = g[GPR_RDX],
			       .rbx = g[GPR_RBX],
			       .rsp = g[GPR_RSP],
			       .rbp = g[GPR_RBP],
			       .rsi = g[GPR_RSI],
			       .rdi = g[GPR_RDI],
			       .r8 = g[GPR_R8],
			       .r9 = g[GPR_R9],
			       .r10 = g[GPR_R10],
			       .r11 = g[GPR_R11],
			       .r12 = g[GPR_R12],
			       .r13 = g[GPR_R13],
			       .r14 = g[GPR_R14],
			       .r15 = g[GPR_R15]};
	r->rip = s->regs.rip;
	r->rflags = s->regs.rflags;
	run->s.regs.sregs = vm->sregs;
	run->s.regs.sregs.cr3 = cr3;
	run->s.regs.sregs.cr0 |= CR0_AM;
	run->s.regs.sregs.fs.base = s->regs.seg[SEG_FS].base;
	run->s.regs.sregs.gs.base = s->regs.seg[SEG_GS].base;
	memset(&run->s.regs.events, 0, sizeof(run->s.regs.events));
	run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
}

static bool put_vector(struct vm *vm, const struct scene *s, struct result *out)
{
	if (!s->uses_vector || ioctl(vm->machine->cpus[0].vcpu.fd, KVM_SET_XSAVE, s->vector.area) == 0)
		return true;
	out->kind = RESULT_LOST;
	snprintf(out->why, sizeof(out->why), "KVM_SET_XSAVE: %s", strerror(errno));
	return false;
}

static void take_registers(const struct stop *stop, struct result *out)
{
	memcpy(out->gpr, stop->regs.gpr, sizeof(out->gpr));
	out->rip = stop->regs.rip;
	out->rflags = stop->regs.rflags;
}

/* The HLT behind the instruction: at CPL 0 it ends the run itself, at CPL 3 by a #GP. */
static bool is_end(const struct vm *vm, const struct stop *stop)
{
	if (stop->kind == STOP_HLT)
		return true;
	return vm->cpl == 3 && stop->vector == VECTOR_GP && stop->error_code == 0 && stop->regs.rip != ARENA_RIP &&
	       stop->regs.rip >= ARENA_CODE && stop->regs.rip < ARENA_CODE + ARENA_PAGE;
}

static void take_stop(const struct vm *vm, const struct stop *stop, struct result *out)
{
	switch (stop->kind) {
	case STOP_HLT:
	case STOP_EXCEPTION:
		take_registers(stop, out);
		out->kind = is_end(vm, stop) ? RESULT_DONE : RESULT_FAULT;
		out->rip -= stop->kind == STOP_HLT; /* KVM reports it past the HLT */
		out->vector = stop->vector;
		out->error = stop->has_error ? (uint32_t)stop->error_code : 0;
		out->cr2 = stop->vector == 14 ? stop->cr2 : 0;
		harness_settle_branch(out);
		return;
	case STOP_REFUSED:
	case STOP_UNSUPPORTED:
		out->kind = RESULT_REFUSED;
		break;
	case STOP_TIMEOUT:
		out->kind = RESULT_HUNG;
		break;
	case STOP_NONE:
	case STOP_POWER_OFF:
	case STOP_RESET:
	case STOP_DEBUG_EXIT:
	case STOP_QUIT:
	case STOP_SIGNAL:
	case STOP_TRIPLE_FAULT:
	case STOP_WATCH:
	case STOP_TRACED:
	case STOP_HOST:
		out->kind = RESULT_LOST;
		break;
	}
	snprintf(out->why, sizeof(out->why), "%.159s", stop->text);
}

/*
 * What the last case has left half done within KVM: a store of INS across two pages is two
 * MMIO exits, and the second one would come with the next case.
 */
static void drain(struct vm *vm)
{
	struct kvm_run *run = vm->machine->cpus[0].vcpu.run;
	bool ended = false;

	for (unsigned i = 0; i < FRAGMENTS_MAX && !ended; i++) {
		run->immediate_exit = 1;
		ended = ioctl(vm->machine->cpus[0].vcpu.fd, KVM_RUN, 0) < 0;
		run->immediate_exit = 0;
	}
}

static void run(struct vm *vm, const struct scene *s, uint64_t cr3, struct result *out)
{
	struct machine *m = vm->machine;

	memcpy(ram_bytes(&m->ram, (gpa_t){CODE_AT + (ARENA_RIP - ARENA_CODE)}, INSN_MAX), s->insn.bytes,
	       s->insn.length);
	memset(ram_bytes(&m->ram, (gpa_t){CODE_AT + (ARENA_RIP - ARENA_CODE) + s->insn.length}, INSN_MAX), HLT,
	       INSN_MAX);
	if (!put_vector(vm, s, out))
		return;
	put_registers(vm, s, cr3);
	m->stop = (struct stop){.kind = STOP_NONE};
	m->cpus[0].retries = 0;
	kick_again(vm->is_tcg ? CASE_SECONDS_TCG : CASE_SECONDS);
	loop_run(m);
	if (m->stop.kind != STOP_HLT && m->stop.kind != STOP_EXCEPTION)
		drain(vm);
	take_stop(vm, &m->stop, out);
	if (s->uses_vector && (out->kind == RESULT_DONE || out->kind == RESULT_FAULT)) {
		memset(out->vector_state.area, 0, sizeof(out->vector_state.area));
		out->vector_state.features = s->vector.features;
		out->vector_state.layout = s->vector.layout;
		if (ioctl(m->cpus[0].vcpu.fd, KVM_GET_XSAVE, out->vector_state.area) < 0) {
			out->kind = RESULT_LOST;
			snprintf(out->why, sizeof(out->why), "KVM_GET_XSAVE: %s", strerror(errno));
		}
		vector_settle(&out->vector_state);
	}
}

/* What KVM gives back to be carried out in user space, lodestore would judge itself. */
static void run_cpu(void *self, const struct scene *s, struct result *out)
{
	const struct vm *vm = self;
	const uint64_t *exits = vm->machine->cpus[0].stats.exits;
	uint64_t before = exits[EXIT_EMULATION];

	run(self, s, CPU_TABLES_AT, out);
	if (exits[EXIT_EMULATION] == before || out->kind == RESULT_LOST)
		return;
	out->kind = RESULT_REFUSED;
	snprintf(out->why, sizeof(out->why), "this KVM does not carry it out, and leaves it to user space");
}

static void run_kept(void *self, const struct scene *s, struct result *out)
{
	run(self, s, KEPT_TABLES_AT, out);
}

static const char *unfit(void *self, const struct insn *insn)
{
	const struct vm *vm = self;

	if (vm->cpl == 0 && (insn->exec == EXEC_STEP || insn->exec == EXEC_PORT))
		return "at CPL 0 it may take the machine's tables away: compared at CPL 3";
	if (vm->cpl == 0 && insn->stack_use)
		return "at CPL 0 the end of the case needs the stack";
	if (vm->other_selectors && insn->mem.size == FXSAVE_SIZE)
		return "this KVM emulates it where the CPU raises #GP";
	if (vm->other_selectors && insn->exec == EXEC_SEGMENT)
		return "this KVM runs user code with selectors of its own";
	return NULL;
}

/* Who carries out the CPU's side? */
static unsigned judge_of(struct harness *h)
{
	const struct vm *vm = h->self;

	if (vm->is_tcg)
		return JUDGE_TCG;
	if (probe_emulated(h))
		return JUDGE_EMULATOR;
	return vm->other_selectors ? JUDGE_PVM : JUDGE_CPU;
}

void vm_close(struct harness *h)
{
	struct vm *vm = h->self;

	if (!vm)
		return;
	kick_stop();
	if (vm->machine)
		machine_demolish(vm->machine);
	if (vm->image_fd >= 0)
		close(vm->image_fd);
	decoder_free(h->host.decoder);
	free(vm);
	*h = (struct harness){0};
}

int vm_open(struct harness *h, unsigned cpl, struct error *e)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	*h = (struct harness){.name = cpl ? "in a VM at CPL 3" : "in a VM at CPL 0", .self = vm};
	if (!vm)
		return error_set(e, STATUS_HOST, "out of memory");
	vm->image_fd = -1;
	vm->cpl = cpl;
	vm->is_tcg = known_is_tcg();
	if (make_image(vm, e) < 0 || build(vm, e) < 0) {
		vm_close(h);
		return -1;
	}
	h->host = (struct scene_host){.decoder = decoder_new(), .cpl = cpl, .segment_bases = true};
	vector_layout_read(&h->host.layout);
	h->host.features = vm->machine->cpus[0].vcpu.features & KNOWN;
	h->cpu_bytes = ram_bytes(&vm->machine->ram, (gpa_t){CPU_ARENA_AT}, ARENA_SIZE);
	h->kept_bytes = ram_bytes(&vm->machine->ram, (gpa_t){KEPT_ARENA_AT}, ARENA_SIZE);
	h->runs_undecoded = cpl == 3;
	h->runs_untouching = true;
	h->cpu = run_cpu;
	h->kept = run_kept;
	h->unfit = unfit;
	if (kick_start(0, NULL, e) < 0) {
		vm_close(h);
		return -1;
	}
	vm->other_selectors = probe_other_selectors(h, vm->sregs.cs.selector);
	h->flags = probe_flags(h);
	h->judge = judge_of(h);
	if (h->host.decoder)
		return 0;
	vm_close(h);
	return error_set(e, STATUS_HOST, "the decoder cannot start");
}
