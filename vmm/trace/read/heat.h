/*
 * heat.h: accesses counted by address and time, or by address and function, for a picture.
 *
 * Memory is bounded: where the table is full, addresses and times become coarser. Addresses that
 * nobody touches are left out of the picture, by stretches of HEAT_BLOCK grains.
 */
#ifndef VMM_TRACE_READ_HEAT_H
#define VMM_TRACE_READ_HEAT_H

#include "vmm/trace/read/places.h"
#include "vmm/trace/record.h"

#define HEAT_BLOCK 64 /* grains; a grain is 8 bytes, or more where there are very many */
#define HEAT_SIDE_MAX 4096 /* cells */

enum heat_form {
	HEAT_TIME, /* rows: addresses; columns: time */
	HEAT_FUNCTION, /* rows: functions, or instructions where no symbols are known; columns: addresses */
};

struct heat;

/* places: or NULL; it lives as long. limit: rows of its table (from 1024 on nothing is lost by time), 0: as many as are
 * good. NULL: no memory. */
struct heat *heat_new(enum heat_form form, const struct places *places, size_t limit);
void heat_free(struct heat *h);

/* Accesses are counted, markers are not. */
void heat_record(struct heat *h, const struct trace_record *r);

#define HEAT_LABEL 64

/* As the head of the trace has it. */
struct heat_clock {
	uint64_t start; /* the time stamp from which the picture's times count */
	double hz; /* of the time stamp counter, or 0 */
};

/* The picture. */
struct heatmap {
	unsigned width, height; /* cells; 0: nothing was counted */
	uint64_t *counts; /* width * height, row by row from the top */
	uint64_t most; /* in one cell */
	enum heat_form form;
	char (*rows)[HEAT_LABEL]; /* of each row: where it begins (the object's name, where it has one), or the function
				   */
	char (*columns)[HEAT_LABEL]; /* of each column: when it begins, or where */
	char first[HEAT_LABEL], last[HEAT_LABEL]; /* where the first column begins; the last one, or when it ends */
	bool *gaps; /* of each row, or column of HEAT_FUNCTION: addresses that nobody touches are left out before it */
	bool any_gap;
};

const char *heatmap_title(const struct heatmap *map);

/*
 * At most width times height cells (each 1..HEAT_SIDE_MAX). 0, or -1: no memory, *out untouched.
 */
int heat_draw(const struct heat *h, unsigned width, unsigned height, struct heat_clock clock, struct heatmap *out);
void heatmap_free(struct heatmap *map);

/* 0: nothing; 1..levels-1: on a logarithmic scale, levels-1 the most. */
unsigned heatmap_level(const struct heatmap *map, unsigned x, unsigned y, unsigned levels);

/* The colour of a level of 256 as 0xrrggbb: from dark to light; 0 is the background. */
uint32_t heatmap_colour(unsigned level);

/* Where in a file's picture its parts stand: pixels. A letter is HEAT_LETTER wide, a line HEAT_LINE high. */
#define HEAT_LETTER 6
#define HEAT_LINE 10
struct heat_picture {
	unsigned left, top; /* of the first cell */
	unsigned wide, high; /* a cell */
	unsigned right, bottom; /* where the cells end */
	unsigned every_row, every_column; /* which of them have labels */
	unsigned scale; /* top of the scale */
	unsigned width, height; /* the whole */
};

#define HEAT_SCALE_STEPS 32 /* colours of the scale, HEAT_SCALE_WIDE each */
#define HEAT_SCALE_WIDE 4
struct heat_picture heat_picture(const struct heatmap *map);

/* "31 accesses; scale logarithmic": what stands behind the scale's last colour. */
void heat_scale_text(const struct heatmap *map, char text[HEAT_LABEL]);

/* A line of this colour stands where addresses are left out. */
#define HEAT_GAP 0xc8c8c8
#define HEAT_GAP_TEXT "grey line: addresses that nobody touches are left out"

/* Pictures of it. colour: with escape sequences of 256 colours. Each leaves errors of out to its owner. */
void heatmap_print(const struct heatmap *map, bool colour, FILE *out);
void heatmap_svg(const struct heatmap *map, FILE *out);

/* 0, or -1: it cannot be encoded. */
int heatmap_png(const struct heatmap *map, FILE *out);

#endif
