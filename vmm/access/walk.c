#include "vmm/access/walk.h"

#include <stddef.h>

#define ENTRY_P (1ull << 0)
#define ENTRY_RW (1ull << 1)
#define ENTRY_US (1ull << 2)
#define ENTRY_A (1ull << 5)
#define ENTRY_D (1ull << 6)
#define ENTRY_PS (1ull << 7)
#define ENTRY_NX (1ull << 63)

#define ERROR_P 0x1u
#define ERROR_W 0x2u
#define ERROR_U 0x4u
#define ERROR_RSVD 0x8u
#define ERROR_I 0x10u

/* The formats of CR3, CR4.PAE, EFER.LMA and CR4.LA57. */
enum format {
	FORMAT_32, /* two levels of 4-byte entries */
	FORMAT_PAE, /* four PDPTEs, then two levels of 8-byte entries */
	FORMAT_LONG, /* four or five levels */
};

/* What one walk is about, from its arguments; never changes while it goes down. */
struct request {
	const struct regs *regs;
	enum format format;
	unsigned root_level; /* 1 is the page table, 5 the PML5 */
	unsigned phys_bits;
	uint64_t gva;
	enum walk_use use;
};

/* What the entries on the way permit: the least of all of them. */
struct rights {
	bool write, user, execute;
};

/* Ones in bits high..low; none if high is below low. */
static uint64_t ones(unsigned high, unsigned low)
{
	return high < low ? 0 : (~0ull >> (63 - high)) & (~0ull << low);
}

static struct request request_of(const struct regs *regs, unsigned phys_bits, gva_t gva, enum walk_use use)
{
	struct request r = {.regs = regs, .phys_bits = phys_bits > 52 ? 52 : phys_bits, .gva = gva.v, .use = use};

	if (!(regs->cr4 & CR4_PAE)) {
		r.format = FORMAT_32;
		r.root_level = 2;
	} else if (!(regs->efer & EFER_LMA)) {
		r.format = FORMAT_PAE;
		r.root_level = 3;
	} else {
		r.format = FORMAT_LONG;
		r.root_level = regs->cr4 & CR4_LA57 ? 5 : 4;
	}
	if (r.format != FORMAT_LONG)
		r.gva = (uint32_t)r.gva;
	return r;
}

/* The lowest bit of a linear address that a table of this level translates. */
static unsigned level_shift(const struct request *r, unsigned level)
{
	return 12 + (level - 1) * (r->format == FORMAT_32 ? 10 : 9);
}

static bool entry_is_leaf(const struct request *r, unsigned level, uint64_t entry)
{
	if (level == 1)
		return true;
	if (!(entry & ENTRY_PS))
		return false;
	switch (r->format) {
	case FORMAT_32:
		return r->regs->cr4 & CR4_PSE;
	case FORMAT_PAE:
		return level == 2;
	case FORMAT_LONG:
		return level <= 3;
	}
	return false;
}

/* PSE-36: bits 20:13 of a 4 MiB entry are address bits 39:32, as many as there are. */
static unsigned pse_phys_bits(const struct request *r)
{
	return r->phys_bits > 40 ? 40 : r->phys_bits < 32 ? 32 : r->phys_bits;
}

/* Bits that must be zero in a present entry: Intel SDM Vol 3, "Paging", tables of the entries' formats. */
static uint64_t entry_reserved(const struct request *r, unsigned level, bool leaf)
{
	uint64_t nx = r->regs->efer & EFER_NXE ? 0 : ENTRY_NX;
	uint64_t below_frame = leaf && level > 1 ? ones(level_shift(r, level) - 1, 13) : 0;

	switch (r->format) {
	case FORMAT_32:
		return leaf && level == 2 ? ones(21, pse_phys_bits(r) - 19) : 0;
	case FORMAT_PAE:
		/* checked by MOV to CR3; some CPUs go on to use bit 5 as an accessed bit (QEMU's does) */
		if (level == 3)
			return ones(63, r->phys_bits) | ones(8, 6) | ones(2, 1);
		return ones(62, r->phys_bits) | nx | below_frame;
	case FORMAT_LONG:
		return ones(51, r->phys_bits) | nx | below_frame | (level >= 4 ? ENTRY_PS : 0);
	}
	return 0;
}

