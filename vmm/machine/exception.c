#include "vmm/machine/exception.h"

#include "vmm/access/fault.h"
#include "vmm/machine/state.h"

#include <string.h>

/* Vectors that push an error code. Intel SDM Vol 3, "Exception and Interrupt Reference". */
static bool vector_has_error(unsigned vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;
}

static unsigned word_size(enum boot_frame kind)
{
	switch (kind) {
	case BOOT_FRAME_64:
		return 8;
	case BOOT_FRAME_32:
		return 4;
	case BOOT_FRAME_16:
	case BOOT_FRAME_REAL:
		break;
	}
	return 2;
}

static uint64_t word(const uint8_t *bytes, unsigned index, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, bytes + index * size, size);
	return value;
}

bool exception_frame(enum boot_frame kind, unsigned vector, const uint8_t *bytes, unsigned n,
		     struct exception_frame *out)
{
	struct exception_frame f = {.has_error = kind != BOOT_FRAME_REAL && vector_has_error(vector)};
	unsigned size = word_size(kind), first = f.has_error, words = first + 3;

	if (n < words * size)
		return false;
	f.error = f.has_error ? word(bytes, 0, size) : 0;
	f.rip = word(bytes, first, size);
	f.cs = (uint16_t)word(bytes, first + 1, size);
	f.rflags = word(bytes, first + 2, size);
	/* handlers run at ring 0: a legacy gate changes stacks only from an outer one */
	f.has_stack = kind == BOOT_FRAME_64 || (kind != BOOT_FRAME_REAL && (f.cs & 3) != 0);
	if (f.has_stack) {
		words += 2;
		if (n < words * size)
			return false;
		f.rsp = word(bytes, first + 3, size);
		f.ss = (uint16_t)word(bytes, first + 4, size);
	}
	f.size = words * size;
	*out = f;
	return true;
}

/* The bytes at the handler's stack pointer, as many as are memory. Sets *linear. */
static unsigned read_stack(const struct cpu *c, const struct regs *regs, uint8_t bytes[EXCEPTION_FRAME_MAX],
			   uint64_t *linear)
{
	uint64_t pointer = regs->gpr[GPR_RSP];
	unsigned got = 0;

	if (regs->stack_size < 8)
		pointer &= (1ull << (8 * regs->stack_size)) - 1;
	*linear = regs->mode == MODE_64 ? pointer : (uint32_t)(regs->seg[SEG_SS].base + pointer);
	for (; got < EXCEPTION_FRAME_MAX; got++) {
		const uint8_t *byte;
		gpa_t gpa;

		if (!access_translate(&c->env, regs, (gva_t){*linear + got}, WALK_READ, &gpa))
			break;
		byte = ram_bytes(&c->machine->ram, gpa, 1);
		if (!byte)
			break;
		bytes[got] = *byte;
	}
	return got;
}

/* The interrupted code's registers: what the frame holds, and the stack as it was before. */
static void unwind(const struct machine *m, const struct exception_frame *frame, struct regs *regs)
{
	const struct regs *start = &m->boot_state.regs;
	uint64_t width = regs->stack_size < 8 ? (1ull << (8 * regs->stack_size)) - 1 : UINT64_MAX;
	uint64_t *rsp = &regs->gpr[GPR_RSP];

	regs->rip = frame->rip;
	regs->rflags = frame->rflags;
	regs->seg[SEG_CS].selector = frame->cs;
	if (m->boot_state.frame == BOOT_FRAME_REAL)
		regs->seg[SEG_CS].base = (uint64_t)frame->cs << 4;
	else if (frame->cs == start->seg[SEG_CS].selector)
		regs->seg[SEG_CS] = start->seg[SEG_CS];
	if (m->boot_state.frame != BOOT_FRAME_REAL)
		regs->cpl = frame->cs & 3;
	if (!frame->has_stack) {
		*rsp = (*rsp & ~width) | ((*rsp + frame->size) & width);
		return;
	}
	*rsp = frame->rsp;
	regs->seg[SEG_SS].selector = frame->ss;
	if (frame->ss == start->seg[SEG_SS].selector)
		regs->seg[SEG_SS] = start->seg[SEG_SS];
}

void exception_stop(struct cpu *c, unsigned vector)
{
	uint8_t bytes[EXCEPTION_FRAME_MAX];
	struct exception_frame frame;
	struct machine *m = c->machine;
	struct stop *stop = &m->stop;
	char error[32] = "";
	struct regs regs;
	uint64_t linear;
	unsigned n;

	fault_photo(&c->vcpu, &regs);
	n = read_stack(c, &regs, bytes, &linear);
	if (!exception_frame(m->boot_state.frame, vector, bytes, n, &frame)) {
		machine_stop(c, STOP_EXCEPTION, STATUS_GUEST, "exception %u, with no frame at 0x%llx", vector,
			     (unsigned long long)linear);
		return;
	}
	if (frame.has_error)
		snprintf(error, sizeof(error), " error 0x%llx", (unsigned long long)frame.error);
	if (!machine_stop(c, STOP_EXCEPTION, STATUS_GUEST, "exception %u%s cr2 0x%llx rip 0x%llx", vector, error,
			  (unsigned long long)regs.cr2, (unsigned long long)frame.rip))
		return;
	stop->has_exception = true;
	stop->vector = (uint8_t)vector;
	stop->has_error = frame.has_error;
	stop->error_code = frame.error;
	stop->cr2 = regs.cr2;
	unwind(m, &frame, &stop->regs);
}
