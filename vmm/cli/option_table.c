#include "vmm/cli/option_table.h"

#include "vmm/cli/option_set.h"

#include <string.h>

#define BARE PROTOCOL(BOOT_BARE)
#define LINUX PROTOCOL(BOOT_LINUX)
#define ELF PROTOCOL(BOOT_ELF)
#define MULTIBOOT (PROTOCOL(BOOT_MULTIBOOT) | PROTOCOL(BOOT_MULTIBOOT2))

static const struct option_row rows[] = {
	{.name = "image",
	 .value = "IMAGE",
	 .kind = OPTION_PATH,
	 .place = PLACE_OPERAND,
	 .set = set_image,
	 .help = "what to run: a flat binary, an ELF file, a bzImage or vmlinux, or a\n"
		 "kernel with a Multiboot header"},
	{.name = "module",
	 .value = "MODULE",
	 .kind = OPTION_PATH,
	 .place = PLACE_OPERAND,
	 .repeatable = true,
	 .protocols = BARE | ELF | MULTIBOOT,
	 .set = set_module,
	 .help = "a further file to load: PATH, or PATH@ADDR for bare guests, or\n"
		 "'PATH ARGUMENTS' for multiboot ones"},
	{.name = "config",
	 .value = "FILE",
	 .kind = OPTION_PATH,
	 .place = PLACE_LINE,
	 .repeatable = true,
	 .set = set_config,
	 .help = "read options from FILE (or name it before the image: *.conf);\n"
		 "the command line wins over it, lists add up"},
	{.name = "boot",
	 .value = "PROTOCOL",
	 .kind = OPTION_TEXT,
	 .set = set_boot,
	 .help = "bare, elf, linux, multiboot, multiboot2 or auto (default: auto, by the\n"
		 "image)"},
	{.name = "mem",
	 .value = "SIZE",
	 .kind = OPTION_NUMBER,
	 .set = set_mem,
	 .help = "main memory, at least 16M (default: 128M; 16M with --boot bare)"},
	{.name = "cpus",
	 .value = "N",
	 .kind = OPTION_NUMBER,
	 .set = set_cpus,
	 .help = "virtual CPUs (default: 1); of a bare guest all begin at the entry,\n"
		 "with their number in rdi; of others the first starts the others"},
	{.name = "cpu",
	 .value = "MODEL",
	 .kind = OPTION_TEXT,
	 .set = set_cpu,
	 .help = "the features of the virtual CPUs: host (default) or x86-64-v1 to -v4, then\n"
		 ",+FEATURE or ,-FEATURE by the names of /proc/cpuinfo"},
	{.name = "ram",
	 .value = "RANGE",
	 .kind = OPTION_TEXT,
	 .repeatable = true,
	 .set = set_ram,
	 .help = "further memory at a fixed gpa: range, not told to the guest"},
	{.name = "virtual",
	 .value = "RANGE=KEEPER",
	 .kind = OPTION_PAIR,
	 .repeatable = true,
	 .first_key = "range",
	 .second_key = "keeper",
	 .second_kind = OPTION_TEXT,
	 .set = set_virtual,
	 .help = "let KEEPER answer each load and store of RANGE; see --keepers"},
	{.name = "absent",
	 .value = "POLICY",
	 .kind = OPTION_TEXT,
	 .set = set_absent,
	 .help = "what is neither memory nor kept: stop with a report, or ones,\n"
		 "read as all ones and counted (default: ones for kernels of PCs, else stop)"},
	{.name = "window",
	 .value = "SIZE",
	 .kind = OPTION_NUMBER,
	 .protocols = ELF,
	 .set = set_window,
	 .help = "elf: addresses without memory for pages that the guest answers for\n"
		 "itself, 0 for none (default: 64M, for an image that wants them)"},
	{.name = "disk",
	 .value = "FILE[,ro]",
	 .kind = OPTION_PATH,
	 .repeatable = true,
	 .set = set_disk,
	 .help = "a virtio block device on FILE; with ,ro read-only; registers from\n"
		 "gpa 0xfeb02000 on, a page each, which can be kept: log:device"},
	{.name = "virtio-console",
	 .kind = OPTION_FLAG,
	 .set = set_virtio_console,
	 .help = "a virtio console on the terminal, which then gets what is typed;\n"
		 "registers at gpa 0xfeb00000"},
	{.name = "entropy",
	 .kind = OPTION_FLAG,
	 .set = set_entropy,
	 .help = "a virtio entropy device; registers at gpa 0xfeb01000"},
	{.name = "append",
	 .value = "TEXT",
	 .kind = OPTION_TEXT,
	 .protocols = LINUX | ELF | MULTIBOOT,
	 .set = set_append,
	 .help = "the guest kernel's command line"},
	{.name = "initrd",
	 .value = "FILE",
	 .kind = OPTION_PATH,
	 .protocols = LINUX,
	 .set = set_initrd,
	 .help = "the initial ram disk"},
	{.name = "symbols",
	 .value = "FILE",
	 .kind = OPTION_PATH,
	 .set = set_symbols,
	 .help = "symbols for sym: ranges and reports: an ELF image, a System.map or nm output"},
	{.name = "at",
	 .value = "ADDR",
	 .kind = OPTION_NUMBER,
	 .protocols = BARE,
	 .set = set_at,
	 .help = "bare: physical address of a flat image (default 0x100000; 0x7c00 in\n"
		 "modes 16 and real)"},
	{.name = "entry",
	 .value = "ADDR",
	 .kind = OPTION_NUMBER,
	 .protocols = BARE,
	 .set = set_entry,
	 .help = "bare: first instruction (default: the image's)"},
	{.name = "stack",
	 .value = "ADDR",
	 .kind = OPTION_NUMBER,
	 .protocols = BARE,
	 .set = set_stack,
	 .help = "bare: first stack pointer"},
	{.name = "mode",
	 .value = "MODE",
	 .kind = OPTION_TEXT,
	 .protocols = BARE,
	 .set = set_mode,
	 .help = "bare: 64, compat (32-bit code under 64-bit tables), 32 (no paging),\n"
		 "32-paging, pae, 16 (protected) or real (default: 64)"},
	{.name = "cpl",
	 .value = "0|3",
	 .kind = OPTION_NUMBER,
	 .protocols = BARE,
	 .set = set_cpl,
	 .help = "bare: privilege level (default: 0)"},
	{.name = "page-size",
	 .value = "4K|2M|4M",
	 .kind = OPTION_NUMBER,
	 .protocols = BARE,
	 .set = set_page_size,
	 .help = "bare: pages of the identity map (default: 4K); 4M is for 32-paging"},
	{.name = "reg",
	 .value = "NAME=VALUE",
	 .kind = OPTION_PAIR,
	 .repeatable = true,
	 .protocols = BARE,
	 .first_key = "name",
	 .second_key = "value",
	 .second_kind = OPTION_NUMBER,
	 .set = set_reg,
	 .help = "bare: a general register's first value, as rax=5"},
	{.name = "dump",
	 .value = "FILE",
	 .kind = OPTION_PATH,
	 .set = set_dump,
	 .help = "write the final state of the CPU to FILE (- for standard output),\n"
		 "as JSON"},
	{.name = "save",
	 .value = "RANGE=FILE",
	 .kind = OPTION_PAIR,
	 .repeatable = true,
	 .first_key = "range",
	 .second_key = "file",
	 .second_kind = OPTION_PATH,
	 .set = set_save,
	 .help = "write RANGE to FILE at the end"},
	{.name = "log",
	 .value = "FILE",
	 .kind = OPTION_PATH,
	 .set = set_log,
	 .help = "write access lines to FILE, - for standard output (default: standard\n"
		 "error)"},
	{.name = "run-length",
	 .value = "N",
	 .kind = OPTION_NUMBER,
	 .set = set_run_length,
	 .help = "after an access carry out up to N further instructions at once, while\n"
		 "accesses keep coming (default: 1000; 0: none)"},
	{.name = "timeout",
	 .value = "SECONDS",
	 .kind = OPTION_SECONDS,
	 .set = set_timeout,
	 .help = "end the guest after SECONDS, with status 124"},
	{.name = "control",
	 .value = "SOCKET",
	 .kind = OPTION_PATH,
	 .set = set_control,
	 .help = "make a unix socket for commands while the guest runs, as those of\n"
		 "'lodestore ctl' and 'lodestore mark'"},
	{.name = "vga",
	 .kind = OPTION_FLAG,
	 .set = set_vga,
	 .help = "draw the guest's text screen on standard output; what is typed comes\n"
		 "from its keyboard; the serial line goes to standard error, unless that\n"
		 "is a terminal"},
	{.name = "screen",
	 .value = "FILE",
	 .kind = OPTION_PATH,
	 .set = set_screen,
	 .help = "at the end write the guest's text screen to FILE, as a picture (PNG)"},
	{.name = "stats",
	 .kind = OPTION_FLAG,
	 .set = set_stats,
	 .help = "at the end print exits by kind, accesses by keeper, and times"},
	{.name = "keepers", .kind = OPTION_FLAG, .place = PLACE_LINE, .set = set_keepers, .help = "list the keepers"},
	{.name = "help", .kind = OPTION_FLAG, .place = PLACE_LINE, .set = set_help, .help = "print this"},
};