/* The physical address in an entry: of the next table, or of the page. */
static uint64_t entry_address(const struct request *r, unsigned level, uint64_t entry, bool leaf)
{
	if (!leaf)
		return entry & ones(51, 12);
	if (r->format == FORMAT_32 && level == 2)
		return (entry & ones(31, 22)) | (entry & ones(20, 13)) << 19;
	return entry & ones(51, level_shift(r, level));
}

static void rights_limit(struct rights *rights, const struct request *r, unsigned level, uint64_t entry)
{
	if (r->format == FORMAT_PAE && level == 3)
		return; /* a PDPTE of PAE paging has no rights */
	rights->write &= !!(entry & ENTRY_RW);
	rights->user &= !!(entry & ENTRY_US);
	rights->execute &= !(entry & ENTRY_NX);
}

/* Intel SDM Vol 3, "Determination of Access Rights". */
static bool permitted(const struct request *r, const struct rights *rights)
{
	const struct regs *regs = r->regs;
	bool supervisor = regs->cpl != 3;

	if (!supervisor && !rights->user)
		return false;
	if (r->use == WALK_FETCH)
		return rights->execute && !(supervisor && rights->user && (regs->cr4 & CR4_SMEP));
	if (supervisor && rights->user && (regs->cr4 & CR4_SMAP) && !(regs->rflags & RFLAGS_AC))
		return false;
	if (r->use == WALK_WRITE)
		return rights->write || (supervisor && !(regs->cr0 & CR0_WP));
	return true;
}

/* Intel SDM Vol 3, "Page-Fault Exceptions": the bits that tell of the access, and the cause. */
static void fault(struct walk *out, const struct request *r, uint32_t cause)
{
	bool fetch_told = (r->regs->cr4 & CR4_SMEP) || ((r->regs->cr4 & CR4_PAE) && (r->regs->efer & EFER_NXE));

	out->status = WALK_FAULT;
	out->error = cause;
	if (r->use == WALK_WRITE)
		out->error |= ERROR_W;
	if (r->regs->cpl == 3)
		out->error |= ERROR_U;
	if (r->use == WALK_FETCH && fetch_told)
		out->error |= ERROR_I;
}

/* Read the entry at gpa. False where there is no memory. */
static bool entry_read(const struct walk_memory *memory, uint64_t gpa, unsigned size, struct walk_step *step)
{
	void *entry = memory->entry(memory->self, (gpa_t){gpa}, size);

	if (!entry)
		return false;
	step->entry = entry;
	step->value = size == 4 ? __atomic_load_n((uint32_t *)entry, __ATOMIC_ACQUIRE)
				: __atomic_load_n((uint64_t *)entry, __ATOMIC_ACQUIRE);
	return true;
}

static uint64_t root_of(const struct request *r)
{
	uint64_t cr3 = r->regs->cr3;

	if (r->format == FORMAT_PAE)
		return cr3 & ones(31, 5);
	return cr3 & (r->format == FORMAT_32 ? ones(31, 12) : ones(51, 12));
}

/* Go down the tables to the leaf, filling out->steps. False if *out is already the answer. */
static bool descend(const struct request *r, const struct walk_memory *memory, struct walk *out, struct rights *rights)
{
	uint64_t table = root_of(r);

	for (unsigned level = r->root_level;; level--) {
		unsigned shift = level_shift(r, level);
		uint64_t index = (r->gva >> shift) & (r->format == FORMAT_32 ? 0x3ff : 0x1ff);
		uint64_t entry_gpa = table + index * out->entry_size;
		struct walk_step step;

		if (!entry_read(memory, entry_gpa, out->entry_size, &step)) {
			out->status = WALK_TABLE_ABSENT;
			out->table_gpa = (gpa_t){entry_gpa};
			return false;
		}
		bool leaf = entry_is_leaf(r, level, step.value);

		if (!(step.value & ENTRY_P) || (step.value & entry_reserved(r, level, leaf))) {
			fault(out, r, step.value & ENTRY_P ? ERROR_P | ERROR_RSVD : 0);
			return false;
		}
		rights_limit(rights, r, level, step.value);
		if (!(r->format == FORMAT_PAE && level == 3)) /* a PDPTE has no accessed bit */
			out->steps[out->levels++] = step;
		table = entry_address(r, level, step.value, leaf);
		if (leaf) {
			out->page_size = 1ull << shift;
			out->gpa = (gpa_t){table | (r->gva & (out->page_size - 1))};
			return true;
		}
	}
}

