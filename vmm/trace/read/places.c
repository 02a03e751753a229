#include "vmm/trace/read/places.h"

#include "vmm/boot/symbols.h"
#include "vmm/number.h"
#include "vmm/trace/read/btf.h"
#include "vmm/trace/read/debuginfo.h"

#include <stdlib.h>
#include <string.h>

#define IMAGES_MAX 16

/* Beyond the end of a symbol without a size, this many bytes still belong to it. */
#define REACH 0x100000

#define OBJECTS_MAX 64
#define OBJECT_NAME 64

/* An object that the user has told of. */
struct declared {
	char name[OBJECT_NAME]; /* as the user wrote where it is */
	uint64_t address, size;
	const struct debuginfo *source; /* NULL: its type is of the BTF */
	uint64_t type;
};

struct places {
	struct symbols *symbols;
	unsigned count, nsources, nobjects;
	struct debuginfo *sources[IMAGES_MAX];
	struct btf *btf; /* or NULL */
	struct declared objects[OBJECTS_MAX];
};

struct places *places_new(void)
{
	struct places *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->symbols = symbols_new();
	if (p->symbols)
		return p;
	free(p);
	return NULL;
}

void places_free(struct places *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < p->nsources; i++)
		debuginfo_close(p->sources[i]);
	symbols_free(p->symbols);
	btf_close(p->btf);
	free(p);
}

int places_add_types(struct places *p, const char *path, struct error *e)
{
	struct btf *btf = btf_open(path, e);

	if (!btf)
		return -1;
	btf_close(p->btf);
	p->btf = btf;
	return 0;
}

/* "SYMBOL", "SYMBOL+OFFSET" or an address. */
static int find_address(const struct places *p, const char *where, uint64_t *address, struct error *e)
{
	const char *plus = strchr(where, '+');
	const struct symbol *symbol;
	char name[OBJECT_NAME];
	uint64_t offset = 0;

	if (!number_parse(where, strlen(where), address))
		return 0;
	snprintf(name, sizeof(name), "%.*s", plus ? (int)(plus - where) : (int)strlen(where), where);
	symbol = symbols_find(p->symbols, name);
	if (!symbol)
		return error_set(e, STATUS_USAGE, "--object: '%.80s' is no address, and no symbol of --symbols", name);
	if (plus && number_parse(plus + 1, strlen(plus + 1), &offset))
		return error_set(e, STATUS_USAGE, "--object: '%.80s' is no number", plus + 1);
	*address = symbol->address + offset;
	return 0;
}

/* Of DWARF first. */
static bool find_type(const struct places *p, const char *name, struct declared *out)
{
	for (unsigned i = 0; i < p->nsources; i++) {
		if (debuginfo_type(p->sources[i], name, &out->type, &out->size)) {
			out->source = p->sources[i];
			return true;
		}
	}
	out->source = NULL;
	out->type = p->btf ? btf_find(p->btf, name, &out->size) : 0;
	return out->type != 0;
}

int places_declare(struct places *p, const char *text, struct error *e)
{
	const char *equals = strchr(text, '=');
	struct declared object = {.size = 0};

	if (!equals || equals == text || !equals[1])
		return error_set(e, STATUS_USAGE, "--object: '%.80s' is not WHERE=TYPE", text);
	if ((size_t)(equals - text) >= sizeof(object.name))
		return error_set(e, STATUS_USAGE, "--object: '%.80s' is too long", text);
	if (p->nobjects == OBJECTS_MAX)
		return error_set(e, STATUS_USAGE, "--object: more than %u", OBJECTS_MAX);
	memcpy(object.name, text, (size_t)(equals - text));
	if (find_address(p, object.name, &object.address, e) < 0)
		return -1;
	if (!find_type(p, equals + 1, &object))
		return error_set(e, STATUS_USAGE, "--object: no type '%.80s' in the DWARF of --symbols%s", equals + 1,
				 p->btf ? " or in the BTF" : "; --btf names BTF");
	p->objects[p->nobjects++] = object;
	return 0;
}

int places_add(struct places *p, const char *path, struct error *e)
{
	struct debuginfo *source;
	struct image image;
	bool elf;
	int err;

	if (p->count == IMAGES_MAX)
		return error_set(e, STATUS_USAGE, "%.160s: more than %u files of symbols", path, IMAGES_MAX);
	if (image_open(path, &image, e) < 0)
		return -1;
	elf = image.size >= 4 && memcmp(image.bytes, "\177ELF", 4) == 0;
	err = elf ? symbols_add_elf(p->symbols, &image, e) : symbols_add_map(p->symbols, &image, e);
	image_close(&image);
	if (err < 0)
		return -1;
	p->count++;
	source = elf ? debuginfo_open(path) : NULL;
	if (source)
		p->sources[p->nsources++] = source;
	return 0;
}

bool places_any(const struct places *p)
{
	return p->count > 0 || p->nobjects > 0;
}

const char *places_symbol(const struct places *p, uint64_t address, uint64_t *start)
{
	const struct symbol *s = symbols_near(p->symbols, address);

	if (!s || address - s->address >= (s->size ? s->size : REACH))
		return NULL;
	*start = s->address;
	return s->name;
}

static bool put_symbol(const struct places *p, uint64_t address, struct words *w)
{
	uint64_t start;
	const char *name = places_symbol(p, address, &start);

	if (!name)
		return false;
	words_put_text(w, name);
	if (address != start)
		words_put(w, "+0x%llx", (unsigned long long)(address - start));
	return true;
}

bool places_function(const struct places *p, uint64_t rip, char text[PLACE_TEXT])
{
	text[0] = '\0';
	return put_symbol(p, rip, &(struct words){text, PLACE_TEXT});
}

bool places_line(const struct places *p, uint64_t rip, char text[PLACE_TEXT])
{
	text[0] = '\0';
	for (unsigned i = 0; i < p->nsources; i++)
		if (debuginfo_line(p->sources[i], rip, &(struct words){text, PLACE_TEXT}))
			return true;
	return false;
}

static bool put_declared(const struct places *p, uint64_t address, struct words *w)
{
	for (unsigned i = 0; i < p->nobjects; i++) {
		const struct declared *object = &p->objects[i];
		uint64_t offset = address - object->address;

		if (offset >= object->size)
			continue;
		words_put_text(w, object->name);
		if (object->source)
			debuginfo_type_part(object->source, object->type, offset, w);
		else
			btf_part(p->btf, (uint32_t)object->type, offset, w);
		return true;
	}
	return false;
}

bool places_object(const struct places *p, uint64_t address, char text[PLACE_TEXT])
{
	text[0] = '\0';
	if (put_declared(p, address, &(struct words){text, PLACE_TEXT}))
		return true;
	for (unsigned i = 0; i < p->nsources; i++)
		if (debuginfo_part(p->sources[i], address, &(struct words){text, PLACE_TEXT}))
			return true;
	return put_symbol(p, address, &(struct words){text, PLACE_TEXT});
}
