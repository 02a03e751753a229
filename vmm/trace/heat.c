#include "vmm/trace/heat.h"

#include "vmm/trace/bounded.h"

#include <stdlib.h>

#define LIMIT (1u << 20) /* rows of the table */
#define TIMES 1024 /* columns of time at most */
#define GRAIN 8 /* bytes */
#define PAGE 4096 /* bytes: within one, linear and physical addresses differ by the same */

/* a: address / grain; b: time / step, or the function's number. */
struct spot {
	struct bounded_key key;
	uint64_t count;
};

struct function {
	struct bounded_key key; /* where it begins */
	uint64_t count;
};

/* Where a page was seen in linear memory. */
struct seen_page {
	struct bounded_key key; /* gpa / PAGE */
	uint64_t linear; /* of its first byte, where first touched */
};

struct heat {
	enum heat_form form;
	const struct places *places;
	struct bounded spots, functions, pages;
	uint64_t grain; /* bytes */
	uint64_t step; /* cycles of one column */
	uint64_t start, end; /* time stamps */
	bool started;
};

struct heat *heat_new(enum heat_form form, const struct places *places, size_t limit)
{
	struct heat *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->form = form;
	h->places = places;
	h->grain = GRAIN;
	h->step = 1;
	bounded_init(&h->spots, sizeof(struct spot), limit ? limit : LIMIT);
	bounded_init(&h->functions, sizeof(struct function), 65536);
	bounded_init(&h->pages, sizeof(struct seen_page), 65536);
	return h;
}

void heat_free(struct heat *h)
{
	if (!h)
		return;
	bounded_free(&h->spots);
	bounded_free(&h->functions);
	bounded_free(&h->pages);
	free(h);
}

/* All spots anew, their keys shifted right by so many bits. */
static void coarsen(struct heat *h, unsigned a, unsigned b)
{
	struct bounded coarse;

	bounded_init(&coarse, sizeof(struct spot), h->spots.limit);
	for (size_t i = 0; i < h->spots.count; i++) {
		const struct spot *spot = bounded_row_at(&h->spots, i);
		struct spot *to = bounded_at(&coarse, spot->key.a >> a, spot->key.b >> b);

		if (to)
			to->count += spot->count;
	}
	bounded_free(&h->spots);
	h->spots = coarse;
}

/* Which column of time this is; where there is none yet, times become coarser. */
static uint64_t column_at(struct heat *h, uint64_t tsc)
{
	uint64_t since;

	if (!h->started)
		h->start = h->end = tsc;
	h->started = true;
	since = tsc > h->start ? tsc - h->start : 0;
	if (tsc > h->end)
		h->end = tsc;
	while (since / h->step >= TIMES) {
		unsigned shift = 0;

		while (since / h->step >> shift >= TIMES)
			shift++;
		coarsen(h, 0, shift);
		h->step <<= shift;
	}
	return since / h->step;
}

/* The function's number; 0: there is no room for it. */
static uint64_t function_at(struct heat *h, uint64_t rip)
{
	uint64_t start = rip;
	struct function *f;

	if (h->places)
		places_symbol(h->places, rip, &start);
	f = bounded_at(&h->functions, start, 0);
	if (!f)
		return 0;
	f->count++;
	return bounded_index(&h->functions, f);
}

/* For labels: what is named has a linear address. */
static void see_page(struct heat *h, const struct trace_record *r)
{
	size_t known = h->pages.count;
	struct seen_page *page = bounded_at(&h->pages, r->gpa / PAGE, 0);

	if (page && h->pages.count > known)
		page->linear = r->linear - r->gpa % PAGE;
}

void heat_record(struct heat *h, const struct trace_record *r)
{
	struct spot *spot;
	uint64_t b;

	if (!trace_is_access(r->kind))
		return;
	if (h->places && !(r->flags & TRACE_PHYSICAL))
		see_page(h, r);
	b = h->form == HEAT_TIME ? column_at(h, r->tsc) : function_at(h, r->rip);
	spot = bounded_at(&h->spots, r->gpa / h->grain, b);
	while (!spot && h->grain < 1ull << 40) {
		coarsen(h, 1, 0);
		h->grain *= 2;
		spot = bounded_at(&h->spots, r->gpa / h->grain, b);
	}
	if (spot)
		spot->count++;
}

