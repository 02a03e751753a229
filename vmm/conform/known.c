#include "vmm/conform/known.h"

#include "decoder/fields.h"
#include "vmm/conform/arena.h"
#include "vmm/conform/compare.h"

#include <cpuid.h>
#include <string.h>

#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_AC 17
#define ERROR_WRITE 0x2u

/* The first word of the text. */
static bool is_named(const struct scene *s, const char *name)
{
	size_t n = strlen(name);

	return s->decoded == DECODE_OK && strncmp(s->insn.text, name, n) == 0 &&
	       (s->insn.text[n] == ' ' || s->insn.text[n] == '\0');
}

static bool is_fault(const struct result *result, unsigned vector)
{
	return result->kind == RESULT_FAULT && result->vector == vector;
}

/* --- QEMU 7.2 ----------------------------------------------------------------------- */

static bool late_write(const struct scene *s, const struct result *kept, struct result *cpu)
{
	if (s->insn.mem.use != MEM_READ_WRITE || !is_fault(cpu, VECTOR_PF) || !is_fault(kept, VECTOR_PF))
		return false;
	cpu->error |= ERROR_WRITE;
	return true;
}

static bool unaligned(const struct scene *s, const struct result *kept, struct result *cpu)
{
	bool missed = cpu->kind == RESULT_DONE || is_fault(cpu, VECTOR_PF);

	if (!is_fault(kept, VECTOR_GP) || !missed || !(s->insn.flags & INSN_ALIGNED) ||
	    s->insn.fields.encoding != ENC_LEGACY || s->nrefs != 1 || s->refs[0].gva.v % s->insn.mem.align == 0)
		return false;
	*cpu = *kept; /* of a load: what it stored would be seen */
	return true;
}

static bool carry_flags(const struct scene *s, const struct result *kept, struct result *cpu)
{
	if (!is_named(s, "adcx") && !is_named(s, "adox"))
		return false;
	cpu->rflags = kept->rflags;
	return true;
}

static bool same_fault(const struct result *a, const struct result *b)
{
	return is_fault(a, VECTOR_PF) && is_fault(b, VECTOR_PF) && a->error == b->error && a->cr2 == b->cr2 &&
	       memcmp(a->gpr, b->gpr, sizeof(a->gpr)) == 0 && a->rip == b->rip;
}

/* What lies on the first page is stored before the second one faults. */
static bool half_stored(const struct scene *s, const struct result *kept, struct result *cpu)
{
	return s->insn.mem.use == MEM_WRITE && same_fault(kept, cpu);
}

/* The low halves of MMX registers: 4 bytes. */
static bool wide_unpack(const struct scene *s, const struct result *kept, struct result *cpu)
{
	if (strncmp(s->insn.text, "punpckl", 7) != 0 || s->insn.mem.size != 4 || !is_fault(cpu, VECTOR_PF))
		return false;
	*cpu = *kept;
	return kept->kind == RESULT_DONE;
}

static bool narrow_movbe(const struct scene *s, const struct result *kept, struct result *cpu)
{
	return is_named(s, "movbe") && s->insn.fields.opsize && s->insn.op_size == 8 && cpu->kind == RESULT_DONE &&
	       kept->kind == RESULT_DONE;
}

static bool is_environment(const struct scene *s)
{
	unsigned size = s->insn.mem.size;

	return s->insn.fields.map == MAP_0 && (size == 14 || size == 28 || size == 94 || size == 108);
}

static bool long_environment(const struct scene *s, const struct result *kept, struct result *cpu)
{
	(void)kept;
	(void)cpu;
	return is_environment(s) && (s->insn.fields.rex & 8);
}

static bool old_pointers(const struct scene *s, const struct result *kept, struct result *cpu)
{
	return is_environment(s) && s->insn.mem.use == MEM_WRITE && cpu->kind == RESULT_DONE &&
	       kept->kind == RESULT_DONE;
}

/* Loads of an environment go word by word, and what was loaded before the fault stays. */
static bool half_loaded(const struct scene *s, const struct result *kept, struct result *cpu)
{
	(void)cpu;
	return is_environment(s) && s->insn.mem.use == MEM_READ && is_fault(kept, VECTOR_PF);
}

