#include "vmm/cli/options.h"

#include "tests/check.h"
#include "vmm/cli/config.h"
#include "vmm/cli/option_table.h"

#include <stdlib.h>
#include <unistd.h>

#define ARGS_MAX 80

/* Splits text at blanks; words is freed with free(). */
static struct run_options *parse(const char *text, struct error *e)
{
	char *words = strdup(text), *rest = words, *word;
	char verb[] = "run";
	char *argv[ARGS_MAX + 1] = {verb};
	int argc = 1;
	struct run_options *o;

	while (argc < ARGS_MAX && (word = strsep(&rest, " ")) != NULL) {
		if (*word)
			argv[argc++] = word;
	}
	*e = (struct error){0};
	o = run_options_new(argc, argv, e);
	free(words);
	return o;
}

/* One field, if it is not what it is without any option. */
static void field(FILE *f, const char *name, uint64_t value, uint64_t without)
{
	if (value != without)
		fprintf(f, " %s %" PRIx64, name, value);
}

static void text_field(FILE *f, const char *name, const char *value)
{
	if (value)
		fprintf(f, " %s %s", name, value);
}

/* Everything the machine is told, as text: two that are equal are told the same. */
static void describe(const struct machine_options *m, char *out, size_t size)
{
	const struct boot_options *b = &m->boot;
	FILE *f = fmemopen(out, size, "w");

	fprintf(f, "%s", b->image);
	field(f, "kind", b->kind, BOOT_AUTO);
	field(f, "at", b->image_at.v, 0x100000);
	text_field(f, "append", b->append);
	text_field(f, "initrd", b->initrd);
	text_field(f, "symbols", b->symbols);
	field(f, "has_entry", b->has_entry, false);
	field(f, "entry", b->entry, 0);
	field(f, "stack", b->stack, 0);
	field(f, "cpl", b->cpl, 0);
	field(f, "page", b->page_size, 4096);
	field(f, "mode", b->mode, BOOT_MODE_64);
	field(f, "mem", m->memory, 128 << 20);
	field(f, "has_window", b->has_window, false);
	field(f, "window", b->window, 0);
	field(f, "absent", m->absent, ABSENT_DEFAULT);
	text_field(f, "dump", m->dump);
	text_field(f, "screen", m->screen);
	text_field(f, "log", m->log);
	text_field(f, "control", m->control);
	field(f, "timeout_ms", (uint64_t)(m->timeout * 1000), 0);
	field(f, "run", m->run_length, 1000);
	field(f, "cpus", b->cpus, 0);
	field(f, "cpu", m->cpu.level, 0);
	field(f, "stats", m->stats, false);
	field(f, "vga", m->vga && b->screen, false);
	field(f, "virtio", b->virtio, 0);
	for (unsigned i = 0; i < m->ndisks; i++)
		fprintf(f, " disk %s%s", m->disks[i].path, m->disks[i].read_only ? " (ro)" : "");
	for (unsigned i = 0; i < b->nmodules; i++)
		fprintf(f, " module %s@%" PRIx64, b->modules[i].path, b->modules[i].at.v);
	for (unsigned i = 0; i < b->npresets; i++)
		fprintf(f, " reg %d=%" PRIx64, (int)b->presets[i].gpr, b->presets[i].value);
	for (unsigned i = 0; i < m->nextra; i++)
		fprintf(f, " ram %" PRIx64 "+%" PRIx64, m->extra[i].start, m->extra[i].size);
	for (unsigned i = 0; i < m->nvirtual; i++)
		fprintf(f, " virtual %s=%s", m->virtual[i].range.text, m->virtual[i].keeper);
	for (unsigned i = 0; i < m->nsaved; i++)
		fprintf(f, " save %s=%s", m->saved[i].range.text, m->saved[i].path);
	fclose(f);
}

