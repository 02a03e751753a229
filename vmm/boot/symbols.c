#include "vmm/boot/symbols.h"

#include "capmodel/gpa.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

/* A symbol with what decides between two of one name or of one address. */
struct entry {
	struct symbol symbol;
	uint8_t rank; /* 0 global, 1 weak, 2 local */
	bool absolute; /* a constant: has a name, but stands for no place */
};

/* The strings that entries point into. */
struct blob {
	struct blob *next;
	char bytes[];
};

struct symbols {
	struct blob *blobs;
	size_t count, room;
	struct entry *entries; /* by name, then rank, then address */
	size_t nplaces;
	struct symbol *places; /* by address; no constants */
};

struct symbols *symbols_new(void)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	while (s->blobs) {
		struct blob *next = s->blobs->next;

		free(s->blobs);
		s->blobs = next;
	}
	free(s->entries);
	free(s->places);
	free(s);
}

static int no_memory(const struct image *image, struct error *e)
{
	return error_set(e, STATUS_HOST, "%s: no memory for its symbols", image->path);
}

/* A copy of bytes with a NUL after it, kept as long as s. NULL without memory. */
static char *keep_strings(struct symbols *s, const void *bytes, size_t size)
{
	struct blob *blob = malloc(sizeof(*blob) + size + 1);

	if (!blob)
		return NULL;
	memcpy(blob->bytes, bytes, size);
	blob->bytes[size] = 0;
	blob->next = s->blobs;
	s->blobs = blob;
	return blob->bytes;
}

static int append(struct symbols *s, const struct entry *entry)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 256;
		struct entry *entries = reallocarray(s->entries, room, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		s->entries = entries;
		s->room = room;
	}
	s->entries[s->count++] = *entry;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->symbol.name, y->symbol.name);

	if (order)
		return order;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->symbol.address > y->symbol.address) - (x->symbol.address < y->symbol.address);
}

/* At one address the one with the larger size stands last, and is the one found. */
static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return strcmp(y->name, x->name);
}

static int sort(struct symbols *s, const struct image *image, struct error *e)
{
	struct symbol *places;

	if (s->count == 0)
		return 0;
	places = reallocarray(s->places, s->count, sizeof(*places));
	if (!places)
		return no_memory(image, e);
	s->places = places;
	s->nplaces = 0;
	for (size_t i = 0; i < s->count; i++)
		if (!s->entries[i].absolute)
			places[s->nplaces++] = s->entries[i].symbol;
	qsort(s->places, s->nplaces, sizeof(*s->places), by_address);
	qsort(s->entries, s->count, sizeof(*s->entries), by_name);
	return 0;
}

static uint8_t rank_of(unsigned binding)
{
	return binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 1 : 2;
}

