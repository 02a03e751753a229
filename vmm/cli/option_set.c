#include "vmm/cli/option_set.h"

#include "vmm/boot/mode.h"
#include "vmm/cli/value.h"
#include "vmm/machine/range.h"

#include <string.h>
#include <strings.h>

#define MEMORY_MIN (16ull << 20)

int set_image(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_path(first, &o->machine.boot.image, e);
}

/* PATH or PATH@ADDR. An '@' with no digit after it belongs to the path. What is kept is what stands before the '@'. */
int set_module(struct run_options *o, const char *first, const char *second, struct error *e)
{
	struct boot_options *boot = &o->machine.boot;
	struct boot_module module = {.path = first};
	const char *at = strrchr(first, '@');

	(void)second;
	if (boot->nmodules == BOOT_MODULES_MAX)
		return value_full(e, BOOT_MODULES_MAX);
	if (at && at[1] >= '0' && at[1] <= '9') {
		if (value_number(at + 1, &module.at.v, e) < 0)
			return -1;
		module.has_at = true;
		module.path = run_options_keep(o, first, (size_t)(at - first));
		if (!module.path)
			return error_set(e, STATUS_HOST, "no memory");
	}
	if (value_path(module.path, &module.path, e) < 0)
		return -1;
	boot->modules[boot->nmodules++] = module;
	return 0;
}

int set_boot(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	for (unsigned i = 0; i < BOOT_KINDS; i++) {
		if (strcmp(first, boot_kind_name((enum boot_kind)i)) == 0) {
			o->machine.boot.kind = (enum boot_kind)i;
			return 0;
		}
	}
	return error_set(e, STATUS_USAGE, "'%.80s' is not bare, elf, linux, multiboot, multiboot2 or auto", first);
}

int set_mem(struct run_options *o, const char *first, const char *second, struct error *e)
{
	uint64_t size;

	(void)second;
	if (value_number(first, &size, e) < 0)
		return -1;
	if (size < MEMORY_MIN)
		return error_set(e, STATUS_USAGE, "'%.80s' is less than 16M", first);
	if (size & PAGE_MASK)
		return error_set(e, STATUS_USAGE, "'%.80s' is not a multiple of 4K", first);
	o->machine.memory = size;
	return 0;
}

int set_ram(struct run_options *o, const char *first, const char *second, struct error *e)
{
	struct machine_options *m = &o->machine;
	struct range range;

	(void)second;
	if (m->nextra == OPTIONS_EXTRA_MAX)
		return value_full(e, OPTIONS_EXTRA_MAX);
	if (range_parse(first, &range, e) < 0)
		return -1;
	if (range.base != RANGE_GPA || range.stores_only)
		return error_set(e, STATUS_USAGE, "range '%.160s': expected gpa: without ':w'", first);
	if ((range.start | range.size) & PAGE_MASK)
		return error_set(e, STATUS_USAGE, "range '%.160s': start and size must be multiples of 4K", first);
	m->extra[m->nextra++] = range;
	return 0;
}

int set_window(struct run_options *o, const char *first, const char *second, struct error *e)
{
	uint64_t size;

	(void)second;
	if (value_number(first, &size, e) < 0)
		return -1;
	if (size & PAGE_MASK)
		return error_set(e, STATUS_USAGE, "'%.80s' is not a multiple of 4K", first);
	o->machine.boot.has_window = true;
	o->machine.boot.window = size;
	return 0;
}

int set_append(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second, (void)e;
	o->machine.boot.append = first;
	return 0;
}

int set_initrd(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_path(first, &o->machine.boot.initrd, e);
}

int set_symbols(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_path(first, &o->machine.boot.symbols, e);
}

int set_virtual(struct run_options *o, const char *first, const char *second, struct error *e)
{
	struct machine_options *m = &o->machine;
	struct range range;

	if (m->nvirtual == OPTIONS_VIRTUAL_MAX)
		return value_full(e, OPTIONS_VIRTUAL_MAX);
	if (range_parse(first, &range, e) < 0)
		return -1;
	if (!*second)
		return error_set(e, STATUS_USAGE, "range '%.160s': the keeper is missing", first);
	m->virtual[m->nvirtual++] = (struct virtual_range){.range = range, .keeper = second};
	return 0;
}