/* --- drawing --------------------------------------------------------------------------- */

/* Addresses along one side: the blocks that were touched, one after another. */
struct axis {
	uint64_t *blocks; /* sorted; numbers of HEAT_BLOCK grains */
	size_t count;
	uint64_t first, last; /* positions of the first and last grain touched, last not included */
	unsigned cells;
};

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Where a grain stands along the axis. */
static uint64_t position(const struct axis *axis, uint64_t grain)
{
	const uint64_t block = grain / HEAT_BLOCK;
	const uint64_t *at = bsearch(&block, axis->blocks, axis->count, sizeof(*axis->blocks), by_number);

	return at ? (uint64_t)(at - axis->blocks) * HEAT_BLOCK + grain % HEAT_BLOCK : 0;
}

static unsigned axis_cell(const struct axis *axis, uint64_t grain)
{
	return (unsigned)((position(axis, grain) - axis->first) * axis->cells / (axis->last - axis->first));
}

/* The address a cell begins with. */
static uint64_t axis_address(const struct heat *h, const struct axis *axis, unsigned cell)
{
	uint64_t at = axis->first + (cell * (axis->last - axis->first) + axis->cells - 1) / axis->cells;

	if (at / HEAT_BLOCK >= axis->count)
		at = axis->last - 1;
	return (axis->blocks[at / HEAT_BLOCK] * HEAT_BLOCK + at % HEAT_BLOCK) * h->grain;
}

static int axis_make(const struct heat *h, unsigned cells, struct axis *axis)
{
	size_t n = 0;

	*axis = (struct axis){.first = UINT64_MAX};
	axis->blocks = calloc(h->spots.count, sizeof(*axis->blocks));
	if (!axis->blocks)
		return -1;
	for (size_t i = 0; i < h->spots.count; i++)
		axis->blocks[i] = ((const struct bounded_key *)bounded_row_at(&h->spots, i))->a / HEAT_BLOCK;
	qsort(axis->blocks, h->spots.count, sizeof(*axis->blocks), by_number);
	for (size_t i = 0; i < h->spots.count; i++)
		if (n == 0 || axis->blocks[n - 1] != axis->blocks[i])
			axis->blocks[n++] = axis->blocks[i];
	axis->count = n;
	for (size_t i = 0; i < h->spots.count; i++) {
		uint64_t at = position(axis, ((const struct bounded_key *)bounded_row_at(&h->spots, i))->a);

		axis->first = at < axis->first ? at : axis->first;
		axis->last = at + 1 > axis->last ? at + 1 : axis->last;
	}
	axis->cells = axis->last - axis->first < cells ? (unsigned)(axis->last - axis->first) : cells;
	return 0;
}

/* The object there, or the address. */
static void label_address(const struct heat *h, uint64_t gpa, char label[HEAT_LABEL])
{
	const struct seen_page *page = bounded_find(&h->pages, gpa / PAGE, 0);
	char name[PLACE_TEXT];

	if (page && places_object(h->places, page->linear + gpa % PAGE, name))
		snprintf(label, HEAT_LABEL, "%.*s", HEAT_LABEL - 1, name);
	else
		snprintf(label, HEAT_LABEL, "0x%llx", (unsigned long long)gpa);
}

static void label_time(uint64_t cycles, double hz, char label[HEAT_LABEL])
{
	if (hz > 0)
		snprintf(label, HEAT_LABEL, "%.6f s", (double)cycles / hz);
	else
		snprintf(label, HEAT_LABEL, "%llu cycles", (unsigned long long)cycles);
}

static int make_cells(struct heatmap *map, unsigned width, unsigned height)
{
	map->width = width;
	map->height = height;
	map->counts = calloc((size_t)width * height, sizeof(*map->counts));
	map->rows = calloc(height, sizeof(*map->rows));
	return map->counts && map->rows ? 0 : -1;
}

