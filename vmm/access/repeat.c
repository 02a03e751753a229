/*
 * repeat.c: further elements of a REP, many at once.
 *
 * A REP is one transaction per element. Where everybody who answered the first
 * element says that its bytes are plain (keeper_ops.span) or is memory, nobody can
 * tell its elements from one another: as many as stay on the pages and in the slots of
 * the first one, whose walks, rights and admission are theirs too, are carried out
 * on the bytes themselves, by the host CPU.
 */
#include "vmm/access/access.h"

#include <stddef.h>

/* How many more elements lie behind this one on its page and in its slot. */
static uint64_t room_behind(const struct access_env *env, const struct part *part)
{
	const struct access *a = &part->access;
	uint64_t on_page = PAGE_SIZE - (a->gpa & PAGE_MASK) - a->size, in_slot;
	struct space_slot slot;

	space_find(env->space, (gpa_t){a->gpa}, &slot);
	in_slot = slot.size - (a->gpa - slot.start.v) - a->size;
	return (on_page < in_slot ? on_page : in_slot) / a->size;
}

/* Still the one that stands there, and not one that it forwarded this access to. */
static bool answers_itself(const struct part *part)
{
	struct capability stands = cap_resolve(part->cap);

	return stands.type == part->who.type && stands.object.keeper == part->who.object.keeper;
}

/* What the elements behind the first one are of this part: their bytes, or NULL. */
static uint8_t *bytes_behind(const struct part *part, uint64_t elements)
{
	const struct access *a = &part->access;

	if (part->absent || !answers_itself(part))
		return NULL;
	return ask_span(part->who, a->op, a->offset + a->size, elements * a->size);
}

__attribute__((noinline)) void access_repeat(const struct access_env *env, struct plan *plan)
{
	uint8_t *bytes[2];
	uint64_t elements;

	/* each operand in one part: the first element crosses no page and no slot */
	if (!plan->after.repeats || plan->nparts != plan->nrefs || plan->nparts > 2 ||
	    !execute_goes_on(plan->insn, &plan->before))
		return;
	elements = plan->after.regs.gpr[GPR_RCX];
	for (unsigned i = 0; i < plan->nparts; i++) {
		uint64_t room = room_behind(env, &plan->parts[i]);

		elements = room < elements ? room : elements;
	}
	if (elements == 0)
		return;
	for (unsigned i = 0; i < plan->nparts; i++) {
		bytes[i] = bytes_behind(&plan->parts[i], elements);
		if (!bytes[i])
			return;
	}
	for (unsigned i = 0; i < plan->nparts; i++)
		ask_span_done(plan->parts[i].who, plan->parts[i].access.op, elements);
	execute_go_on(plan->insn, elements, plan->refs, bytes, &plan->after);
}
