#include "vmm/conform/writer.h"

void writer_byte(struct writer *w, unsigned byte)
{
	w->p->bytes[w->p->size++] = (uint8_t)byte;
}

void writer_number(struct writer *w, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		writer_byte(w, (unsigned)(value >> (8 * i)));
}

bool writer_maybe(struct writer *w, unsigned one_in)
{
	return random_below(&w->random, one_in) == 0;
}

unsigned writer_gpr(struct writer *w)
{
	static const uint8_t gprs[] = {GPR_RAX, GPR_RCX, GPR_RDX, GPR_RSI, GPR_RDI, GPR_R8,
				       GPR_R9,  GPR_R10, GPR_R11, GPR_R12, GPR_R13, GPR_R14};

	return gprs[random_below(&w->random, sizeof(gprs))];
}

unsigned writer_place(struct writer *w)
{
	if (writer_maybe(w, 24))
		return 4096 - random_below(&w->random, 16);
	return random_below(&w->random, 32) * 8 + (writer_maybe(w, 4) ? random_below(&w->random, 8) : 0);
}

void writer_opcode(struct writer *w, const struct form *f, unsigned reg, unsigned rm)
{
	unsigned rex = (f->size == 8 ? REX_W : 0) | (reg & 8 ? REX_R : 0) | (rm & 8 ? REX_B : 0);

	if (f->lock)
		writer_byte(w, 0xf0);
	if (f->size == 2)
		writer_byte(w, 0x66);
	if (f->prefix)
		writer_byte(w, f->prefix);
	if (rex || f->size == 1)
		writer_byte(w, REX | rex);
	if (f->map)
		writer_byte(w, 0x0f);
	if (f->map == 2)
		writer_byte(w, 0x38);
	writer_byte(w, f->opcode);
}

/* On [rbx+place] or [rbp+place]. */
void writer_on_memory(struct writer *w, const struct form *f, unsigned reg)
{
	bool kept = !writer_maybe(w, 3);

	writer_opcode(w, f, reg, 0);
	writer_byte(w, 0x80 | (reg & 7) << 3 | (kept ? GPR_RBX : GPR_RBP));
	writer_number(w, writer_place(w), 4);
}

void writer_on_register(struct writer *w, const struct form *f, unsigned reg, unsigned rm)
{
	writer_opcode(w, f, reg, rm);
	writer_byte(w, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

void writer_on_either(struct writer *w, const struct form *f, unsigned reg)
{
	if (writer_maybe(w, 3))
		writer_on_register(w, f, reg, writer_gpr(w));
	else
		writer_on_memory(w, f, reg);
}

unsigned writer_size(struct writer *w)
{
	return 1u << random_below(&w->random, 4);
}

/* The opcode of the byte form, or the next one. */
struct form writer_sized(struct writer *w, unsigned map, unsigned opcode)
{
	unsigned size = writer_size(w);

	return (struct form){.map = map, .opcode = opcode + (size > 1), .size = size};
}
