/*
 * insn_equal.h: are two decoded instructions the same? For tests: member by
 * member, because what stands between the members is undefined.
 */
#ifndef DECODER_INSN_EQUAL_H
#define DECODER_INSN_EQUAL_H

#include "decoder/insn.h"

#include <string.h>

static inline bool insn_fields_equal(const struct insn_fields *a, const struct insn_fields *b)
{
	return a->encoding == b->encoding && a->map == b->map && a->prefix == b->prefix && a->lock == b->lock &&
	       a->rep == b->rep && a->repne == b->repne && a->opsize == b->opsize && a->adsize == b->adsize &&
	       a->seg_override == b->seg_override && a->rex == b->rex && a->vvvv == b->vvvv &&
	       a->vector_len == b->vector_len && a->opcode == b->opcode && a->prefix_size == b->prefix_size &&
	       a->has_modrm == b->has_modrm && a->has_sib == b->has_sib && a->modrm == b->modrm && a->sib == b->sib &&
	       a->modrm_at == b->modrm_at && a->disp_at == b->disp_at && a->disp_size == b->disp_size &&
	       a->imm_at == b->imm_at && a->imm_size == b->imm_size;
}

static inline bool insn_mem_equal(const struct insn_mem *a, const struct insn_mem *b)
{
	return a->present == b->present && a->use == b->use && a->size == b->size && a->align == b->align &&
	       a->index_size == b->index_size && a->addr_size == b->addr_size && a->base == b->base &&
	       a->index == b->index && a->scale == b->scale && a->disp == b->disp && a->seg == b->seg;
}

static inline bool insn_equal(const struct insn *a, const struct insn *b)
{
	return memcmp(a->bytes, b->bytes, INSN_MAX) == 0 && a->length == b->length && a->mode == b->mode &&
	       insn_fields_equal(&a->fields, &b->fields) && insn_mem_equal(&a->mem, &b->mem) && a->exec == b->exec &&
	       a->string == b->string && a->op_size == b->op_size && a->element == b->element &&
	       a->elements == b->elements && a->stack_use == b->stack_use && a->flags == b->flags &&
	       a->locked == b->locked && a->row == b->row && strcmp(a->text, b->text) == 0;
}

#endif