struct regs walk_implicit(const struct regs *regs)
{
	struct regs implicit = *regs;

	implicit.cpl = 0;
	implicit.rflags &= ~RFLAGS_AC;
	return implicit;
}

void walk(const struct regs *regs, const struct walk_memory *memory, unsigned phys_bits, gva_t gva, enum walk_use use,
	  struct walk *out)
{
	struct request r = request_of(regs, phys_bits, gva, use);
	struct rights rights = {true, true, true};

	*out = (struct walk){.status = WALK_OK, .writes = use == WALK_WRITE};
	if (!(regs->cr0 & CR0_PG)) {
		out->gpa = (gpa_t){(uint32_t)gva.v};
		out->page_size = 1ull << 32;
		return;
	}
	out->entry_size = r.format == FORMAT_32 ? 4 : 8;
	if (!descend(&r, memory, out, &rights))
		return;
	if (!permitted(&r, &rights)) {
		out->gpa = (gpa_t){0};
		out->page_size = 0;
		fault(out, &r, ERROR_P);
	}
}

static inline uint64_t entry_load(const struct walk_step *step, unsigned size)
{
	return size == 4 ? __atomic_load_n((uint32_t *)step->entry, __ATOMIC_ACQUIRE)
			 : __atomic_load_n((uint64_t *)step->entry, __ATOMIC_ACQUIRE);
}

static uint64_t entry_now(const struct walk *walk, const struct walk_step *step)
{
	return entry_load(step, walk->entry_size);
}

static bool entry_exchange(const struct walk *walk, const struct walk_step *step, uint64_t from, uint64_t to)
{
	uint32_t from32 = (uint32_t)from;

	return walk->entry_size == 4 ? __atomic_compare_exchange_n((uint32_t *)step->entry, &from32, (uint32_t)to,
								   false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
				     : __atomic_compare_exchange_n((uint64_t *)step->entry, &from, to, false,
								   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* It still translates as it did: only its accessed and dirty bits may have changed. */
static bool entry_same(const struct walk_step *step, uint64_t now)
{
	return ((step->value ^ now) & ~(ENTRY_A | ENTRY_D)) == 0;
}

static bool entry_mark(const struct walk *walk, const struct walk_step *step, uint64_t bits)
{
	for (;;) {
		uint64_t now = entry_now(walk, step);

		if (!entry_same(step, now))
			return false;
		if ((now & bits) == bits || entry_exchange(walk, step, now, now | bits))
			return true;
	}
}

bool walk_mark(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->levels; i++)
		if (!entry_same(&walk->steps[i], entry_now(walk, &walk->steps[i])))
			return false;
	for (unsigned i = 0; i < walk->levels; i++) {
		bool leaf = i + 1 == walk->levels;

		if (!entry_mark(walk, &walk->steps[i], leaf && walk->writes ? ENTRY_A | ENTRY_D : ENTRY_A))
			return false;
	}
	return true;
}

/* For each access: one loop for each size of entry, and nothing decided before its end. */
static inline bool holds(const struct walk *walk, unsigned entry_size, bool *marked)
{
	const struct walk_step *end = walk->steps + walk->levels;
	uint64_t changed = 0, all = ENTRY_A, leaf = ENTRY_D;

	for (const struct walk_step *step = walk->steps; step < end; step++) {
		leaf = entry_load(step, entry_size);
		changed |= leaf ^ step->value;
		all &= leaf;
	}
	if (changed & ~(ENTRY_A | ENTRY_D))
		return false;
	*marked = (all & ENTRY_A) && (!walk->writes || (leaf & ENTRY_D));
	return true;
}

bool walk_holds(const struct walk *walk, bool *marked)
{
	return walk->entry_size == 4 ? holds(walk, 4, marked) : holds(walk, 8, marked);
}