int set_save(struct run_options *o, const char *first, const char *second, struct error *e)
{
	struct machine_options *m = &o->machine;
	struct saved_range saved = {.path = NULL};

	if (m->nsaved == OPTIONS_SAVED_MAX)
		return value_full(e, OPTIONS_SAVED_MAX);
	if (range_parse(first, &saved.range, e) < 0 || value_path(second, &saved.path, e) < 0)
		return -1;
	if (saved.range.stores_only)
		return error_set(e, STATUS_USAGE, "range '%.160s': ':w' has no meaning here", first);
	m->saved[m->nsaved++] = saved;
	return 0;
}

int set_at(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_number(first, &o->machine.boot.image_at.v, e);
}

int set_entry(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	if (value_number(first, &o->machine.boot.entry, e) < 0)
		return -1;
	o->machine.boot.has_entry = true;
	return 0;
}

int set_stack(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_number(first, &o->machine.boot.stack, e);
}

int set_mode(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	if (boot_mode_parse(first, &o->machine.boot.mode))
		return 0;
	return error_set(e, STATUS_USAGE, "'%.80s' is not 64, compat, 32, 32-paging, pae, 16 or real", first);
}

int set_cpl(struct run_options *o, const char *first, const char *second, struct error *e)
{
	uint64_t cpl;

	(void)second;
	if (value_number(first, &cpl, e) < 0)
		return -1;
	if (cpl != 0 && cpl != 3)
		return error_set(e, STATUS_USAGE, "'%.80s' is not 0 or 3", first);
	o->machine.boot.cpl = (unsigned)cpl;
	return 0;
}

int set_page_size(struct run_options *o, const char *first, const char *second, struct error *e)
{
	uint64_t size;

	(void)second;
	if (value_number(first, &size, e) < 0)
		return -1;
	if (size != PAGING_SMALL && size != PAGING_LARGE && size != PAGING_LARGE_32)
		return error_set(e, STATUS_USAGE, "'%.80s' is not 4K, 2M or 4M", first);
	o->machine.boot.page_size = size;
	return 0;
}

int set_reg(struct run_options *o, const char *first, const char *second, struct error *e)
{
	struct boot_options *boot = &o->machine.boot;
	struct boot_preset preset = {.gpr = GPR_RAX};
	unsigned slot = 0;

	while (preset.gpr < GPR_COUNT && strcasecmp(first, gpr_name(preset.gpr)) != 0)
		preset.gpr++;
	if (preset.gpr == GPR_COUNT)
		return error_set(e, STATUS_USAGE, "'%.80s' is not a 64-bit general register", first);
	if (value_number(second, &preset.value, e) < 0)
		return -1;
	while (slot < boot->npresets && boot->presets[slot].gpr != preset.gpr)
		slot++;
	boot->presets[slot] = preset;
	boot->npresets += slot == boot->npresets;
	return 0;
}

int set_absent(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	if (strcmp(first, "stop") == 0)
		o->machine.absent = ABSENT_STOP;
	else if (strcmp(first, "ones") == 0)
		o->machine.absent = ABSENT_ONES;
	else
		return error_set(e, STATUS_USAGE, "'%.80s' is not stop or ones", first);
	return 0;
}

int set_dump(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_path(first, &o->machine.dump, e);
}

int set_log(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second;
	return value_path(first, &o->machine.log, e);
}

int set_keepers(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second, (void)e;
	o->keepers = value_truth(first);
	return 0;
}

int set_help(struct run_options *o, const char *first, const char *second, struct error *e)
{
	(void)second, (void)e;
	o->help = value_truth(first);
	return 0;
}

/* The configs are read before any option is set (options.c), so there is nothing left to do. */
int set_config(struct run_options *o, const char *first, const char *second, struct error *e)
{
	const char *ignored;

	(void)o, (void)second;
	return value_path(first, &ignored, e);
}
