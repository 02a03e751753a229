#include "vmm/trace/read/btf.h"

#include "vmm/boot/image.h"

#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 32 /* types within types */
#define MAGIC 0xeb9f
#define HEADER 24 /* bytes */
#define TYPE 12 /* bytes of a type without what follows it */
#define MEMBER 12

enum kind {
	KIND_INT = 1,
	KIND_PTR,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_FWD,
	KIND_TYPEDEF,
	KIND_VOLATILE,
	KIND_CONST,
	KIND_RESTRICT,
	KIND_FUNC,
	KIND_FUNC_PROTO,
	KIND_VAR,
	KIND_DATASEC,
	KIND_FLOAT,
	KIND_DECL_TAG,
	KIND_TYPE_TAG,
	KIND_ENUM64,
};

struct btf {
	uint8_t *bytes; /* the whole of it, our own */
	uint32_t types_at, types_size, strings_at, strings_size;
	uint32_t count; /* of types; the first one has number 1 */
	uint32_t *at; /* at[n]: where type n begins; checked to lie within, with all that follows it */
};

/* One type's own words. */
struct type {
	uint32_t name, kind, vlen, flag, size; /* size, or the type it stands for */
	uint32_t after; /* where what follows it begins */
};

static uint32_t word(const struct btf *b, uint32_t at)
{
	uint32_t w;

	memcpy(&w, b->bytes + at, sizeof(w));
	return w;
}

/* Bytes after the first twelve; -1: no such kind. */
static int64_t more(uint32_t kind, uint32_t vlen)
{
	switch (kind) {
	case KIND_INT:
	case KIND_VAR:
	case KIND_DECL_TAG:
		return 4;
	case KIND_ARRAY:
		return 12;
	case KIND_STRUCT:
	case KIND_UNION:
	case KIND_DATASEC:
	case KIND_ENUM64:
		return 12 * (int64_t)vlen;
	case KIND_ENUM:
	case KIND_FUNC_PROTO:
		return 8 * (int64_t)vlen;
	case KIND_PTR:
	case KIND_FWD:
	case KIND_TYPEDEF:
	case KIND_VOLATILE:
	case KIND_CONST:
	case KIND_RESTRICT:
	case KIND_FUNC:
	case KIND_FLOAT:
	case KIND_TYPE_TAG:
		return 0;
	}
	return -1;
}

static struct type type_at(const struct btf *b, uint32_t at)
{
	uint32_t info = word(b, at + 4);

	return (struct type){.name = word(b, at),
			     .kind = info >> 24 & 31,
			     .vlen = info & 0xffff,
			     .flag = info >> 31,
			     .size = word(b, at + 8),
			     .after = at + TYPE};
}

/* False: there is no such type. */
static bool type_get(const struct btf *b, uint32_t id, struct type *out)
{
	if (id == 0 || id > b->count)
		return false;
	*out = type_at(b, b->at[id]);
	return true;
}

/* "" where it has none. */
static const char *string(const struct btf *b, uint32_t at)
{
	return at < b->strings_size ? (const char *)b->bytes + b->strings_at + at : "";
}

/* --- opening ---------------------------------------------------------------------------- */

/* Where each type begins. False: one of them is none, or goes beyond the end. */
static bool index_types(struct btf *b)
{
	uint32_t at = b->types_at, end = b->types_at + b->types_size, room = b->types_size / TYPE + 1;

	b->at = calloc(room, sizeof(*b->at));
	if (!b->at)
		return false;
	while (at < end) {
		struct type t;
		int64_t n;

		if (end - at < TYPE)
			return false;
		t = type_at(b, at);
		n = more(t.kind, t.vlen);
		if (n < 0 || n > end - at - TYPE)
			return false;
		b->at[++b->count] = at;
		at += TYPE + (uint32_t)n;
	}
	return true;
}

/* A section's place: within the file, and below 4 GiB with it. */
static bool take_section(struct btf *b, size_t size, uint32_t header, uint32_t field, uint32_t *at, uint32_t *length)
{
	uint64_t start = (uint64_t)header + word(b, field);

	*length = word(b, field + 4);
	*at = (uint32_t)start;
	return start <= size && *length <= size - start;
}

static const char *take_bytes(struct btf *b, size_t size)
{
	uint16_t magic;
	uint32_t header;

	if (size < HEADER || size > UINT32_MAX)
		return "it is no BTF";
	memcpy(&magic, b->bytes, sizeof(magic));
	header = word(b, 4);
	if (magic != MAGIC || b->bytes[2] != 1 || header < HEADER)
		return "it is no BTF of version 1";
	if (!take_section(b, size, header, 8, &b->types_at, &b->types_size) ||
	    !take_section(b, size, header, 16, &b->strings_at, &b->strings_size))
		return "its BTF is cut short";
	if (b->strings_size == 0 || b->bytes[b->strings_at + b->strings_size - 1] != 0)
		return "the strings of its BTF do not end";
	return index_types(b) ? NULL : "its BTF has a type that is none";
}