static bool high_part_first(const struct scene *s, const struct result *kept, struct result *cpu)
{
	if (!is_named(s, "fbld") || !is_fault(cpu, VECTOR_PF) || !is_fault(kept, VECTOR_PF))
		return false;
	cpu->cr2 = kept->cr2;
	return true;
}

static bool early_flags(const struct scene *s, const struct result *kept, struct result *cpu)
{
	if ((!is_named(s, "rcl") && !is_named(s, "rcr")) || !is_fault(cpu, VECTOR_PF))
		return false;
	cpu->rflags = kept->rflags;
	cpu->error |= ERROR_WRITE;
	return true;
}

static bool unprobed_enter(const struct scene *s, const struct result *kept, struct result *cpu)
{
	return s->insn.exec == EXEC_ENTER && cpu->kind == RESULT_DONE &&
	       (is_fault(kept, VECTOR_PF) || is_fault(kept, VECTOR_SS));
}

static bool other_segment(const struct scene *s, const struct result *kept, struct result *cpu)
{
	return s->insn.exec == EXEC_ENTER && is_fault(cpu, VECTOR_GP) && is_fault(kept, VECTOR_SS);
}

static bool index_four(const struct scene *s, const struct result *kept, struct result *cpu)
{
	(void)kept;
	(void)cpu;
	return s->insn.exec == EXEC_GATHER && s->insn.mem.index == 4 && s->insn.mem.base == REG_NONE;
}

/* The branch happens, and its target faults. */
static bool late_branch(const struct scene *s, const struct result *kept, struct result *cpu)
{
	bool branches = s->insn.exec == EXEC_RET || s->insn.exec == EXEC_JMP || s->insn.exec == EXEC_CALL;

	if (!branches || !is_fault(cpu, VECTOR_GP) || !is_fault(kept, VECTOR_GP) || cpu->rip == ARENA_RIP)
		return false;
	cpu->rip = kept->rip;
	cpu->gpr[GPR_RSP] = kept->gpr[GPR_RSP];
	return true;
}

/* --- kvm_pvm ------------------------------------------------------------------------ */

/* decode() refuses it, so there is no insn but bytes. */
static bool is_locked(const struct scene *s, struct insn_fields *f)
{
	return s->decoded == DECODE_INVALID && fields_read(s->from.bytes, s->from.length, MODE_64, f) == FIELDS_OK &&
	       f->lock && f->encoding == ENC_LEGACY && f->map == MAP_0F;
}

/* Bytes behind it, which mutation has left there, run next. */
static bool locked_nop(const struct scene *s, const struct result *kept, struct result *cpu)
{
	struct insn_fields f;

	(void)kept;
	return is_locked(s, &f) && f.opcode >= 0x19 && f.opcode <= 0x1f &&
	       (cpu->kind == RESULT_DONE || cpu->rip == ARENA_RIP + f.imm_at);
}

static bool locked_fxsave(const struct scene *s, const struct result *kept, struct result *cpu)
{
	struct insn_fields f;

	(void)kept;
	(void)cpu;
	return is_locked(s, &f) && f.opcode == 0xae && fields_digit(&f) <= 1;
}

/* Measured: at a canonical RSP, mapped or not, #AC comes. */
static bool lost_alignment(const struct scene *s, const struct result *kept, struct result *cpu)
{
	uint64_t rsp = s->regs.gpr[GPR_RSP];
	bool is_canonical = (uint64_t)((int64_t)(rsp << 16) >> 16) == rsp;

	return s->decoded == DECODE_OK && !is_canonical && is_fault(kept, VECTOR_AC) && !is_fault(cpu, VECTOR_AC);
}

/* What raises #GP is emulated, and to the emulator the last of all segment prefixes counts. */
static bool forgotten_segment(const struct scene *s, const struct result *kept, struct result *cpu)
{
	unsigned base = 0, other = 0;

	(void)cpu;
	if (s->decoded != DECODE_OK || !is_fault(kept, VECTOR_GP))
		return false;
	for (unsigned i = 0; i < s->insn.fields.prefix_size; i++) {
		uint8_t byte = s->insn.bytes[i];

		if (byte == 0x64 || byte == 0x65)
			base = i + 1;
		else if (byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e)
			other = i + 1;
	}
	return base && other > base;
}

