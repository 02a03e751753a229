#include "vmm/trace/read/debuginfo.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PARTS_MAX 32 /* members within members */

/* An object with a fixed address. */
struct object {
	uint64_t address, size;
	const char *name; /* libdw's */
	Dwarf_Die type;
};

/* Code of one unit. */
struct span {
	uint64_t low, high;
	Dwarf_Off unit;
};

struct debuginfo {
	int fd;
	Dwarf *dwarf;
	size_t nobjects, objects_room;
	struct object *objects; /* by address */
	size_t nspans, spans_room;
	struct span *spans; /* by address */
};

/* --- what an image holds ----------------------------------------------------------- */

/* Room for one more of so many bytes each; NULL without memory. */
static void *grown(void *array, size_t count, size_t *room, size_t each)
{
	size_t more = *room ? *room * 2 : 64;
	void *bigger;

	if (count < *room)
		return array;
	bigger = reallocarray(array, more, each);
	if (bigger)
		*room = more;
	return bigger;
}

/* DW_AT_location that is one DW_OP_addr, or a DW_OP_addrx, whose operand is in a table of addresses. */
static bool fixed_address(Dwarf_Die *die, uint64_t *address)
{
	Dwarf_Attribute attribute, operand;
	Dwarf_Addr found;
	Dwarf_Op *ops;
	size_t count;

	if (!dwarf_attr_integrate(die, DW_AT_location, &attribute) ||
	    dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1)
		return false;
	if (ops[0].atom == DW_OP_addr) {
		*address = ops[0].number;
		return true;
	}
	if (ops[0].atom != DW_OP_addrx || dwarf_getlocation_attr(&attribute, ops, &operand) != 0 ||
	    dwarf_formaddr(&operand, &found) != 0)
		return false;
	*address = found;
	return true;
}

