#include "vmm/boot/multiboot_info.h"

#include <string.h>

#define SCREEN_AT 0xb8000u
#define SCREEN_COLUMNS 80u
#define SCREEN_ROWS 25u
#define SCREEN_CELL 2u /* bytes: a character and its attribute */
#define SCREEN_TEXT 2u /* the type "EGA text" */

#define KIB 1024u
#define LOWER_MAX (640u * KIB)
#define UPPER_START (1024u * KIB)

/* Fields of version 1 that are there. */
#define HAS_MEMORY 0x001u
#define HAS_COMMAND_LINE 0x004u
#define HAS_MODULES 0x008u
#define HAS_SECTIONS 0x020u
#define HAS_MAP 0x040u
#define HAS_LOADER 0x200u
#define HAS_SCREEN 0x1000u

struct information {
	uint32_t flags, lower, upper, boot_device, command_line, nmodules, modules;
	uint32_t nsections, section_size, sections, section_names;
	uint32_t map_size, map, drives_size, drives, config, loader, apm;
	uint32_t vbe_control, vbe_mode_info;
	uint16_t vbe_mode, vbe_segment, vbe_offset, vbe_size;
	struct __attribute__((packed)) {
		uint64_t at;
		uint32_t pitch, columns, rows;
		uint8_t depth, type;
		uint8_t colors[6];
	} screen;
};

_Static_assert(sizeof(struct information) == 116, "Multiboot: information");

struct map_entry {
	uint32_t size; /* of what follows */
	uint64_t start, length;
	uint32_t type;
} __attribute__((packed));

struct module_entry {
	uint32_t start, end, text, reserved;
};

/* Tags of version 2. */
enum tag_kind {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_LOADER = 2,
	TAG_MODULE = 3,
	TAG_MEMORY = 4,
	TAG_MAP = 6,
	TAG_SCREEN = 8,
	TAG_SECTIONS = 9,
	TAG_RSDP_OLD = 14,
	TAG_RSDP_NEW = 15,
};

#define TAG_HEADER 8u /* its kind and its size */
#define TAG_ALIGN 8u
#define RSDP_OLD_SIZE 20u

/* Bytes one after the other; what has no room is only counted. */
struct writer {
	gpa_t at;
	uint8_t *bytes;
	uint64_t room, used;
};

/* Returns the guest-physical address of what was put. */
static uint32_t put(struct writer *w, const void *from, uint64_t size)
{
	uint64_t at = w->used;

	if (size > 0 && at <= w->room && size <= w->room - at) {
		if (from)
			memcpy(w->bytes + at, from, size);
		else
			memset(w->bytes + at, 0, size);
	}
	w->used += size;
	return (uint32_t)(w->at.v + at);
}

static uint32_t put_text(struct writer *w, const char *text)
{
	return put(w, text, strlen(text) + 1);
}

static void pad(struct writer *w, uint64_t align)
{
	put(w, NULL, -w->used & (align - 1));
}

/* KiB of usable memory from an address on, to the first hole. */
static uint32_t kib_from(const struct multiboot_facts *f, uint64_t start, uint64_t limit)
{
	for (unsigned i = 0; i < f->nranges; i++) {
		const struct e820_range *r = &f->ranges[i];
		uint64_t end = r->start + r->size < limit ? r->start + r->size : limit;

		if (r->type == E820_USABLE && r->start <= start && end > start)
			return (uint32_t)((end - start) / KIB);
	}
	return 0;
}

static uint32_t lower(const struct multiboot_facts *f)
{
	return kib_from(f, 0, LOWER_MAX);
}

static uint32_t upper(const struct multiboot_facts *f)
{
	return kib_from(f, UPPER_START, (uint64_t)UINT32_MAX * KIB);
}

static void tell_sections(struct writer *w, const struct multiboot_facts *f, struct information *info)
{
	if (!f->sections)
		return;
	pad(w, TAG_ALIGN);
	info->flags |= HAS_SECTIONS;
	info->nsections = f->sections->count;
	info->section_size = f->sections->entry_size;
	info->section_names = f->sections->names;
	info->sections = put(w, f->section_headers, (uint64_t)f->sections->count * f->sections->entry_size);
}

static void tell_screen(const struct multiboot_facts *f, struct information *info)
{
	if (!f->screen)
		return;
	info->flags |= HAS_SCREEN;
	info->screen.at = SCREEN_AT;
	info->screen.pitch = SCREEN_COLUMNS * SCREEN_CELL;
	info->screen.columns = SCREEN_COLUMNS;
	info->screen.rows = SCREEN_ROWS;
	info->screen.depth = 8 * SCREEN_CELL;
	info->screen.type = SCREEN_TEXT;
}

