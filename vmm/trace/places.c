#include "vmm/trace/places.h"

#include "vmm/boot/symbols.h"
#include "vmm/trace/debuginfo.h"

#include <stdlib.h>
#include <string.h>

#define IMAGES_MAX 16

/* Beyond the end of a symbol without a size, this many bytes still belong to it. */
#define REACH 0x100000

struct places {
	struct symbols *symbols;
	unsigned count, nsources;
	struct debuginfo *sources[IMAGES_MAX];
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
	free(p);
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
	return p->count > 0;
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

bool places_object(const struct places *p, uint64_t address, char text[PLACE_TEXT])
{
	text[0] = '\0';
	for (unsigned i = 0; i < p->nsources; i++)
		if (debuginfo_part(p->sources[i], address, &(struct words){text, PLACE_TEXT}))
			return true;
	return put_symbol(p, address, &(struct words){text, PLACE_TEXT});
}