/* UMIP makes the CPU raise #GP, and a kernel then stores for it. */
static bool unchecked_umip(const struct scene *s, const struct result *kept, struct result *cpu)
{
	static const char *const names[] = {"str", "sldt", "smsw", "sgdt", "sidt"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_named(s, names[i]))
			return is_fault(kept, VECTOR_AC) && cpu->kind == RESULT_DONE;
	}
	return false;
}

/* A port's instruction is KVM's, and its emulator does not check alignment. */
static bool unaligned_port(const struct scene *s, const struct result *kept, struct result *cpu)
{
	(void)cpu; /* with REP, what later elements fault at */
	return s->decoded == DECODE_OK && s->insn.exec == EXEC_PORT && is_fault(kept, VECTOR_AC);
}

/* Its emulator stores what lies on the first page before the second one faults. */
static bool half_input(const struct scene *s, const struct result *kept, struct result *cpu)
{
	return s->decoded == DECODE_OK && s->insn.exec == EXEC_PORT && s->insn.string == STRING_INS &&
	       same_fault(kept, cpu);
}

static bool bit_scan(const struct scene *s, const struct result *kept, struct result *cpu)
{
	if (!is_named(s, "lzcnt") && !is_named(s, "tzcnt"))
		return false;
	cpu->gpr[s->insn.fields.reg] = kept->gpr[s->insn.fields.reg];
	cpu->rflags = kept->rflags;
	return true;
}

static bool emulated_fxsave(const struct scene *s, const struct result *kept, struct result *cpu)
{
	(void)kept;
	(void)cpu;
	return is_named(s, "fxsave") || is_named(s, "fxrstor") || is_named(s, "fxsave64") || is_named(s, "fxrstor64");
}

/*
 * amend: is it this difference? Then *cpu is made what a CPU would have left. All is then
 * compared again, unless memory differs, too.
 */
static const struct known {
	unsigned judge;
	bool (*amend)(const struct scene *s, const struct result *kept, struct result *cpu);
	bool is_all; /* there is nothing left to compare */
	const char *reason;
} rows[] = {
	{JUDGE_TCG, late_write, false,
	 "QEMU reports the page fault of a read-modify-write as that of its load; CPUs report the store"},
	{JUDGE_TCG, unaligned, false, "QEMU does not check the alignment of these SSE operands"},
	{JUDGE_TCG, carry_flags, false, "QEMU leaves other flags after ADCX and ADOX than one of CF and OF changed"},
	{JUDGE_TCG, half_stored, true,
	 "QEMU stores what lies on the first page before it finds the second one absent; CPUs store nothing"},
	{JUDGE_TCG, wide_unpack, false, "QEMU reads 8 bytes for PUNPCKL* of MMX registers; CPUs 4"},
	{JUDGE_TCG, narrow_movbe, true, "QEMU takes MOVBE with 66 and REX.W for one of 2 bytes"},
	{JUDGE_TCG, long_environment, true, "QEMU lays an x87 environment out otherwise with REX.W, which CPUs ignore"},
	{JUDGE_TCG, old_pointers, true, "QEMU stores x87 pointers of other instructions than the guest's"},
	{JUDGE_TCG, half_loaded, true, "QEMU loads an x87 environment in words, and keeps those before the fault"},
	{JUDGE_TCG, high_part_first, false, "QEMU reads the upper part of FBLD's operand first"},
	{JUDGE_TCG, early_flags, false, "QEMU changes the flags of RCL and RCR before their store faults"},
	{JUDGE_TCG, unprobed_enter, true, "QEMU does not check that ENTER's final stack can be written"},
	{JUDGE_TCG, other_segment, true, "QEMU raises #GP, not #SS, for ENTER's frame pointer that is not canonical"},
	{JUDGE_TCG, index_four, true, "QEMU takes vector register 4 as an index, where there is no base, for none"},
	{JUDGE_TCG, late_branch, false,
	 "QEMU raises #GP for a target that is not canonical after the branch; CPUs before"},
	{JUDGE_PVM, locked_nop, true,
	 "kvm_pvm carries out a NOP of 0F 19..1F with LOCK after the CPU has raised #UD; in a process it stays #UD"},
	{JUDGE_PVM, locked_fxsave, true,
	 "kvm_pvm carries out FXSAVE and FXRSTOR with LOCK after the CPU has raised #UD; in a process it stays #UD"},
	{JUDGE_PVM, lost_alignment, true,
	 "kvm_pvm drops an #AC raised while RSP is not canonical, and goes on; in a process it stays #AC"},
	{JUDGE_PVM, forgotten_segment, true,
	 "KVM's emulator, to which kvm_pvm gives what raises #GP, lets 26, 2E, 36 or 3E undo FS and GS"},
	{JUDGE_PVM, unchecked_umip, true,
	 "with UMIP KVM's emulator stores for STR, SLDT, SMSW, SGDT and SIDT, and does not check alignment"},
	{JUDGE_PVM, unaligned_port, true, "KVM carries out INS and OUTS itself, and does not check alignment"},
	{JUDGE_PVM, half_input, true, "KVM's INS stores what lies on the first page before the second one faults"},
	{JUDGE_EMULATOR, bit_scan, false, "KVM's emulator takes LZCNT and TZCNT for BSR and BSF"},
	{JUDGE_EMULATOR, emulated_fxsave, true,
	 "KVM's emulator saves and restores other XMM registers than the guest's"},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) <= KNOWN_MAX, "judge.h counts them");