uint64_t multiboot_info_1(const struct multiboot_facts *f, gpa_t at, uint8_t *bytes, uint64_t room)
{
	struct writer w = {.at = at, .bytes = bytes, .room = room};
	struct information info = {.flags = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MODULES | HAS_MAP | HAS_LOADER};

	put(&w, NULL, sizeof(info));
	info.lower = lower(f);
	info.upper = upper(f);
	info.command_line = put_text(&w, f->command_line);
	info.loader = put_text(&w, MULTIBOOT_LOADER);
	tell_sections(&w, f, &info);
	tell_screen(f, &info);
	pad(&w, TAG_ALIGN);
	info.map_size = (uint32_t)(f->nranges * sizeof(struct map_entry));
	info.map = (uint32_t)(at.v + w.used);
	for (unsigned i = 0; i < f->nranges; i++) {
		const struct e820_range *r = &f->ranges[i];
		const struct map_entry entry = {sizeof(entry) - sizeof(entry.size), r->start, r->size, r->type};

		put(&w, &entry, sizeof(entry));
	}
	info.nmodules = f->nmodules;
	info.modules = (uint32_t)(at.v + w.used);
	w.used += f->nmodules * sizeof(struct module_entry);
	for (unsigned i = 0; i < f->nmodules; i++) {
		const struct multiboot_module *m = &f->modules[i];
		const struct module_entry entry = {m->start, m->end, put_text(&w, m->text), 0};
		struct writer there = w;

		there.used = info.modules - (uint32_t)at.v + i * sizeof(entry);
		put(&there, &entry, sizeof(entry));
	}
	put(&(struct writer){.at = at, .bytes = bytes, .room = room}, &info, sizeof(info));
	return w.used;
}

/* A tag of a fixed part and what follows it; each begins at a multiple of 8. */
static void put_tag(struct writer *w, enum tag_kind kind, const void *fixed, uint64_t fixed_size, const void *more,
		    uint64_t more_size)
{
	const uint32_t head[] = {kind, (uint32_t)(TAG_HEADER + fixed_size + more_size)};

	pad(w, TAG_ALIGN);
	put(w, head, sizeof(head));
	put(w, fixed, fixed_size);
	put(w, more, more_size);
}

static void put_text_tag(struct writer *w, enum tag_kind kind, const char *text)
{
	put_tag(w, kind, text, strlen(text) + 1, NULL, 0);
}

static void put_map(struct writer *w, const struct multiboot_facts *f)
{
	struct {
		uint64_t start, length;
		uint32_t type, reserved;
	} entry;
	const uint32_t fixed[] = {sizeof(entry), 0};
	const uint32_t head[] = {TAG_MAP, (uint32_t)(TAG_HEADER + sizeof(fixed) + f->nranges * sizeof(entry))};

	pad(w, TAG_ALIGN);
	put(w, head, sizeof(head));
	put(w, fixed, sizeof(fixed));
	for (unsigned i = 0; i < f->nranges; i++) {
		entry.start = f->ranges[i].start;
		entry.length = f->ranges[i].size;
		entry.type = f->ranges[i].type;
		entry.reserved = 0;
		put(w, &entry, sizeof(entry));
	}
}

static void put_screen(struct writer *w)
{
	const struct {
		uint64_t at;
		uint32_t pitch, columns, rows;
		uint8_t depth, type;
		uint16_t reserved;
	} screen = {SCREEN_AT, SCREEN_COLUMNS * SCREEN_CELL, SCREEN_COLUMNS, SCREEN_ROWS, 8 * SCREEN_CELL, SCREEN_TEXT,
		    0};

	put_tag(w, TAG_SCREEN, &screen, sizeof(screen), NULL, 0);
}

/* In the words of GRUB's header file: the text of version 2.0 has them as halves of a word. */
static void put_sections(struct writer *w, const struct multiboot_sections *s, const uint8_t *headers)
{
	const uint32_t fixed[] = {s->count, s->entry_size, s->names};

	put_tag(w, TAG_SECTIONS, fixed, sizeof(fixed), headers, (uint64_t)s->count * s->entry_size);
}

uint64_t multiboot_info_2(const struct multiboot_facts *f, gpa_t at, uint8_t *bytes, uint64_t room)
{
	struct writer w = {.at = at, .bytes = bytes, .room = room};
	const uint32_t memory[] = {lower(f), upper(f)};
	uint32_t head[2] = {0};

	put(&w, NULL, sizeof(head));
	put_text_tag(&w, TAG_COMMAND_LINE, f->command_line);
	put_text_tag(&w, TAG_LOADER, MULTIBOOT_LOADER);
	for (unsigned i = 0; i < f->nmodules; i++) {
		const struct multiboot_module *m = &f->modules[i];
		const uint32_t place[] = {m->start, m->end};

		put_tag(&w, TAG_MODULE, place, sizeof(place), m->text, strlen(m->text) + 1);
	}
	put_tag(&w, TAG_MEMORY, memory, sizeof(memory), NULL, 0);
	put_map(&w, f);
	if (f->screen)
		put_screen(&w);
	if (f->sections)
		put_sections(&w, f->sections, f->section_headers);
	put_tag(&w, TAG_RSDP_OLD, f->rsdp, RSDP_OLD_SIZE, NULL, 0);
	put_tag(&w, TAG_RSDP_NEW, f->rsdp, MULTIBOOT_RSDP_SIZE, NULL, 0);
	put_tag(&w, TAG_END, NULL, 0, NULL, 0);
	head[0] = (uint32_t)w.used;
	put(&(struct writer){.at = at, .bytes = bytes, .room = room}, head, sizeof(head));
	return w.used;
}
