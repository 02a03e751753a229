#include "vmm/declared/record.h"

#include <string.h>

#define HEADER offsetof(struct guest_access, part_of)

bool record_is_kept(const struct part *part, const struct keeper *keeper)
{
	return part->cap.type == CAP_ENTRY && part->cap.object.keeper == keeper;
}

unsigned record_size(unsigned nparts)
{
	return (unsigned)(HEADER + nparts * sizeof(struct guest_part));
}

static uint8_t op_of(enum access_op op)
{
	switch (op) {
	case ACCESS_LOAD:
		return GUEST_OP_LOAD;
	case ACCESS_STORE:
		return GUEST_OP_STORE;
	case ACCESS_RMW:
		break;
	}
	return GUEST_OP_MODIFY;
}

static struct guest_part part_of(const struct plan *plan, const struct part *part)
{
	const struct access *a = &part->access;
	uint64_t linear = plan->refs[part->ref].gva.v + part->at;

	return (struct guest_part){
		.object = a->badge,
		.offset = a->offset,
		.address = plan->before.mode == MODE_64 ? linear : (uint32_t)linear,
		.op = op_of(a->op),
		.size = a->size,
		.flags = (uint8_t)((a->locked ? GUEST_PART_LOCKED : 0) | (a->implicit ? GUEST_PART_IMPLICIT : 0)),
	};
}

bool record_of(const struct plan *plan, const struct keeper *keeper, struct guest_access *record,
	       struct record_map *map)
{
	unsigned n = 0;

	memset(record, 0, HEADER);
	record->rip = plan->before.rip;
	record->size = record_size(0);
	record->code_size = plan->insn ? plan->insn->length : plan->code_size;
	if (record->code_size > sizeof(record->code))
		record->code_size = sizeof(record->code);
	memcpy(record->code, plan->code, record->code_size);
	for (unsigned i = 0; i < plan->nparts; i++) {
		if (!record_is_kept(&plan->parts[i], keeper))
			continue;
		if (n == GUEST_PARTS_MAX)
			return false;
		map->part[n] = (uint16_t)i;
		record->part_of[n++] = part_of(plan, &plan->parts[i]);
	}
	record->parts = (uint16_t)n;
	record->size = record_size(n);
	return true;
}

void record_copy(const uint8_t *memory, struct guest_access *out)
{
	memcpy(out, memory, HEADER);
	if (out->parts > GUEST_PARTS_MAX)
		out->parts = 0;
	memcpy(out->part_of, memory + HEADER, out->parts * sizeof(out->part_of[0]));
}

static bool same_part(const struct guest_part *a, const struct guest_part *b)
{
	return a->object == b->object && a->offset == b->offset && a->address == b->address && a->op == b->op &&
	       a->size == b->size && a->flags == b->flags;
}

bool record_fits(const struct guest_access *answer, const struct guest_access *asked, uint64_t issued)
{
	if (answer->id == 0 || answer->id > issued || answer->rip != asked->rip || answer->size != asked->size ||
	    answer->parts != asked->parts || answer->code_size != asked->code_size ||
	    memcmp(answer->code, asked->code, asked->code_size) != 0)
		return false;
	for (unsigned i = 0; i < asked->parts; i++)
		if (!same_part(&answer->part_of[i], &asked->part_of[i]))
			return false;
	return true;
}

/* VM entry fails with an error code of more than 15 bits: Intel SDM Vol 3, "Checks on VM-Entry Control Fields". */
#define ERROR_MAX 0x7fff

bool record_fault(const struct guest_access *answer, struct fault *out)
{
	bool has_error = answer->fault_vector != 6;

	switch (answer->fault_vector) {
	case 6: /* #UD */
	case 12: /* #SS */
	case 13: /* #GP */
	case 14: /* #PF */
	case 17: /* #AC */
		break;
	default: /* a number of the guest's */
		return false;
	}
	if (has_error && answer->fault_error > ERROR_MAX)
		return false;
	*out = (struct fault){
		.vector = answer->fault_vector,
		.has_error = has_error,
		.error = has_error ? answer->fault_error : 0,
	};
	return true;
}