unsigned known_rows(void)
{
	return sizeof(rows) / sizeof(rows[0]);
}

const char *known_reason(unsigned row)
{
	return row < known_rows() ? rows[row].reason : "?";
}

int known_difference(const struct harness *h, const struct scene *s, const struct result *cpu,
		     const struct result *kept)
{
	char difference[DIFFERENCE];
	struct result amended;

	for (unsigned i = 0; i < known_rows(); i++) {
		if (!(rows[i].judge & h->judge))
			continue;
		amended = *cpu;
		if (rows[i].amend(s, kept, &amended) &&
		    (rows[i].is_all || compare_results(h, s, &amended, kept, difference)))
			return (int)i;
	}
	return -1;
}

/* QEMU 7.2 takes bits of MXCSR that do not exist, and KVM then refuses to set the guest's state. */
static bool breaks_mxcsr(const struct insn *insn)
{
	return strncmp(insn->text, "xrstor", 6) == 0 || strncmp(insn->text, "fxrstor", 7) == 0;
}

/* QEMU 7.2 ends with an assertion at VROUNDSS, VROUNDSD with VEX.L=1, which CPUs ignore. */
static bool ends_qemu(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	return f->encoding == ENC_VEX && f->map == MAP_0F3A && (f->opcode == 0x0a || f->opcode == 0x0b) &&
	       f->vector_len != 16;
}

/* SGDT, SIDT, SLDT, STR, SMSW: 0F 00 /0../1, 0F 01 /0, /1, /4. */
static bool stores_system(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;
	unsigned digit = fields_digit(f);

	return f->encoding == ENC_LEGACY && f->map == MAP_0F &&
	       ((f->opcode == 0 && digit < 2) || (f->opcode == 1 && (digit < 2 || digit == 4)));
}

/* POP FS, POP GS; LSS, LFS, LGS. */
static bool loads_selector(const struct insn *insn)
{
	const struct insn_fields *f = &insn->fields;

	if (f->encoding != ENC_LEGACY || f->map != MAP_0F)
		return false;
	return f->opcode == 0xa1 || f->opcode == 0xa9 || f->opcode == 0xb2 || f->opcode == 0xb4 || f->opcode == 0xb5;
}

const char *known_unfit(unsigned judge, const struct insn *insn)
{
	if ((judge & JUDGE_PVM) && loads_selector(insn))
		return "this KVM leaves the CPU the selector that user code has loaded, whatever it is told then";
	if ((judge & (JUDGE_PVM | JUDGE_EMULATOR)) && stores_system(insn))
		return "this KVM's emulator goes round for ever at it, without an exit";
	if ((judge & JUDGE_TCG) && ends_qemu(insn))
		return "QEMU's software CPU ends at it";
	if ((judge & JUDGE_TCG) && breaks_mxcsr(insn))
		return "QEMU's software CPU loads an MXCSR that no CPU takes";
	return NULL;
}

bool known_is_tcg(void)
{
	unsigned a = 0, name[3] = {0};

	/* the leaves of a hypervisor are beyond the range that __get_cpuid() admits */
	__cpuid(0x40000000, a, name[0], name[1], name[2]);
	return memcmp(name, "TCGTCGTCGTCG", sizeof(name)) == 0;
}