/* The bytes of the section .BTF, copied; NULL: there is none. */
static uint8_t *section_of(const struct image *image, size_t *size)
{
	Elf_Scn *section = NULL;
	uint8_t *bytes = NULL;
	size_t names;
	Elf *handle;

	elf_version(EV_CURRENT);
	/* libelf takes a char *, and does not write */
	handle = elf_memory((char *)(uintptr_t)image->bytes, image->size);
	if (!handle || elf_getshdrstrndx(handle, &names) != 0) {
		elf_end(handle);
		return NULL;
	}
	while (!bytes && (section = elf_nextscn(handle, section))) {
		GElf_Shdr header;
		Elf_Data *data;
		const char *name = gelf_getshdr(section, &header) ? elf_strptr(handle, names, header.sh_name) : NULL;

		if (!name || strcmp(name, ".BTF") != 0)
			continue;
		data = elf_rawdata(section, NULL);
		bytes = data && data->d_buf && data->d_size ? malloc(data->d_size) : NULL;
		if (!bytes)
			break;
		memcpy(bytes, data->d_buf, data->d_size);
		*size = data->d_size;
	}
	elf_end(handle);
	return bytes;
}

static uint8_t *copy_of(const struct image *image, size_t *size)
{
	uint8_t *bytes;

	if (image->size >= 4 && memcmp(image->bytes, "\177ELF", 4) == 0)
		return section_of(image, size);
	bytes = malloc(image->size);
	if (bytes)
		memcpy(bytes, image->bytes, image->size);
	*size = image->size;
	return bytes;
}

struct btf *btf_open(const char *path, struct error *e)
{
	struct btf *b = calloc(1, sizeof(*b));
	const char *wrong = "it has no section .BTF";
	struct image image;
	size_t size = 0;

	if (!b || image_open(path, &image, e) < 0) {
		if (!b)
			error_set(e, STATUS_HOST, "%.300s: no memory", path);
		free(b);
		return NULL;
	}
	b->bytes = copy_of(&image, &size);
	image_close(&image);
	if (b->bytes)
		wrong = take_bytes(b, size);
	if (!wrong)
		return b;
	error_set(e, STATUS_INPUT, "%.300s: %s", path, wrong);
	btf_close(b);
	return NULL;
}

void btf_close(struct btf *b)
{
	if (!b)
		return;
	free(b->bytes);
	free(b->at);
	free(b);
}

/* --- types ---------------------------------------------------------------------------------- */

/* Through typedef, const and the like; 0: nothing is behind them. */
static uint32_t peel(const struct btf *b, uint32_t id, struct type *t)
{
	for (unsigned depth = 0; depth < DEPTH && type_get(b, id, t); depth++) {
		if (t->kind != KIND_TYPEDEF && t->kind != KIND_VOLATILE && t->kind != KIND_CONST &&
		    t->kind != KIND_RESTRICT && t->kind != KIND_TYPE_TAG)
			return id;
		id = t->size;
	}
	return 0;
}

/* 0: it has none. */
static uint64_t size_of(const struct btf *b, uint32_t id)
{
	uint64_t times = 1;
	struct type t;

	for (unsigned depth = 0; depth < DEPTH; depth++) {
		if (!peel(b, id, &t))
			return 0;
		if (t.kind == KIND_PTR)
			return 8 * times;
		if (t.kind != KIND_ARRAY)
			return t.kind == KIND_FUNC || t.kind == KIND_FUNC_PROTO || t.kind == KIND_FWD ? 0
												      : t.size * times;
		if (__builtin_mul_overflow(times, word(b, t.after + 8), &times) || times > UINT32_MAX)
			return 0;
		id = word(b, t.after);
	}
	return 0;
}

uint32_t btf_find(const struct btf *b, const char *name, uint64_t *size)
{
	for (uint32_t id = 1; id <= b->count; id++) {
		struct type t = type_at(b, b->at[id]);

		if ((t.kind != KIND_STRUCT && t.kind != KIND_UNION && t.kind != KIND_TYPEDEF && t.kind != KIND_INT) ||
		    strcmp(string(b, t.name), name) != 0)
			continue;
		if (size_of(b, id) == 0)
			continue;
		*size = size_of(b, id);
		return id;
	}
	return 0;
}

/* The member of *id at *offset becomes *id. */
static bool enter_member(const struct btf *b, const struct type *t, uint32_t *id, uint64_t *offset, struct words *out)
{
	for (uint32_t i = 0; i < t->vlen; i++) {
		uint32_t at = t->after + i * MEMBER, bits = word(b, at + 8);
		uint64_t start = (t->flag ? bits & 0xffffff : bits) / 8;

		if (*offset < start || *offset - start >= size_of(b, word(b, at + 4)))
			continue;
		if (*string(b, word(b, at))) {
			words_put(out, ".");
			words_put_text(out, string(b, word(b, at)));
		}
		*offset -= start;
		*id = word(b, at + 4);
		return true;
	}
	return false;
}

static bool enter_element(const struct btf *b, const struct type *t, uint32_t *id, uint64_t *offset, struct words *out)
{
	uint64_t each = size_of(b, word(b, t->after));

	if (each == 0)
		return false;
	words_put(out, "[%llu]", (unsigned long long)(*offset / each));
	*offset %= each;
	*id = word(b, t->after);
	return true;
}

void btf_part(const struct btf *b, uint32_t id, uint64_t offset, struct words *out)
{
	bool entered = true;
	struct type t;

	for (unsigned depth = 0; depth < DEPTH && entered && peel(b, id, &t); depth++) {
		if (t.kind == KIND_STRUCT || t.kind == KIND_UNION)
			entered = enter_member(b, &t, &id, &offset, out);
		else
			entered = t.kind == KIND_ARRAY && enter_element(b, &t, &id, &offset, out);
	}
	if (offset)
		words_put(out, "+0x%llx", (unsigned long long)offset);
}