/* Each option once, as it stands on the command line and in a config. */
static const struct {
	const char *name, *line, *config, *expect;
} samples[] = {
	{"image", "i", "image = \"i\";", "i"},
	{"module", "i m n@0x10 o@p", "image = \"i\"; module = ( \"m\", \"n@0x10\", \"o@p\" );",
	 "i module m@0 module n@10 module o@p@0"},
	{"boot", "--boot bare i", "boot = \"bare\"; image = \"i\";", "i kind 1 mem 1000000"},
	{"mem", "--mem 1G i", "mem = \"1G\"; image = \"i\";", "i mem 40000000"},
	{"ram", "--ram gpa:0xe0000000+64K i", "ram = [ \"gpa:0xe0000000+64K\" ]; image = \"i\";",
	 "i ram e0000000+10000"},
	{"virtual", "--virtual gpa:0+8=watch,new=0:memory --virtual sym:a:w=log i",
	 "virtual = ( { range = \"gpa:0+8\"; keeper = \"watch,new=0:memory\"; },"
	 "            { keeper = \"log\"; range = \"sym:a:w\"; } ); image = \"i\";",
	 "i virtual gpa:0+8=watch,new=0:memory virtual sym:a:w=log"},
	{"absent", "--absent ones i", "absent = \"ones\"; image = \"i\";", "i absent 2"},
	{"window", "--window 1M i", "window = \"1M\"; image = \"i\";", "i has_window 1 window 100000"},
	{"append", "--append quiet i", "append = \"quiet\"; image = \"i\";", "i append quiet"},
	{"initrd", "--initrd r i", "initrd = \"r\"; image = \"i\";", "i initrd r"},
	{"symbols", "--symbols s i", "symbols = \"s\"; image = \"i\";", "i symbols s"},
	{"at", "--at 0xfffffffff000 i", "at = 0xfffffffff000L; image = \"i\";", "i at fffffffff000"},
	{"entry", "--entry 0xffffffff80000000 i", "entry = 0xffffffff80000000L; image = \"i\";",
	 "i has_entry 1 entry ffffffff80000000"},
	{"stack", "--stack 0x80000000 i", "stack = 0x80000000; image = \"i\";", "i stack 80000000"},
	{"mode", "--mode real i", "mode = \"real\"; image = \"i\";", "i at 7c00 mode 6"},
	{"cpl", "--cpl 3 i", "cpl = 3; image = \"i\";", "i cpl 3"},
	{"page-size", "--page-size 2M i", "page-size = \"2M\"; image = \"i\";", "i page 200000"},
	{"reg", "--reg rax=5 --reg R15=0x10 i",
	 "reg = ( { name = \"rax\"; value = 5; }, { name = \"r15\"; value = \"0x10\"; } ); image = \"i\";",
	 "i reg 0=5 reg 15=10"},
	{"dump", "--dump d i", "dump = \"d\"; image = \"i\";", "i dump d"},
	{"save", "--save va:0x1000+16=f=g i",
	 "save = ( { range = \"va:0x1000+16\"; file = \"f=g\"; } ); image = \"i\";", "i save va:0x1000+16=f=g"},
	{"log", "--log l i", "log = \"l\"; image = \"i\";", "i log l"},
	{"cpus", "--cpus 4 i", "cpus = 4; image = \"i\";", "i cpus 4"},
	{"cpu", "--cpu x86-64-v3 i", "cpu = \"x86-64-v3\"; image = \"i\";", "i cpu 3"},
	{"run-length", "--run-length 0 i", "run-length = 0; image = \"i\";", "i run 0"},
	{"timeout", "--timeout 2.5 i", "timeout = 2.5; image = \"i\";", "i timeout_ms 9c4"},
	{"disk", "--disk a --disk b,ro --disk c,rw,ro i", "disk = [ \"a\", \"b,ro\", \"c,rw,ro\" ]; image = \"i\";",
	 "i virtio 1c disk a disk b (ro) disk c,rw (ro)"},
	{"virtio-console", "--virtio-console i", "virtio-console = true; image = \"i\";", "i virtio 1"},
	{"entropy", "--entropy i", "entropy = true; image = \"i\";", "i virtio 2"},
	{"control", "--control s i", "control = \"s\"; image = \"i\";", "i control s"},
	{"vga", "--vga i", "vga = true; image = \"i\";", "i vga 1"},
	{"screen", "--screen s.png i", "screen = \"s.png\"; image = \"i\";", "i screen s.png"},
	{"stats", "--stats i", "stats = true; image = \"i\";", "i stats 1"},
};

#define NSAMPLES (sizeof(samples) / sizeof(samples[0]))