/* Add the named places of one table; strings holds strings_size bytes and a NUL. */
static int add_table(struct symbols *s, Elf_Data *table, size_t count, const char *strings, size_t strings_size)
{
	for (size_t i = 1; i < count && i <= INT32_MAX; i++) {
		struct entry entry = {0};
		GElf_Sym symbol;
		unsigned type;

		if (!gelf_getsym(table, (int)i, &symbol))
			break;
		type = GELF_ST_TYPE(symbol.st_info);
		if (symbol.st_shndx == SHN_UNDEF || type == STT_FILE || type == STT_SECTION || type == STT_TLS ||
		    symbol.st_name >= strings_size || strings[symbol.st_name] == 0)
			continue;
		entry.symbol = (struct symbol){strings + symbol.st_name, symbol.st_value, symbol.st_size};
		entry.rank = rank_of(GELF_ST_BIND(symbol.st_info));
		entry.absolute = symbol.st_shndx == SHN_ABS;
		if (append(s, &entry) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * 0 also when the section is malformed: an image without usable symbols still runs. *left is what the file
 * can hold beside the tables that were read: no linker makes headers that name the same bytes again.
 */
static int add_section(struct symbols *s, Elf *handle, Elf_Scn *section, size_t *left)
{
	GElf_Shdr header, strings_header;
	Elf_Scn *strings_section;
	Elf_Data *table, *strings;
	size_t entry_size = gelf_fsize(handle, ELF_T_SYM, 1, EV_CURRENT);
	const char *kept;

	if (!gelf_getshdr(section, &header) || (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) ||
	    entry_size == 0 || header.sh_entsize != entry_size)
		return 0;
	strings_section = elf_getscn(handle, header.sh_link);
	if (!strings_section || !gelf_getshdr(strings_section, &strings_header) || strings_header.sh_type != SHT_STRTAB)
		return 0;
	table = elf_getdata(section, NULL);
	strings = elf_getdata(strings_section, NULL);
	if (!table || !table->d_buf || !strings || !strings->d_buf)
		return 0;
	if (strings->d_size > *left || table->d_size > *left - strings->d_size)
		return 0;
	*left -= strings->d_size + table->d_size;
	kept = keep_strings(s, strings->d_buf, strings->d_size);
	return kept ? add_table(s, table, table->d_size / entry_size, kept, strings->d_size) : -ENOMEM;
}

/* NULL if it is no ELF image. libelf takes a char *, and does not write: the image is already a copy of our own. */
static Elf *open_elf(const struct image *image)
{
	Elf *handle;

	elf_version(EV_CURRENT);
	handle = elf_memory((char *)(uintptr_t)image->bytes, image->size);
	if (handle && elf_kind(handle) == ELF_K_ELF && gelf_getclass(handle) != ELFCLASSNONE)
		return handle;
	elf_end(handle);
	return NULL;
}

int symbols_add_elf(struct symbols *s, const struct image *image, struct error *e)
{
	Elf_Scn *section = NULL;
	Elf *handle = open_elf(image);
	size_t left = image->size;
	int status = 0;

	if (!handle)
		return error_set(e, STATUS_INPUT, "%s: not an ELF image", image->path);
	while (status == 0 && (section = elf_nextscn(handle, section)))
		status = add_section(s, handle, section, &left);
	elf_end(handle);
	return status < 0 ? no_memory(image, e) : sort(s, image, e);
}

/* By its section, not its segment: a file of symbols alone may have kept that. */
static bool start_in(const struct image *image, const GElf_Shdr *header, uint64_t entry, struct program_start *out)
{
	uint64_t skip = entry - header->sh_addr, size;

	if (header->sh_type != SHT_PROGBITS || !(header->sh_flags & SHF_EXECINSTR) || entry < header->sh_addr ||
	    skip >= header->sh_size || header->sh_offset > image->size ||
	    header->sh_size > image->size - header->sh_offset)
		return false;
	size = header->sh_size - skip;
	if (size > PROGRAM_START_MAX)
		size = PROGRAM_START_MAX;
	if (size > PAGE_SIZE - (entry & PAGE_MASK))
		size = PAGE_SIZE - (entry & PAGE_MASK);
	*out = (struct program_start){.address = entry, .size = size};
	memcpy(out->bytes, image->bytes + header->sh_offset + skip, size);
	return true;
}

bool symbols_program(const struct image *image, struct program_start *out)
{
	Elf *handle = open_elf(image);
	Elf_Scn *section = NULL;
	GElf_Ehdr file;
	GElf_Shdr header;
	bool found = false;

	if (handle && gelf_getehdr(handle, &file) && file.e_type == ET_EXEC)
		while (!found && (section = elf_nextscn(handle, section)))
			found = gelf_getshdr(section, &header) && start_in(image, &header, file.e_entry, out);
	elf_end(handle);
	return found;
}

/* One "address type name [module]" line of System.map, kallsyms or nm, cut up in place. False: it is none. */
static bool parse_line(char *line, struct entry *entry)
{
	char *end, *name, *type;

	errno = 0;
	entry->symbol = (struct symbol){.address = strtoull(line, &end, 16)};
	if (end == line || errno || (*end != ' ' && *end != '\t') || *line == '-' || *line == '+')
		return false;
	type = end + strspn(end, " \t");
	/* nm -S has the size in a second column */
	if (strspn(type, "0123456789abcdefABCDEF") > 1) {
		entry->symbol.size = strtoull(type, &end, 16);
		type = end + strspn(end, " \t");
	}
	if (!*type || (type[1] != ' ' && type[1] != '\t'))
		return false;
	name = type + 1 + strspn(type + 1, " \t");
	name[strcspn(name, " \t\r")] = 0;
	entry->symbol.name = name;
	entry->absolute = *type == 'A' || *type == 'a';
	entry->rank = *type == 'w' || *type == 'W' || *type == 'v' || *type == 'V' ? 1 : *type >= 'a' ? 2 : 0;
	return *name != 0;
}

/* "                 U name": nm's undefined symbols have no address. */
static bool is_undefined(const char *line)
{
	size_t blanks = strspn(line, " \t");

	return blanks > 0 && (line[blanks] == 'U' || line[blanks] == 'w' || line[blanks] == 'v') &&
	       line[blanks + 1] == ' ';
}

int symbols_add_map(struct symbols *s, const struct image *image, struct error *e)
{
	char *line, *next;
	unsigned number = 1;

	if (memchr(image->bytes, 0, image->size))
		return error_set(e, STATUS_INPUT, "%s: not a text of symbols: it holds a zero byte", image->path);
	line = keep_strings(s, image->bytes, image->size);
	if (!line)
		return no_memory(image, e);
	for (; line && *line; line = next, number++) {
		struct entry entry = {0};

		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (line[strspn(line, " \t\r")] == 0 || is_undefined(line))
			continue;
		if (!parse_line(line, &entry))
			return error_set(e, STATUS_INPUT, "%s:%u: not an \"address type name\" line", image->path,
					 number);
		if (append(s, &entry) < 0)
			return no_memory(image, e);
	}
	return sort(s, image, e);
}

const struct symbol *symbols_find(const struct symbols *s, const char *name)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(s->entries[middle].symbol.name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->count && strcmp(s->entries[low].symbol.name, name) == 0 ? &s->entries[low].symbol : NULL;
}

/* How many places stand at or below address. */
static size_t places_to(const struct symbols *s, uint64_t address)
{
	size_t low = 0, high = s->nplaces;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->places[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct symbol *symbols_near(const struct symbols *s, uint64_t address)
{
	size_t n = places_to(s, address);
	const struct symbol *below = n ? &s->places[n - 1] : NULL;

	if (!below || address - below->address >= (below->size > SYMBOL_REACH ? below->size : SYMBOL_REACH))
		return NULL;
	return below;
}

uint64_t symbols_extent(const struct symbols *s, const struct symbol *symbol)
{
	size_t next = places_to(s, symbol->address);
	uint64_t distance;

	if (symbol->size || next == s->nplaces)
		return symbol->size;
	distance = s->places[next].address - symbol->address;
	return distance <= SYMBOL_REACH ? distance : 0;
}