const struct option_row *option_rows(unsigned *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

const struct option_row *option_find(const char *name)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

static uint64_t row_bit(const struct option_row *row)
{
	return 1ull << (row - rows);
}

bool option_given(const struct run_options *o, const struct option_row *row)
{
	return o->given & row_bit(row);
}

int option_apply(struct run_options *o, const struct option_row *row, const char *first, const char *second,
		 const char *where, struct error *e)
{
	const char *kept_first = run_options_keep(o, first, strlen(first));
	const char *kept_second = second ? run_options_keep(o, second, strlen(second)) : NULL;
	struct error why;

	if (!kept_first || (second && !kept_second))
		return error_set(e, STATUS_HOST, "%s: no memory", where);
	if (row->set(o, kept_first, kept_second, &why) < 0)
		return error_set(e, why.status, "%s: %s", where, why.text);
	o->given |= row_bit(row);
	return 0;
}

void option_help(FILE *out)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct option_row *row = &rows[i];
		const char *line = row->help;
		char label[64];

		if (row->place == PLACE_OPERAND)
			snprintf(label, sizeof(label), "%s", row->value);
		else
			snprintf(label, sizeof(label), "--%s%s%s", row->name, row->value ? " " : "",
				 row->value ? row->value : "");
		for (;;) {
			const char *end = strchrnul(line, '\n');

			fprintf(out, "  %-24s %.*s\n", line == row->help ? label : "", (int)(end - line), line);
			if (!*end)
				break;
			line = end + 1;
		}
	}
}