static void write_config(char path[], const char *text)
{
	FILE *f;

	strcpy(path, "/tmp/lodestore-options-XXXXXX");
	close(mkstemp(path));
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

/* The config is named by its base name with its folder as working directory, so that paths stay as they are. */
static struct run_options *parse_config(const char *config, const char *more, struct error *e)
{
	char path[64], args[256];
	struct run_options *o;

	write_config(path, config);
	snprintf(args, sizeof(args), "--config %s %s", strrchr(path, '/') + 1, more);
	if (chdir("/tmp") != 0)
		abort();
	o = parse(args, e);
	unlink(path);
	return o;
}

static void every_option_in_both_places(void)
{
	unsigned count;
	const struct option_row *rows = option_rows(&count);

	for (size_t i = 0; i < NSAMPLES; i++) {
		char line_text[1024] = "", config_text[1024] = "";
		struct error e;
		struct run_options *line = parse(samples[i].line, &e), *config;

		check_row = samples[i].name;
		CHECK_STR(e.text, "");
		config = parse_config(samples[i].config, "", &e);
		CHECK_STR(e.text, "");
		if (line)
			describe(&line->machine, line_text, sizeof(line_text));
		if (config)
			describe(&config->machine, config_text, sizeof(config_text));
		CHECK_STR(line_text, samples[i].expect);
		CHECK_STR(config_text, samples[i].expect);
		run_options_free(line);
		run_options_free(config);
	}
	for (unsigned r = 0; r < count; r++) {
		bool found = rows[r].place == PLACE_LINE;

		for (size_t i = 0; i < NSAMPLES; i++)
			found |= strcmp(samples[i].name, rows[r].name) == 0;
		check_row = rows[r].name;
		CHECK_AT(found, "the option has no sample");
	}
}

static const struct {
	const char *line, *why;
} bad[] = {
	{"", "no image to run; see 'lodestore run --help'"},
	{"--foo i", "unknown option '--foo'; see 'lodestore run --help'"},
	{"--image i", "unknown option '--image'; see 'lodestore run --help'"},
	{"-m 4 i", "unknown option '-m'; see 'lodestore run --help'"},
	{"--sta i", "ambiguous option '--sta'; see 'lodestore run --help'"},
	{"--stats=yes i", "--stats takes no value"},
	{"i --mem", "--mem needs SIZE"},
	{"--window 4097 i", "--window: '4097' is not a multiple of 4K"},
	{"--mem 12x i", "--mem: '12x' is not a number"},
	{"--mem= i", "--mem: '' is empty"},
	{"--mem 15M i", "--mem: '15M' is less than 16M"},
	{"--mem 16777217 i", "--mem: '16777217' is not a multiple of 4K"},
	{"--ram sym:a i", "--ram: range 'sym:a': expected gpa: without ':w'"},
	{"--ram gpa:0x1000+4K:w i", "--ram: range 'gpa:0x1000+4K:w': expected gpa: without ':w'"},
	{"--ram gpa:0x1001+4K i", "--ram: range 'gpa:0x1001+4K': start and size must be multiples of 4K"},
	{"--virtual gpa:0+4K i", "--virtual: expected RANGE=KEEPER, found 'gpa:0+4K'"},
	{"--virtual gpa:0+4K= i", "--virtual: range 'gpa:0+4K': the keeper is missing"},
	{"--virtual =log i", "--virtual: range '': expected gpa:, va: or sym: at its start"},
	{"--virtual gpa:4..4=log i", "--virtual: range 'gpa:4..4': the range is empty"},
	{"--save gpa:0+4:w=f i", "--save: range 'gpa:0+4:w': ':w' has no meaning here"},
	{"--save gpa:0+4= i", "--save: the file name is empty"},
	{"--boot bios i", "--boot: 'bios' is not bare, elf, linux, multiboot, multiboot2 or auto"},
	{"--boot elf --initrd r i", "--initrd has no meaning with boot protocol elf"},
	{"--boot linux --cpl 0 i", "--cpl has no meaning with boot protocol linux"},
	{"--boot linux i m", "module has no meaning with boot protocol linux"},
	{"--boot bare --append x i", "--append has no meaning with boot protocol bare"},
	{"--cpl 1 i", "--cpl: '1' is not 0 or 3"},
	{"--page-size 1G i", "--page-size: '1G' is not 4K, 2M or 4M"},
	{"--mode long i", "--mode: 'long' is not 64, compat, 32, 32-paging, pae, 16 or real"},
	{"--boot elf --mode 32 i", "--mode has no meaning with boot protocol elf"},
	{"--reg eax=1 i", "--reg: 'eax' is not a 64-bit general register"},
	{"--reg rax=-1 i", "--reg: '-1' is not a number"},
	{"--reg rax i", "--reg: expected NAME=VALUE, found 'rax'"},
	{"--absent zero i", "--absent: 'zero' is not stop or ones"},
	{"--timeout -1 i", "--timeout: '-1' is not a number of seconds"},
	{"--timeout inf i", "--timeout: 'inf' is not a number of seconds"},
	{"--timeout 1e99 i", "--timeout: '1e99' is not a number of seconds"},
	{"--timeout 1s i", "--timeout: '1s' is not a number of seconds"},
	{"--at 0x i", "--at: '0x' is not a number"},
	{"i m@0xzz", "MODULE: '0xzz' is not a number"},
	{"i @0x10", "MODULE: the file name is empty"},
};

static void bad_lines(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error e;
		struct run_options *o = parse(bad[i].line, &e);

		check_row = bad[i].line;
		CHECK(o == NULL);
		CHECK_STR(e.text, bad[i].why);
		CHECK_EQ(e.status, STATUS_USAGE);
		run_options_free(o);
	}
}

