#include "vmm/boot/bzimage.h"

#include <stddef.h>
#include <string.h>

#define HEADER_OFFSET 0x1f1u
#define JUMP_OFFSET 0x200u /* a short jump over the header: its length byte tells the header's end */
#define MAGIC_OFFSET 0x202u
#define PARAGRAPH 16u /* what syssize counts, rounded up */
#define SECTOR 512u
#define SETUP_SECTORS_DEFAULT 4u

#define BOOT_FLAG 0xaa55
#define VERSION_64BIT 0x020c /* xloadflags came with 2.12 */
#define COMMAND_LINE_DEFAULT 255u

bool bzimage_is(const struct image *image)
{
	return image->size >= MAGIC_OFFSET + 4 && memcmp(image->bytes + MAGIC_OFFSET, "HdrS", 4) == 0;
}

static int refuse(const struct image *image, struct error *e, const char *why)
{
	return error_set(e, STATUS_INPUT, "%s: bzImage: %s", image->path, why);
}

static int cut_short(const struct image *image, const char *part, uint64_t needed, struct error *e)
{
	return error_set(e, STATUS_INPUT, "%s: bzImage: cut short: its %s ends at byte %llu, the file at %zu",
			 image->path, part, (unsigned long long)needed, image->size);
}

/* The image's header, which may be shorter or longer than the one we know. */
static int read_header(const struct image *image, struct setup_header *header, struct error *e)
{
	uint64_t end;

	memset(header, 0, sizeof(*header));
	if (!bzimage_is(image))
		return refuse(image, e, "this is no bzImage");
	end = MAGIC_OFFSET + (uint64_t)image->bytes[JUMP_OFFSET + 1];
	if (end > image->size)
		return cut_short(image, "header", end, e);
	if (end - HEADER_OFFSET > sizeof(*header))
		end = HEADER_OFFSET + sizeof(*header);
	memcpy(header, image->bytes + HEADER_OFFSET, end - HEADER_OFFSET);
	return 0;
}

static int check_header(const struct image *image, const struct setup_header *header, struct error *e)
{
	if (header->boot_flag != BOOT_FLAG)
		return refuse(image, e, "no boot flag 0xaa55");
	if (header->version < VERSION_64BIT)
		return error_set(e, STATUS_INPUT, "%s: bzImage: boot protocol %u.%02u is older than 2.12", image->path,
				 header->version >> 8, header->version & 0xff);
	if (!(header->loadflags & LOADED_HIGH))
		return refuse(image, e, "a zImage, loaded low; only bzImage can be loaded");
	if (!(header->xloadflags & XLF_KERNEL_64))
		return refuse(image, e, "no 64-bit entry point; a 64-bit kernel is needed");
	if (header->relocatable_kernel &&
	    (header->kernel_alignment == 0 || (header->kernel_alignment & (header->kernel_alignment - 1))))
		return refuse(image, e, "its alignment is not a power of two");
	if (header->pref_address >= 1ull << 32)
		return refuse(image, e, "it prefers an address above 4 GiB");
	if (header->init_size == 0)
		return refuse(image, e, "it does not say how much memory it needs");
	return 0;
}

int bzimage_parse(const struct image *image, struct bzimage *out, struct error *e)
{
	struct bzimage b = {0};
	const struct setup_header *header = &b.header;
	uint64_t setup;

	if (read_header(image, &b.header, e) < 0 || check_header(image, header, e) < 0)
		return -1;
	setup = (1 + (uint64_t)(header->setup_sects ? header->setup_sects : SETUP_SECTORS_DEFAULT)) * SECTOR;
	b.kernel_size = (uint64_t)header->syssize * PARAGRAPH;
	if (setup >= image->size || b.kernel_size > image->size - setup + PARAGRAPH - 1)
		return cut_short(image, "kernel", setup + b.kernel_size, e);
	if (b.kernel_size > image->size - setup)
		b.kernel_size = image->size - setup; /* its last paragraph is not full */
	if (b.kernel_size <= BZIMAGE_ENTRY64)
		return refuse(image, e, "its kernel is too small to have an entry point");
	b.kernel = image->bytes + setup;
	b.memory_size = header->init_size > b.kernel_size ? header->init_size : b.kernel_size;
	b.preferred = header->pref_address;
	b.alignment = header->relocatable_kernel ? header->kernel_alignment : 0;
	b.initrd_limit = (uint64_t)header->initrd_addr_max + 1;
	b.command_line_max = header->cmdline_size ? header->cmdline_size : COMMAND_LINE_DEFAULT;
	*out = b;
	return 0;
}
