#include "vmm/boot/multiboot_header.h"

#include <inttypes.h>
#include <string.h>

/* Where a header lies wholly: Multiboot 1, "The layout of Multiboot header"; Multiboot 2, the same. */
#define SEARCH_1 8192u
#define SEARCH_2 32768u
#define ALIGN_1 4u
#define ALIGN_2 8u

#define SIZE_1 12u
#define SIZE_1_ADDRESSES 32u
#define SIZE_2 16u
#define ARCHITECTURE_I386 0u

/* Flags of version 1; 0 to 15 must be understood. Modules are always aligned, memory always told. */
#define FLAG_ALIGN 0x1u
#define FLAG_MEMORY 0x2u
#define FLAG_VIDEO 0x4u
#define FLAGS_MUST 0xffffu
#define FLAGS_KNOWN (FLAG_ALIGN | FLAG_MEMORY | FLAG_VIDEO)
#define FLAG_ADDRESSES 0x10000u

/* Tags of version 2. */
enum tag_kind {
	TAG_END,
	TAG_REQUEST,
	TAG_ADDRESSES,
	TAG_ENTRY,
	TAG_CONSOLE,
	TAG_FRAMEBUFFER,
	TAG_ALIGN,
	TAG_EFI_SERVICES,
	TAG_EFI_ENTRY_32,
	TAG_EFI_ENTRY_64,
	TAG_RELOCATABLE,
};

#define TAG_HEADER 8u
#define TAG_OPTIONAL 1u
#define INFO_FRAMEBUFFER 8u
#define INFO_KINDS 22u /* of information tags that version 2.0 knows: "Boot information format" */
#define FROM_THE_START 0xffffffffu

struct addresses {
	uint32_t header, load, load_end, bss_end;
};

static uint32_t word(const struct image *image, uint64_t offset)
{
	uint32_t value;

	memcpy(&value, image->bytes + offset, sizeof(value));
	return value;
}

static int refuse(const struct image *image, struct error *e, const char *why)
{
	return error_set(e, STATUS_INPUT, "%s: Multiboot header: %s", image->path, why);
}

/* Version 1: magic, flags and checksum; version 2: magic, architecture, length and checksum. All sum to zero. */
static bool is_header(const struct image *image, unsigned version, uint64_t at)
{
	uint32_t sum = 0, words = version == 1 ? 3 : 4;

	if (word(image, at) != (version == 1 ? MULTIBOOT_HEADER_1 : MULTIBOOT_HEADER_2))
		return false;
	for (uint32_t i = 0; i < words; i++)
		sum += word(image, at + 4 * i);
	return sum == 0;
}

/* sum: its checksum is right, too. */
static bool find(const struct image *image, unsigned version, bool sum, uint64_t *at)
{
	uint64_t size = version == 1 ? SIZE_1 : SIZE_2, step = version == 1 ? ALIGN_1 : ALIGN_2;
	uint64_t end = version == 1 ? SEARCH_1 : SEARCH_2;
	uint32_t magic = version == 1 ? MULTIBOOT_HEADER_1 : MULTIBOOT_HEADER_2;

	if (end > image->size)
		end = image->size;
	for (uint64_t i = 0; i + size <= end; i += step) {
		if (sum ? is_header(image, version, i) : word(image, i) == magic) {
			*at = i;
			return true;
		}
	}
	return false;
}

bool multiboot_is(const struct image *image, unsigned version)
{
	uint64_t at;

	return find(image, version, true, &at);
}

bool multiboot_is_meant(const struct image *image, unsigned version)
{
	uint64_t at;

	return find(image, version, false, &at);
}

/* The fields by which an image is loaded without the headers of ELF; zeros in the ends mean what follows. */
static int take_addresses(const struct image *image, const struct addresses *a, struct multiboot_header *h,
			  struct error *e)
{
	uint64_t load = a->load, load_end = a->load_end, bss_end = a->bss_end;

	if (h->version == 2 && a->load == FROM_THE_START)
		load = a->header - h->at;
	if ((h->version == 2 && a->load == FROM_THE_START && h->at > a->header) || load > a->header)
		return refuse(image, e, "load_addr lies beyond header_addr");
	if (a->header - load > h->at)
		return refuse(image, e, "load_addr lies before the file's start");
	h->offset = h->at - (a->header - load);
	if (load_end == 0)
		load_end = load + (image->size - h->offset);
	if (load_end <= load || load_end - load > image->size - h->offset)
		return error_set(e, STATUS_INPUT,
				 "%s: Multiboot header: load_end_addr 0x%" PRIx64 " is not after load_addr 0x%" PRIx64
				 ", within the file",
				 image->path, load_end, load);
	if (bss_end == 0)
		bss_end = load_end;
	if (bss_end < load_end)
		return refuse(image, e, "bss_end_addr lies before load_end_addr");
	h->has_addresses = true;
	h->load.v = load;
	h->file_size = load_end - load;
	h->memory_size = bss_end - load;
	return 0;
}