static void line_wins_and_adds(void)
{
	char text[1024] = "";
	struct error e;
	struct run_options *o =
		parse_config("image = \"i\"; mem = \"64M\"; cpl = 3; ram = ( \"gpa:1G+4K\" );"
			     "reg = ( { name = \"rax\"; value = 1; }, { name = \"rbx\"; value = 2; } );",
			     "j --mem 32M --mem 128M --ram gpa:2G+4K --reg rax=7", &e);

	CHECK_STR(e.text, "");
	if (o)
		describe(&o->machine, text, sizeof(text));
	CHECK_STR(text, "j cpl 3 reg 0=7 reg 3=2 ram 40000000+1000 ram 80000000+1000");
	run_options_free(o);
}

/* Configs may stand where the image does, before it; a file that ends in .conf behind it is a module. */
static void configs_before_the_image(void)
{
	const char *const path = "/tmp/lodestore-options.conf";
	char text[1024] = "", line[128];
	struct run_options *o;
	FILE *f = fopen(path, "w");
	struct error e;

	CHECK(f);
	fputs("boot = \"elf\"; mem = \"64M\"; image = \"i\";", f);
	fclose(f);
	snprintf(line, sizeof(line), "%s", path);
	o = parse(line, &e);
	CHECK_STR(e.text, "");
	CHECK(o && o->machine.memory == 64u << 20 && o->machine.boot.kind == BOOT_ELF);
	run_options_free(o);
	snprintf(line, sizeof(line), "%s --mem 32M %s j k.conf", path, path);
	o = parse(line, &e);
	CHECK_STR(e.text, "");
	if (o)
		describe(&o->machine, text, sizeof(text));
	CHECK(o && o->machine.memory == 32u << 20);
	CHECK_STR(text, "j kind 2 mem 2000000 module k.conf@0");
	run_options_free(o);
	unlink(path);
}

/* One more than fits is refused, not written. */
static void too_many(void)
{
	char line[2048] = "--boot bare i";
	struct error e;

	for (unsigned i = 0; i < OPTIONS_SAVED_MAX + 1; i++)
		strcat(line, " --save gpa:0+4=f");
	CHECK(parse(line, &e) == NULL);
	CHECK_STR(e.text, "--save: more than 16 are given");
	strcpy(line, "i");
	for (unsigned i = 0; i < OPTIONS_VIRTUAL_MAX + 1; i++)
		strcat(line, " --virtual=gpa:0+4=f");
	CHECK(parse(line, &e) == NULL);
	CHECK_STR(e.text, "--virtual: more than 64 are given");
	strcpy(line, "i");
	for (unsigned i = 0; i < BOOT_MODULES_MAX + 1; i++)
		strcat(line, " m");
	CHECK(parse(line, &e) == NULL);
	CHECK_STR(e.text, "MODULE: more than 32 are given");
}

static void help_needs_no_image(void)
{
	struct error e;
	struct run_options *o = parse("--help", &e);

	CHECK(o && o->help && !o->keepers);
	run_options_free(o);
	o = parse("-h", &e);
	CHECK(o && o->help);
	run_options_free(o);
	o = parse("-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", &e);
	CHECK(o && o->help);
	run_options_free(o);
	o = parse("--keepers", &e);
	CHECK(o && o->keepers && !o->help);
	run_options_free(o);
}

CHECK_MAIN(CHECK_TEST(every_option_in_both_places), CHECK_TEST(bad_lines), CHECK_TEST(line_wins_and_adds),
	   CHECK_TEST(configs_before_the_image), CHECK_TEST(too_many), CHECK_TEST(help_needs_no_image))
