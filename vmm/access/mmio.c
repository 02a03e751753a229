#include "vmm/access/mmio.h"

#include "vmm/access/commit.h"
#include "vmm/access/fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Fragments of 8 bytes: two operands of 64 bytes, each read and written, and page crossings. */
#define FRAGMENTS_MAX 64

/* What the emulation may store into ordinary memory, as it was before. */
struct snapshot {
	unsigned count;
	struct {
		uint8_t *bytes;
		uint8_t size;
		uint8_t saved[64];
	} pieces[2 * MEMREF_MAX];
};

static void save_piece(const struct access_env *env, const struct regs *regs, gva_t gva, unsigned size,
		       struct snapshot *s)
{
	uint8_t *bytes;
	gpa_t gpa;

	if (size == 0 || !access_translate(env, regs, gva, WALK_WRITE, &gpa))
		return;
	bytes = ram_bytes(env->ram, gpa, size);
	if (!bytes || trap_catches(env->trap, gpa, true))
		return;
	s->pieces[s->count].bytes = bytes;
	s->pieces[s->count].size = (uint8_t)size;
	memcpy(s->pieces[s->count++].saved, bytes, size);
}

static void snapshot_take(const struct access_env *env, const struct insn *insn, const struct regs *regs,
			  struct snapshot *s)
{
	struct memref refs[MEMREF_MAX];
	unsigned n = memrefs_of(insn, regs, NULL, refs);

	s->count = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned first = (unsigned)(PAGE_SIZE - (refs[i].gva.v & PAGE_MASK));

		if (refs[i].use == MEM_READ)
			continue;
		if (first > refs[i].size)
			first = refs[i].size;
		save_piece(env, regs, refs[i].gva, first, s);
		save_piece(env, regs, (gva_t){refs[i].gva.v + first}, refs[i].size - first, s);
	}
}

static void snapshot_restore(const struct snapshot *s)
{
	for (unsigned i = 0; i < s->count; i++)
		memcpy(s->pieces[i].bytes, s->pieces[i].saved, s->pieces[i].size);
}

/* Decode exactly the bytes [start, end) as one instruction; length 0: whatever is there. */
static const struct insn *insn_at(const struct access_env *env, const struct regs *regs, uint64_t start,
				  unsigned length)
{
	uint8_t code[INSN_MAX];
	const struct insn *insn;
	unsigned n = 0;

	for (; n < (length ? length : INSN_MAX); n++) {
		const uint8_t *byte;
		gva_t gva = {regs->seg[SEG_CS].base + start + n};
		gpa_t gpa;

		if (regs->mode != MODE_64)
			gva.v = (uint32_t)gva.v;
		if (!access_translate(env, regs, gva, WALK_FETCH, &gpa))
			break;
		byte = ram_bytes(env->ram, gpa, 1);
		if (!byte)
			break;
		code[n] = *byte;
	}
	if (n < length || decode_cached(env->decoder, code, n, regs->mode, &insn) != DECODE_OK)
		return NULL;
	return length && insn->length != length ? NULL : insn;
}

/* Only the register's low size bytes move; the rest stays, and was 0 if size is 4 in 64-bit mode. */
static void move(struct regs *regs, enum gpr gpr, unsigned size, uint64_t distance)
{
	uint64_t width = size < 8 ? (1ull << (8 * size)) - 1 : UINT64_MAX;

	regs->gpr[gpr] = (regs->gpr[gpr] & ~width) | ((regs->gpr[gpr] + distance) & width);
}

static void undo_string(const struct insn *insn, struct regs *regs)
{
	uint64_t step = regs->rflags & RFLAGS_DF ? insn->op_size : -(uint64_t)insn->op_size;
	unsigned size = insn->mem.addr_size;

	if (insn->string == STRING_MOVS)
		move(regs, GPR_RSI, size, step);
	move(regs, GPR_RDI, size, step);
	if (insn->fields.rep || insn->fields.repne)
		move(regs, GPR_RCX, size, 1);
}

