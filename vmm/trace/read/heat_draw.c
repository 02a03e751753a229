/* heat_draw.c: what was counted, as rows and columns with their names. */
#include "vmm/trace/read/heat_state.h"

#include <stdlib.h>
#include <string.h>

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
	const struct heat_page *page = bounded_find(&h->pages, gpa / HEAT_PAGE, 0);
	char name[PLACE_TEXT];

	if (page && places_object(h->places, page->linear + gpa % HEAT_PAGE, name))
		snprintf(label, HEAT_LABEL, "%.*s", HEAT_LABEL - 1, name);
	else
		snprintf(label, HEAT_LABEL, "0x%llx", (unsigned long long)gpa);
}

/* What the cells along the axis are called: each after what is touched most in it, where that has a name. */
static int label_cells(const struct heat *h, const struct axis *axis, char (*labels)[HEAT_LABEL])
{
	uint64_t *most = calloc(axis->cells, sizeof(*most));
	struct bounded places;

	if (!most)
		return -1;
	for (unsigned i = 0; i < axis->cells; i++)
		label_address(h, axis_address(h, axis, i), labels[i]);
	bounded_init(&places, sizeof(struct heat_spot), h->spots.count);
	for (size_t i = 0; h->places && i < h->spots.count; i++) {
		const struct heat_spot *spot = bounded_row_at(&h->spots, i);
		struct heat_spot *place = bounded_at(&places, spot->key.a, 0);

		if (!place)
			continue;
		if (place->count == 0)
			place->gpa = spot->gpa;
		place->count += spot->count;
	}
	for (size_t i = 0; i < places.count; i++) {
		const struct heat_spot *place = bounded_row_at(&places, i);
		unsigned cell = axis_cell(axis, place->key.a);

		if (place->count <= most[cell])
			continue;
		most[cell] = place->count;
		label_address(h, place->gpa, labels[cell]);
	}
	bounded_free(&places);
	free(most);
	return 0;
}

static void label_time(uint64_t cycles, double hz, char label[HEAT_LABEL])
{
	if (hz > 0)
		snprintf(label, HEAT_LABEL, "%.6f s", (double)cycles / hz);
	else
		snprintf(label, HEAT_LABEL, "%llu cycles", (unsigned long long)cycles);
}

/* Cells that begin behind addresses that were left out, or have some within. */
static void mark_gaps(const struct axis *axis, struct heatmap *map)
{
	for (size_t i = 1; i < axis->count; i++) {
		unsigned cell;

		if (axis->blocks[i] == axis->blocks[i - 1] + 1 || i * HEAT_BLOCK <= axis->first)
			continue;
		cell = axis_cell(axis, axis->blocks[i] * HEAT_BLOCK);
		map->gaps[cell] = map->any_gap = true;
	}
}

static int make_cells(struct heatmap *map, unsigned width, unsigned height)
{
	map->width = width;
	map->height = height;
	map->counts = calloc((size_t)width * height, sizeof(*map->counts));
	map->rows = calloc(height, sizeof(*map->rows));
	map->columns = calloc(width, sizeof(*map->columns));
	map->gaps = calloc(width > height ? width : height, sizeof(*map->gaps));
	return map->counts && map->rows && map->columns && map->gaps ? 0 : -1;
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
		const struct heat_spot *spot = bounded_row_at(&h->spots, i);

		add(map, (unsigned)(spot->key.b * map->width / columns), axis_cell(axis, spot->key.a), spot->count);
	}
	if (label_cells(h, axis, map->rows) < 0)
		return -1;
	label_time(h->start - zero, clock.hz, map->first);
	label_time(h->end - zero, clock.hz, map->last);
	for (unsigned x = 0; x < map->width; x++)
		label_time(h->start - zero + columns * x / map->width * h->step, clock.hz, map->columns[x]);
	mark_gaps(axis, map);
	return 0;
}

static uint64_t function_count(const void *row)
{
	return ((const struct heat_function *)row)->count;
}

static void label_function(const struct heat *h, const struct heat_function *f, char label[HEAT_LABEL])
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
		const struct heat_spot *spot = bounded_row_at(&h->spots, i);

		add(map, axis_cell(axis, spot->key.a), row_of[spot->key.b], spot->count);
	}
	free(row_of);
	if (label_cells(h, axis, map->columns) < 0)
		return -1;
	memcpy(map->first, map->columns[0], HEAT_LABEL);
	memcpy(map->last, map->columns[map->width - 1], HEAT_LABEL);
	mark_gaps(axis, map);
	return 0;
}

int heat_draw(const struct heat *h, unsigned width, unsigned height, struct heat_clock clock, struct heatmap *out)
{
	struct heatmap map = {.form = h->form};
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
	free(map->columns);
	free(map->gaps);
	*map = (struct heatmap){.width = 0};
}
