#include "vmm/conform/judge.h"

#include "decoder/fields.h"
#include "vmm/conform/arena.h"

#include <string.h>

#define STATES_TRIED 16 /* in some the operand cannot be aimed, or is of a value that is #GP */
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_AC 17

static void wipe(struct judge *j)
{
	memset(j->harness->cpu_bytes, SCENE_PATTERN, ARENA_SIZE);
	memset(j->harness->kept_bytes, SCENE_PATTERN, ARENA_SIZE);
	j->dirty = false;
}

/* mov eax,[rbx] off by one with AC set: software CPUs do not all raise #AC. */
static bool has_alignment_checks(struct judge *j)
{
	static const uint8_t bytes[] = {0x8b, 0x03};
	struct scene *s = &j->scene;

	memset(s, 0, sizeof(*s));
	memcpy(s->insn.bytes, bytes, sizeof(bytes));
	s->insn.length = sizeof(bytes);
	s->regs.rip = ARENA_RIP;
	s->regs.rflags = RFLAGS_FIXED | RFLAGS_IF | RFLAGS_AC;
	s->regs.gpr[GPR_RBX] = arena_address(ARENA_MEMORY) + 1;
	s->regs.gpr[GPR_RSP] = arena_address(ARENA_STACK_VIRTUAL);
	j->harness->cpu(j->harness->self, s, &j->cpu);
	return j->cpu.kind == RESULT_FAULT && j->cpu.vector == VECTOR_AC;
}

void judge_begin(struct judge *j, struct harness *h, struct tally *t)
{
	memset(j, 0, sizeof(*j));
	j->harness = h;
	j->tally = t;
	wipe(j);
	h->host.alignment_checks = has_alignment_checks(j);
}

static void set_memory(struct judge *j)
{
	const struct scene *s = &j->scene;

	if (j->dirty)
		wipe(j);
	scene_fill(s, j->harness->cpu_bytes);
	for (unsigned i = 0; i < s->nwindows; i++)
		memcpy(j->harness->kept_bytes + s->windows[i].at, j->harness->cpu_bytes + s->windows[i].at,
		       s->windows[i].size);
}

/* As it was: what differs elsewhere than in the windows has been told, and makes the next case wipe all. */
static void clear_memory(struct judge *j)
{
	const struct scene *s = &j->scene;

	for (unsigned i = 0; i < s->nwindows; i++) {
		memset(j->harness->cpu_bytes + s->windows[i].at, SCENE_PATTERN, s->windows[i].size);
		memset(j->harness->kept_bytes + s->windows[i].at, SCENE_PATTERN, s->windows[i].size);
	}
}

#define UNAIMED "its accesses could not be brought into the arena"

/* The first reason stays; that one case could not be aimed says the least. */
static void note(struct tally_form *form, const char *why)
{
	if (form && (!form->why[0] || strcmp(form->why, UNAIMED) == 0))
		snprintf(form->why, sizeof(form->why), "%.*s", (int)sizeof(form->why) - 1, why);
}

static enum judgement skip(struct judge *j, struct tally_form *form, const char *why)
{
	j->skipped++;
	if (form)
		form->skipped++;
	note(form, why);
	return JUDGED_SKIPPED;
}

static enum judgement different(struct judge *j, struct tally_form *form)
{
	j->mismatches++;
	j->dirty = true;
	if (form)
		form->mismatches++;
	return JUDGED_DIFFERENT;
}

/* Something differs: is it the judge who is wrong? */
static enum judgement differs(struct judge *j, struct tally_form *form)
{
	int known = known_difference(j->harness, &j->scene, &j->cpu, &j->kept);

	if (known < 0)
		return different(j, form);
	j->known[known]++;
	j->dirty = true;
	if (form)
		form->known++;
	return JUDGED_KNOWN;
}

static enum judgement lost(struct judge *j, const struct result *result)
{
	snprintf(j->difference, sizeof(j->difference), "%.*s", DIFFERENCE - 1, result->why);
	j->dirty = true;
	return JUDGED_LOST;
}

/*
 * What the CPU does not have, nobody need carry out, and that both raise #UD is no
 * comparison; nor is it told that the CPU's goes before the operand's faults.
 */
static bool is_absent(const struct judge *j)
{
	bool other_fault = j->kept.kind == RESULT_FAULT && (j->kept.vector == VECTOR_UD || j->kept.vector >= 12);

	return j->cpu.kind == RESULT_FAULT && j->cpu.vector == VECTOR_UD &&
	       (j->kept.kind == RESULT_REFUSED || other_fault);
}

/*
 * #UD by the CPU: does it have the instruction all the same? kvm_pvm gives #GP and #SS to KVM's emulator, which
 * raises #UD where it does not know the instruction. So ask in other states, with the operand aligned.
 */