/* The registers before a store that KVM's emulator has finished but for its bytes. */
static void undo(const struct insn *insn, uint64_t start, const struct regs *after, struct regs *before)
{
	*before = *after;
	before->rip = start;
	switch (insn->exec) {
	case EXEC_PUSH:
	case EXEC_CALL:
		move(before, GPR_RSP, after->stack_size, insn->stack_use);
		break;
	case EXEC_POP:
		move(before, GPR_RSP, after->stack_size, -(uint64_t)insn->stack_use);
		break;
	case EXEC_STRING:
		undo_string(insn, before);
		break;
	case EXEC_STUB:
	case EXEC_JMP:
	case EXEC_RET:
	case EXEC_LEAVE:
	case EXEC_SEGMENT:
	case EXEC_PORT:
	case EXEC_ENTER:
	case EXEC_XLAT:
	case EXEC_MASKMOV:
	case EXEC_FLUSH:
	case EXEC_COPY64:
	case EXEC_GATHER:
	case EXEC_SCATTER:
	case EXEC_STEP:
	case EXEC_NONE:
		break;
	}
}

/* Would insn, run with these registers, store to gpa? */
static bool stores_to(const struct access_env *env, const struct insn *insn, const struct regs *regs, gpa_t gpa)
{
	struct memref refs[MEMREF_MAX];
	unsigned n = memrefs_of(insn, regs, NULL, refs);

	for (unsigned i = 0; i < n; i++) {
		for (unsigned at = 0; at < refs[i].size && refs[i].use != MEM_READ; at++) {
			gpa_t hit;

			if (access_translate(env, regs, (gva_t){refs[i].gva.v + at}, WALK_WRITE, &hit) &&
			    hit.v == gpa.v)
				return true;
		}
	}
	return false;
}

static const struct insn *writer_ending_at(const struct access_env *env, const struct regs *after, uint64_t end,
					   gpa_t gpa, struct regs *before)
{
	for (unsigned length = INSN_MAX; length > 0; length--) {
		const struct insn *insn = insn_at(env, after, end - length, length);

		if (!insn)
			continue;
		undo(insn, end - length, after, before);
		if (stores_to(env, insn, before, gpa))
			return insn;
	}
	return NULL;
}

/*
 * At a store RIP is already past the instruction: it is the one that ends there and
 * stores to just this address; or, REP with elements left, the one RIP still is on;
 * or a call, whose stored return address tells where it ends.
 */
static const struct insn *find_writer(const struct access_env *env, const struct vcpu *vcpu, const struct regs *after,
				      struct regs *before)
{
	const struct kvm_run *run = vcpu->run;
	gpa_t gpa = {run->mmio.phys_addr};
	const struct insn *insn = insn_at(env, after, after->rip, 0);
	uint64_t value = 0;

	if (insn && insn->exec == EXEC_STRING && (insn->fields.rep || insn->fields.repne)) {
		undo(insn, after->rip, after, before);
		if (stores_to(env, insn, before, gpa))
			return insn;
	}
	insn = writer_ending_at(env, after, after->rip, gpa, before);
	if (insn)
		return insn;
	memcpy(&value, run->mmio.data, run->mmio.len <= 8 ? run->mmio.len : 8);
	insn = writer_ending_at(env, after, value, gpa, before);
	return insn && insn->exec == EXEC_CALL ? insn : NULL;
}

/* Feed it zeros until it has finished; a REP is made to end with this element. */
static void drain(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	bool ended = false;

	for (unsigned i = 0; i < FRAGMENTS_MAX && !ended; i++) {
		if (!run->mmio.is_write)
			memset(run->mmio.data, 0, sizeof(run->mmio.data));
		if (run->s.regs.regs.rcx > 1 && !run->mmio.is_write) {
			run->s.regs.regs.rcx = 1;
			run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
		}
		run->immediate_exit = 1;
		ended = ioctl(vcpu->fd, KVM_RUN, 0) < 0 || run->exit_reason != KVM_EXIT_MMIO;
		run->immediate_exit = 0; /* a kick is a flag too, which the loop looks at */
	}
}

bool mmio_cancel(struct access_env *env, struct vcpu *vcpu, struct regs *before, char *why, size_t why_size)
{
	struct snapshot memory = {.count = 0};
	const struct insn *insn;
	struct regs now;

	fault_photo(vcpu, &now);
	if (vcpu->run->mmio.is_write) {
		insn = find_writer(env, vcpu, &now, before);
		if (!insn) {
			snprintf(why, why_size,
				 "a store to gpa 0x%llx that KVM emulated, before rip 0x%llx, has no "
				 "instruction that explains it",
				 (unsigned long long)vcpu->run->mmio.phys_addr, (unsigned long long)now.rip);
			return false;
		}
	} else {
		*before = now;
		insn = insn_at(env, &now, now.rip, 0);
	}
	if (insn)
		snapshot_take(env, insn, before, &memory);
	drain(vcpu);
	snapshot_restore(&memory);
	commit_cancel(vcpu, before);
	return true;
}