/* typedef, const, volatile and the like do not count. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;
	Dwarf_Die named;

	return dwarf_attr_integrate(die, DW_AT_type, &attribute) && dwarf_formref_die(&attribute, &named) &&
	       dwarf_peel_type(&named, type) == 0;
}

static uint64_t size_of(Dwarf_Die *type)
{
	Dwarf_Word size;

	return dwarf_aggregate_size(type, &size) == 0 ? size : 0;
}

static bool add_object(struct debuginfo *d, Dwarf_Die *die)
{
	struct object object = {.name = dwarf_diename(die)};
	struct object *objects;

	if (!object.name || !fixed_address(die, &object.address) || !type_of(die, &object.type))
		return true;
	object.size = size_of(&object.type);
	if (object.size == 0)
		return true;
	objects = grown(d->objects, d->nobjects, &d->objects_room, sizeof(*objects));
	if (!objects)
		return false;
	d->objects = objects;
	d->objects[d->nobjects++] = object;
	return true;
}

static bool add_span(struct debuginfo *d, uint64_t low, uint64_t high, Dwarf_Off unit)
{
	struct span *spans = grown(d->spans, d->nspans, &d->spans_room, sizeof(*spans));

	if (!spans)
		return false;
	d->spans = spans;
	d->spans[d->nspans++] = (struct span){low, high, unit};
	return true;
}

/* Its code, and the variables outside its functions. */
static bool add_unit(struct debuginfo *d, Dwarf_Die *unit)
{
	Dwarf_Addr base, low, high;
	Dwarf_Die child;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(unit, at, &base, &low, &high)) > 0)
		if (low < high && !add_span(d, low, high, dwarf_dieoffset(unit)))
			return false;
	if (dwarf_child(unit, &child) != 0)
		return true;
	do {
		if (dwarf_tag(&child) == DW_TAG_variable && !add_object(d, &child))
			return false;
	} while (dwarf_siblingof(&child, &child) == 0);
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static int by_low(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

static bool add_units(struct debuginfo *d)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;

	while (dwarf_get_units(d->dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0)
		if (!add_unit(d, &die))
			return false;
	if (d->nobjects)
		qsort(d->objects, d->nobjects, sizeof(*d->objects), by_address);
	if (d->nspans)
		qsort(d->spans, d->nspans, sizeof(*d->spans), by_low);
	return d->nobjects || d->nspans;
}

struct debuginfo *debuginfo_open(const char *path)
{
	struct debuginfo *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->fd = open(path, O_RDONLY | O_CLOEXEC);
	d->dwarf = d->fd < 0 ? NULL : dwarf_begin(d->fd, DWARF_C_READ);
	if (d->dwarf && add_units(d))
		return d;
	debuginfo_close(d);
	return NULL;
}

void debuginfo_close(struct debuginfo *d)
{
	if (!d)
		return;
	dwarf_end(d->dwarf);
	if (d->fd >= 0)
		close(d->fd);
	free(d->objects);
	free(d->spans);
	free(d);
}

/* --- what is asked of it ------------------------------------------------------------- */

static const struct span *span_at(const struct debuginfo *d, uint64_t address)
{
	size_t low = 0, high = d->nspans;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->spans[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < d->spans[low - 1].high ? &d->spans[low - 1] : NULL;
}

bool debuginfo_line(const struct debuginfo *d, uint64_t address, struct words *out)
{
	const struct span *span = span_at(d, address);
	const char *file, *slash;
	Dwarf_Line *line;
	Dwarf_Die unit;
	int number;

	if (!span || !dwarf_offdie(d->dwarf, span->unit, &unit))
		return false;
	line = dwarf_getsrc_die(&unit, address);
	file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	if (!file || dwarf_lineno(line, &number) != 0 || number == 0)
		return false;
	slash = strrchr(file, '/');
	words_put_text(out, slash ? slash + 1 : file);
	words_put(out, ":%d", number);
	return true;
}

/* Where a member of a structure stands in it; 0 in a union. False: it moves, or holds bits. */
static bool offset_of(Dwarf_Die *member, uint64_t *offset)
{
	Dwarf_Attribute attribute;
	Dwarf_Word word;

	*offset = 0;
	if (!dwarf_attr_integrate(member, DW_AT_data_member_location, &attribute)) {
		if (!dwarf_attr_integrate(member, DW_AT_data_bit_offset, &attribute))
			return true;
		if (dwarf_formudata(&attribute, &word) != 0)
			return false;
		*offset = word / 8;
		return true;
	}
	if (dwarf_formudata(&attribute, &word) != 0)
		return false;
	*offset = word;
	return true;
}

/* The member of *type at *offset becomes *type, and *offset is counted from its start. */
static bool enter_member(Dwarf_Die *type, uint64_t *offset, struct words *out)
{
	Dwarf_Die member, inner;
	uint64_t start, size;

	if (dwarf_child(type, &member) != 0)
		return false;
	do {
		if (dwarf_tag(&member) != DW_TAG_member || !offset_of(&member, &start) || !type_of(&member, &inner))
			continue;
		size = size_of(&inner);
		if (*offset < start || *offset - start >= size)
			continue;
		if (dwarf_diename(&member)) {
			words_put(out, ".");
			words_put_text(out, dwarf_diename(&member));
		}
		*offset -= start;
		*type = inner;
		return true;
	} while (dwarf_siblingof(&member, &member) == 0);
	return false;
}

/* How many elements its dimension has; 0: not known. */
static uint64_t elements_of(Dwarf_Die *range)
{
	Dwarf_Attribute attribute;
	Dwarf_Word word;

	if (dwarf_attr_integrate(range, DW_AT_count, &attribute) && dwarf_formudata(&attribute, &word) == 0)
		return word;
	if (dwarf_attr_integrate(range, DW_AT_upper_bound, &attribute) && dwarf_formudata(&attribute, &word) == 0)
		return word + 1;
	return 0;
}

/* "[1][2]", by all its dimensions; the element becomes *type. */
static bool enter_element(Dwarf_Die *type, uint64_t *offset, struct words *out)
{
	uint64_t total = size_of(type), each;
	Dwarf_Die inner, range;

	if (!type_of(type, &inner) || (each = size_of(&inner)) == 0 || dwarf_child(type, &range) != 0)
		return false;
	do {
		uint64_t count = dwarf_tag(&range) == DW_TAG_subrange_type ? elements_of(&range) : 0;

		if (count == 0 || total / count == 0)
			continue;
		total /= count;
		words_put(out, "[%llu]", (unsigned long long)(*offset / total));
		*offset %= total;
	} while (dwarf_siblingof(&range, &range) == 0);
	if (total != each)
		return false;
	*type = inner;
	return true;
}

/* From the object inwards, to what has no parts. */
static void put_parts(Dwarf_Die type, uint64_t offset, struct words *out)
{
	for (unsigned depth = 0; depth < PARTS_MAX; depth++) {
		int tag = dwarf_tag(&type);
		bool entered = false;

		if (tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_class_type)
			entered = enter_member(&type, &offset, out);
		else if (tag == DW_TAG_array_type)
			entered = enter_element(&type, &offset, out);
		if (!entered)
			break;
	}
	if (offset)
		words_put(out, "+0x%llx", (unsigned long long)offset);
}

bool debuginfo_part(const struct debuginfo *d, uint64_t address, struct words *out)
{
	const struct object *object;
	size_t low = 0, high = d->nobjects;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->objects[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	object = &d->objects[low - 1];
	if (address - object->address >= object->size)
		return false;
	words_put_text(out, object->name);
	put_parts(object->type, address - object->address, out);
	return true;
}

/* In one unit, outside its functions. */
static bool type_in(Dwarf_Die *unit, const char *name, uint64_t *type, uint64_t *size)
{
	Dwarf_Die child, peeled;

	if (dwarf_child(unit, &child) != 0)
		return false;
	do {
		int tag = dwarf_tag(&child);

		if ((tag != DW_TAG_structure_type && tag != DW_TAG_union_type && tag != DW_TAG_typedef) ||
		    !dwarf_diename(&child) || strcmp(dwarf_diename(&child), name) != 0 ||
		    dwarf_peel_type(&child, &peeled) != 0 || size_of(&peeled) == 0)
			continue;
		*type = dwarf_dieoffset(&peeled);
		*size = size_of(&peeled);
		return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

bool debuginfo_type(const struct debuginfo *d, const char *name, uint64_t *type, uint64_t *size)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;

	while (dwarf_get_units(d->dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0)
		if (type_in(&die, name, type, size))
			return true;
	return false;
}

void debuginfo_type_part(const struct debuginfo *d, uint64_t type, uint64_t offset, struct words *out)
{
	Dwarf_Die die;

	if (dwarf_offdie(d->dwarf, type, &die))
		put_parts(die, offset, out);
}