static bool runs_elsewhere(struct judge *j)
{
	struct conform_case c = j->scene.from;
	struct scene again;
	struct result result;

	c.place = PLACE_ALIGNED;
	j->dirty = true;
	for (unsigned i = 0; i < STATES_TRIED; i++, c.seed++) {
		if (scene_make(&j->harness->host, &c, &again) != SCENE_READY)
			continue;
		j->harness->cpu(j->harness->self, &again, &result);
		if (result.kind != RESULT_FAULT || result.vector != VECTOR_UD)
			return true;
	}
	return false;
}

static const char *why_absent(struct judge *j, struct tally_form *form)
{
	bool has = false;

	if (j->harness->judge == JUDGE_PVM && form && form->presence == PRESENCE_UNKNOWN)
		form->presence = runs_elsewhere(j) ? PRESENCE_HAS : PRESENCE_LACKS;
	has = form && form->presence == PRESENCE_HAS;
	return has ? "this KVM raises #UD where the CPU raises #GP" : "this CPU does not have it";
}

static enum judgement hung(struct judge *j, struct tally_form *form)
{
	j->cases++;
	if (form)
		form->cases++;
	snprintf(j->difference, sizeof(j->difference), "lodestore does not come to an end, the CPU does");
	return different(j, form);
}

static enum judgement conclude(struct judge *j, struct tally_form *form)
{
	if (j->kept.kind == RESULT_LOST)
		return lost(j, &j->kept);
	if (j->kept.kind == RESULT_HUNG)
		return hung(j, form);
	if (is_absent(j))
		return skip(j, form, why_absent(j, form));
	if (j->kept.kind == RESULT_REFUSED) {
		j->refused++;
		j->dirty = true; /* the CPU's arena was written */
		if (form && form->refused++ == 0)
			form->why[0] = '\0'; /* a refusal says more than a skip */
		note(form, j->kept.why);
		return JUDGED_REFUSED;
	}
	j->cases++;
	if (form)
		form->cases++;
	if (!compare_results(j->harness, &j->scene, &j->cpu, &j->kept, j->difference))
		return differs(j, form);
	j->faulted = j->cpu.kind == RESULT_FAULT;
	j->dirty = j->faulted && j->scene.insn.exec == EXEC_ENTER; /* it stored below the stack pointer */
	j->faults += j->faulted;
	if (form)
		form->faults += j->faulted;
	return JUDGED_SAME;
}

/* Where the judge is not asked: forms on registers; LOCK VERW, which this AMD CPU takes and the manuals say is #UD. */
static bool is_uncertain(const struct conform_case *c)
{
	struct insn_fields f;

	if (fields_read(c->bytes, c->length, MODE_64, &f) != FIELDS_OK)
		return false;
	return !fields_names_memory(&f) ||
	       (f.encoding == ENC_LEGACY && f.map == MAP_0F && f.opcode == 0 && fields_digit(&f) == 5);
}

/* The exception that decode() says the CPU raises at such bytes; 0: it does not say. */
static unsigned vector_of_undecoded(const struct judge *j)
{
	switch (j->scene.decoded) {
	case DECODE_INVALID:
		return is_uncertain(&j->scene.from) ? 0 : VECTOR_UD;
	case DECODE_TOO_LONG:
		return VECTOR_GP;
	case DECODE_OK:
	case DECODE_TRUNCATED:
	case DECODE_UNKNOWN:
	case DECODE_DISAGREE:
		break;
	}
	return 0;
}

static enum judgement judge_undecoded(struct judge *j)
{
	unsigned vector = vector_of_undecoded(j);

	j->undecoded++;
	if (!vector || !j->harness->runs_undecoded)
		return JUDGED_SKIPPED;
	memset(&j->scene.insn, 0, sizeof(j->scene.insn));
	memcpy(j->scene.insn.bytes, j->scene.from.bytes, INSN_MAX);
	j->scene.insn.length = j->scene.from.length;
	j->dirty = true;
	j->harness->cpu(j->harness->self, &j->scene, &j->cpu);
	if (j->cpu.kind == RESULT_LOST)
		return lost(j, &j->cpu);
	if (j->cpu.kind == RESULT_HUNG || j->cpu.kind == RESULT_REFUSED)
		return skip(j, NULL, j->cpu.why);
	j->cases++;
	if (j->cpu.kind == RESULT_FAULT && j->cpu.rip == ARENA_RIP && j->cpu.vector == vector)
		return JUDGED_SAME;
	snprintf(j->difference, sizeof(j->difference), "the decoder says vector %u; the CPU %s, vector %u, rip 0x%llx",
		 vector, j->cpu.kind == RESULT_FAULT ? "faults" : "goes on", j->cpu.vector,
		 (unsigned long long)j->cpu.rip);
	return differs(j, NULL);
}