static void add(struct heatmap *map, unsigned x, unsigned y, uint64_t count)
{
	uint64_t *cell = &map->counts[(size_t)y * map->width + x];

	*cell += count;
	if (*cell > map->most)
		map->most = *cell;
}

static int draw_time(const struct heat *h, const struct axis *axis, unsigned width, struct heat_clock clock,
		     struct heatmap *map)
{
	uint64_t columns = (h->end - h->start) / h->step + 1;
	uint64_t zero = clock.start <= h->start ? clock.start : h->start;

	if (make_cells(map, columns < width ? (unsigned)columns : width, axis->cells) < 0)
		return -1;
	for (size_t i = 0; i < h->spots.count; i++) {
		const struct spot *spot = bounded_row_at(&h->spots, i);

		add(map, (unsigned)(spot->key.b * map->width / columns), axis_cell(axis, spot->key.a), spot->count);
	}
	for (unsigned y = 0; y < map->height; y++)
		label_address(h, axis_address(h, axis, y), map->rows[y]);
	label_time(h->start - zero, clock.hz, map->first);
	label_time(h->end - zero, clock.hz, map->last);
	snprintf(map->title, HEAT_LABEL, "accesses by address and time");
	return 0;
}

static uint64_t function_count(const void *row)
{
	return ((const struct function *)row)->count;
}

static void label_function(const struct heat *h, const struct function *f, char label[HEAT_LABEL])
{
	char name[PLACE_TEXT];

	if (h->places && places_function(h->places, f->key.a, name))
		snprintf(label, HEAT_LABEL, "%.48s", name);
	else
		snprintf(label, HEAT_LABEL, "0x%llx", (unsigned long long)f->key.a);
}

/* The functions that touch most; the last row has all others, where there are more. */
static int draw_functions(const struct heat *h, const struct axis *axis, unsigned height, struct heatmap *map)
{
	size_t all = h->functions.count, rows = all < height ? all : height, named = all > height ? rows - 1 : rows;
	uint32_t best[HEAT_SIDE_MAX], *row_of = calloc(all + 1, sizeof(*row_of));

	if (!row_of || make_cells(map, axis->cells, (unsigned)rows) < 0) {
		free(row_of);
		return -1;
	}
	named = bounded_best(&h->functions, function_count, named, best);
	for (size_t i = 0; i <= all; i++)
		row_of[i] = (uint32_t)rows - 1;
	for (size_t i = 0; i < named; i++) {
		row_of[best[i] + 1] = (uint32_t)i;
		label_function(h, bounded_row_at(&h->functions, best[i]), map->rows[i]);
	}
	if (named < rows)
		snprintf(map->rows[rows - 1], HEAT_LABEL, "(%zu others)", all - named);
	for (size_t i = 0; i < h->spots.count; i++) {
		const struct spot *spot = bounded_row_at(&h->spots, i);

		add(map, axis_cell(axis, spot->key.a), row_of[spot->key.b], spot->count);
	}
	free(row_of);
	label_address(h, axis_address(h, axis, 0), map->first);
	label_address(h, axis_address(h, axis, map->width - 1), map->last);
	snprintf(map->title, HEAT_LABEL, "accesses by function and address");
	return 0;
}

int heat_draw(const struct heat *h, unsigned width, unsigned height, struct heat_clock clock, struct heatmap *out)
{
	struct heatmap map = {.width = 0};
	struct axis axis;
	int err;

	if (h->spots.count == 0) {
		*out = map;
		return 0;
	}
	if (axis_make(h, h->form == HEAT_TIME ? height : width, &axis) < 0)
		return -1;
	err = h->form == HEAT_TIME ? draw_time(h, &axis, width, clock, &map) : draw_functions(h, &axis, height, &map);
	free(axis.blocks);
	if (err < 0)
		heatmap_free(&map);
	else
		*out = map;
	return err;
}

void heatmap_free(struct heatmap *map)
{
	free(map->counts);
	free(map->rows);
	*map = (struct heatmap){.width = 0};
}