static int parse_1(const struct image *image, struct multiboot_header *h, struct error *e)
{
	uint32_t flags = word(image, h->at + 4);
	struct addresses a;

	if (flags & FLAGS_MUST & ~FLAGS_KNOWN)
		return error_set(e, STATUS_INPUT, "%s: Multiboot header: it requires what flags 0x%x ask for",
				 image->path, flags & FLAGS_MUST & ~FLAGS_KNOWN);
	h->wants_screen = flags & FLAG_VIDEO;
	if (!(flags & FLAG_ADDRESSES))
		return 0;
	if (image->size - h->at < SIZE_1_ADDRESSES || h->at + SIZE_1_ADDRESSES > SEARCH_1)
		return refuse(image, e, "its address fields are cut short");
	a = (struct addresses){word(image, h->at + 12), word(image, h->at + 16), word(image, h->at + 20),
			       word(image, h->at + 24)};
	h->has_entry = true;
	h->entry = word(image, h->at + 28);
	return take_addresses(image, &a, h, e);
}

/* What the kernel wants to be told: absent facts are no error, but kinds of them that nobody knows are. */
static int take_request(const struct image *image, uint64_t at, uint32_t size, bool optional,
			struct multiboot_header *h, struct error *e)
{
	for (uint64_t i = TAG_HEADER; i + 4 <= size; i += 4) {
		uint32_t kind = word(image, at + i);

		if (kind >= INFO_KINDS && !optional)
			return error_set(e, STATUS_INPUT,
					 "%s: Multiboot header: it requires information of kind %" PRIu32, image->path,
					 kind);
		h->wants_screen |= kind == INFO_FRAMEBUFFER;
	}
	return 0;
}

/* Bytes that a tag has at least. */
static uint32_t least(uint16_t kind)
{
	static const uint8_t sizes[] = {
		[TAG_ADDRESSES] = 24, [TAG_ENTRY] = 12, [TAG_CONSOLE] = 12, [TAG_FRAMEBUFFER] = 20};

	return kind < sizeof(sizes) && sizes[kind] ? sizes[kind] : TAG_HEADER;
}

static int take_tag(const struct image *image, uint64_t at, uint16_t kind, bool optional, uint32_t size,
		    struct multiboot_header *h, struct error *e)
{
	struct addresses a;

	switch (kind) {
	case TAG_REQUEST:
		return take_request(image, at, size, optional, h, e);
	case TAG_ADDRESSES:
		a = (struct addresses){word(image, at + 8), word(image, at + 12), word(image, at + 16),
				       word(image, at + 20)};
		return take_addresses(image, &a, h, e);
	case TAG_ENTRY:
		h->has_entry = true;
		h->entry = word(image, at + 8);
		return 0;
	case TAG_CONSOLE:
	case TAG_FRAMEBUFFER:
		h->wants_screen = true;
		return 0;
	case TAG_ALIGN: /* they always are */
	case TAG_EFI_SERVICES: /* of EFI's alone */
	case TAG_EFI_ENTRY_32:
	case TAG_EFI_ENTRY_64:
	case TAG_RELOCATABLE: /* it lies where it is linked */
		return 0;
	}
	if (optional)
		return 0;
	return error_set(e, STATUS_INPUT, "%s: Multiboot header: tag %u, which is not optional, is not known",
			 image->path, kind);
}

static int parse_2(const struct image *image, struct multiboot_header *h, struct error *e)
{
	uint32_t architecture = word(image, h->at + 4);
	uint64_t length = word(image, h->at + 8), end = h->at + length;

	if (architecture != ARCHITECTURE_I386)
		return error_set(e, STATUS_INPUT, "%s: Multiboot header: architecture %" PRIu32 " is not i386 (0)",
				 image->path, architecture);
	if (length < SIZE_2 || end > image->size || end > SEARCH_2)
		return error_set(e, STATUS_INPUT,
				 "%s: Multiboot header: its length of %" PRIu64
				 " bytes is not within the file's first 32768",
				 image->path, length);
	for (uint64_t at = h->at + SIZE_2; end - at >= TAG_HEADER;) {
		uint16_t kind = (uint16_t)word(image, at);
		bool optional = word(image, at) >> 16 & TAG_OPTIONAL;
		uint64_t size = word(image, at + 4);

		if (kind == TAG_END)
			return 0;
		if (size < least(kind) || size > end - at)
			return error_set(e, STATUS_INPUT,
					 "%s: Multiboot header: tag %u at offset 0x%" PRIx64 " has a size of %" PRIu64
					 " bytes",
					 image->path, kind, at, size);
		if (take_tag(image, at, kind, optional, (uint32_t)size, h, e) < 0)
			return -1;
		at += (size + ALIGN_2 - 1) & ~(uint64_t)(ALIGN_2 - 1);
		if (at > end)
			break;
	}
	return refuse(image, e, "no tag ends its list");
}

int multiboot_parse(const struct image *image, unsigned version, struct multiboot_header *out, struct error *e)
{
	struct multiboot_header header = {.version = version};
	int status;

	if (!find(image, version, true, &header.at) && find(image, version, false, &header.at))
		return error_set(e, STATUS_INPUT,
				 "%s: the header of Multiboot %u at offset 0x%" PRIx64
				 " has a wrong checksum (if it is none: --boot bare)",
				 image->path, version, header.at);
	if (!find(image, version, true, &header.at))
		return error_set(e, STATUS_INPUT, "%s: no header of Multiboot %u in its first %u bytes", image->path,
				 version, version == 1 ? SEARCH_1 : SEARCH_2);
	status = version == 1 ? parse_1(image, &header, e) : parse_2(image, &header, e);
	if (status == 0)
		*out = header;
	return status;
}