static enum judgement judge_scene(struct judge *j, enum scene_status status)
{
	struct tally_form *form = NULL;
	const char *unfit = NULL;
	enum judgement judgement;

	if (status == SCENE_UNDECODED)
		return judge_undecoded(j);
	if (j->tally)
		form = tally_of(j->tally, &j->scene.insn);
	if (status == SCENE_UNAIMED)
		return skip(j, form, UNAIMED);
	if (j->scene.insn.exec == EXEC_NONE && !j->harness->runs_untouching)
		return skip(j, form, "it touches no memory");
	unfit = known_unfit(j->harness->judge, &j->scene.insn);
	if (!unfit && j->harness->unfit)
		unfit = j->harness->unfit(j->harness->self, &j->scene.insn);
	if (unfit)
		return skip(j, form, unfit);
	set_memory(j);
	j->kept.kind = RESULT_LOST;
	j->harness->cpu(j->harness->self, &j->scene, &j->cpu);
	if (j->cpu.kind == RESULT_LOST)
		return lost(j, &j->cpu);
	if (j->cpu.kind == RESULT_HUNG || j->cpu.kind == RESULT_REFUSED) {
		j->dirty = true;
		return skip(j, form, j->cpu.kind == RESULT_HUNG ? "the judge does not come to an end" : j->cpu.why);
	}
	j->harness->kept(j->harness->self, &j->scene, &j->kept);
	judgement = conclude(j, form);
	clear_memory(j);
	return judgement;
}

/* The scene's instruction is what decode() gave last: aim() may have changed its bytes. */
static enum judgement note_readings(struct judge *j, enum judgement judgement, bool decoded)
{
	const struct scene *s = &j->scene;
	int err;

	if (!j->readings || (!decoded && s->decoded != DECODE_DISAGREE))
		return judgement;
	err = readings_note(j->readings, j->harness->host.decoder, decoded ? &s->insn : NULL,
			    decoded ? s->insn.bytes : s->from.bytes, decoded ? s->insn.length : s->from.length,
			    judgement == JUDGED_SAME, judgement == JUDGED_DIFFERENT);
	if (err == 0)
		return judgement;
	snprintf(j->difference, sizeof(j->difference), "out of memory");
	return JUDGED_LOST;
}

enum judgement judge_case(struct judge *j, const struct conform_case *c)
{
	enum scene_status status = scene_make(&j->harness->host, c, &j->scene);

	return note_readings(j, judge_scene(j, status), status != SCENE_UNDECODED);
}

void judge_print(const struct judge *j, FILE *out)
{
	const struct scene *s = &j->scene;
	char text[CASE_TEXT];

	case_print(&s->from, text);
	fprintf(out, "MISMATCH %s: %s\n", s->decoded == DECODE_OK ? s->insn.text : decode_status_name(s->decoded),
		j->difference);
	fprintf(out, "  bytes");
	for (unsigned i = 0; i < s->insn.length && i < INSN_MAX; i++)
		fprintf(out, " %02x", s->insn.bytes[i]);
	fprintf(out, "; %s; rflags 0x%llx\n", place_name((enum place)s->from.place),
		(unsigned long long)s->regs.rflags);
	for (unsigned i = 0; i < s->nrefs && i < 4; i++)
		fprintf(out, "  access %u: 0x%llx, %u bytes\n", i, (unsigned long long)s->refs[i].gva.v,
			s->refs[i].size);
	fprintf(out, "  again: lodestore conform --case %s\n", text);
}

/* --- making a failure smaller -------------------------------------------------- */

static bool still_fails(struct judge *j, const struct conform_case *c)
{
	return judge_case(j, c) == JUDGED_DIFFERENT;
}

static struct conform_case without_byte(const struct conform_case *c, unsigned at)
{
	struct conform_case less = *c;

	memmove(less.bytes + at, less.bytes + at + 1, (size_t)(c->length - at - 1));
	less.length--;
	less.bytes[less.length] = 0;
	return less;
}

struct conform_case judge_minimize(struct judge *j, struct conform_case c)
{
	struct tally *tally = j->tally;
	struct readings *readings = j->readings;

	j->tally = NULL;
	j->readings = NULL;
	for (unsigned at = 0; at + 1 < c.length;) {
		struct conform_case less = without_byte(&c, at);

		if (still_fails(j, &less))
			c = less;
		else
			at++;
	}
	for (unsigned bit = 1; bit < PLAIN_ALL; bit <<= 1) {
		struct conform_case less = c;

		less.plain |= (uint8_t)bit;
		if (still_fails(j, &less))
			c = less;
	}
	for (unsigned place = 0; place < c.place; place++) {
		struct conform_case less = c;

		less.place = (uint8_t)place;
		if (still_fails(j, &less))
			c = less;
	}
	still_fails(j, &c); /* the scene and the difference are those of what is returned */
	j->tally = tally;
	j->readings = readings;
	return c;
}
