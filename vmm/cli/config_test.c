#include "vmm/cli/config.h"

#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

static struct run_options *options(void)
{
	struct run_options *o = calloc(1, sizeof(*o));

	if (!o)
		abort();
	return o;
}

static const struct {
	const char *name, *text, *why;
	enum exit_status status;
} bad[] = {
	{"unknown key", "\nmemm = 5;", "m.conf:2: memm: unknown option; see 'lodestore run --help'", STATUS_USAGE},
	{"line only", "keepers = true;", "m.conf:1: keepers: only the command line may say this", STATUS_USAGE},
	{"config in config", "config = \"x\";", "m.conf:1: config: only the command line may say this", STATUS_USAGE},
	{"syntax", "mem = \"64M\";\n\ncpl 3", "m.conf:3: syntax error", STATUS_INPUT},
	{"cut short", "virtual = ( {", "m.conf:1: syntax error", STATUS_INPUT},
	{"twice", "mem = \"64M\";\nmem = \"32M\";", "m.conf:2: duplicate setting name", STATUS_INPUT},
	{"bool for flag", "\n\nstats = 1;", "m.conf:3: stats: expected true or false, found an integer", STATUS_USAGE},
	{"group for number", "mem = { };",
	 "m.conf:1: mem: expected a number, or a string such as \"4K\", found a group", STATUS_USAGE},
	{"float for number", "mem = 1.5;",
	 "m.conf:1: mem: expected a number, or a string such as \"4K\", found a float", STATUS_USAGE},
	{"bool for seconds", "timeout = true;", "m.conf:1: timeout: expected a number of seconds, found a boolean",
	 STATUS_USAGE},
	{"number for text", "append = 5;", "m.conf:1: append: expected a string, found an integer", STATUS_USAGE},
	{"list for path", "image = ( \"a\" );", "m.conf:1: image: expected a string, the name of a file, found a list",
	 STATUS_USAGE},
	{"text for list", "ram = \"gpa:0+4K\";", "m.conf:1: ram: expected a list ( ... ), found a string",
	 STATUS_USAGE},
	{"group for list", "virtual = { range = \"gpa:0+4K\"; keeper = \"log\"; };",
	 "m.conf:1: virtual: expected a list ( ... ), found a group", STATUS_USAGE},
	{"text for pair", "virtual = ( \"gpa:0+4K=log\" );",
	 "m.conf:1: virtual[0]: expected a group { range = ...; keeper = ...; }, found a string", STATUS_USAGE},
	{"key missing", "virtual = (\n { range = \"gpa:0+4K\"; } );",
	 "m.conf:2: virtual[0]: the key 'keeper' is missing", STATUS_USAGE},
	{"key unknown", "virtual = (\n { range = \"gpa:0+4K\";\n kepper = \"log\"; } );",
	 "m.conf:3: virtual[0]: unknown key 'kepper', expected 'range' and 'keeper'", STATUS_USAGE},
	{"type in pair",
	 "virtual = ( { range = \"gpa:0+4K\"; keeper = \"log\"; },\n { range =\n 5; keeper = \"log\"; } );",
	 "m.conf:2: virtual[1].range: expected a string, found an integer", STATUS_USAGE},
	{"range in pair", "virtual = (\n { range = \"gpa:9..8\"; keeper = \"log\"; } );",
	 "m.conf:2: virtual[0]: range 'gpa:9..8': the end is below the start", STATUS_USAGE},
	{"value", "\n\n\nmem = \"15M\";", "m.conf:4: mem: '15M' is less than 16M", STATUS_USAGE},
	{"negative", "entry = -1;", "m.conf:1: entry: '-1' is not a number", STATUS_USAGE},
	{"element", "ram = [ \"gpa:0+4K\",\n \"zpa:0+4K\" ];",
	 "m.conf:2: ram[1]: range 'zpa:0+4K': expected gpa:, va: or sym: at its start", STATUS_USAGE},
	{"33 bits", "\nentry = 0x100000000;",
	 "m.conf:2: number 0x100000000 does not fit 32 bits: write 0x100000000L or \"0x100000000\"", STATUS_USAGE},
	{"2 G", "mem = 2147483648;",
	 "m.conf:1: number 2147483648 does not fit 32 bits: write 2147483648L or \"2147483648\"", STATUS_USAGE},
	{"negative 33 bits", "entry=-2147483649;",
	 "m.conf:1: number 2147483649 does not fit 32 bits: write 2147483649L or \"2147483649\"", STATUS_USAGE},
	{"65 bits", "entry = 0x10000000000000000L;", "m.conf:1: number 0x10000000000000000L does not fit 64 bits",
	 STATUS_USAGE},
	{"64 bits signed", "entry = 9223372036854775808L;",
	 "m.conf:1: number 9223372036854775808L does not fit 64 bits", STATUS_USAGE},
	{"include", "mem = \"64M\";\n  @include \"/etc/passwd\"\n", "m.conf:2: @include is not allowed", STATUS_USAGE},
	{"include after comments", "/* \n # \" */ // \"\n# /*\n@include \"x\"\n", "m.conf:4: @include is not allowed",
	 STATUS_USAGE},
};

static void bad_texts(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct run_options *o = options();
		struct error e = {0};

		check_row = bad[i].name;
		CHECK_EQ(config_text_read(o, "m.conf", bad[i].text, strlen(bad[i].text), &e), -1);
		CHECK_STR(e.text, bad[i].why);
		CHECK_EQ(e.status, bad[i].status);
		run_options_free(o);
	}
}

static void zero_byte(void)
{
	static const char text[] = "mem = \"64M\";\n\0cpl = 3;";
	struct run_options *o = options();
	struct error e = {0};

	CHECK_EQ(config_text_read(o, "m.conf", text, sizeof(text) - 1, &e), -1);
	CHECK_STR(e.text, "m.conf:2: a zero byte: not a text file");
	CHECK_EQ(o->machine.memory, 0);
	run_options_free(o);
}

/* What the scan must let pass: the same signs inside strings, comments, names and floats. */
static void scan_lets_pass(void)
{
	static const char text[] = "append = \"@include 99999999999999999999 \\\" # // /* \"; # 0x100000000 @include\n"
				   "/* @include \"x\" 99999999999 */ timeout = 3.0000000000001;\n"
				   "stack = 0xffffffff; entry = 0xffffffffffffffffL; // 99999999999\n"
				   "mem = 2147479552;";
	struct run_options *o = options();
	struct error e = {0};

	CHECK_EQ(config_text_read(o, "m.conf", text, strlen(text), &e), 0);
	CHECK_STR(e.text, "");
	CHECK_STR(o->machine.boot.append ?: "", "@include 99999999999999999999 \" # // /* ");
	CHECK_EQ(o->machine.boot.stack, 0xffffffff);
	CHECK_EQ(o->machine.boot.entry, UINT64_MAX);
	CHECK_EQ(o->machine.memory, 2147479552);
	CHECK(o->machine.timeout > 3 && o->machine.timeout < 3.1);
	run_options_free(o);
}

static const struct {
	const char *config, *path, *expect;
} paths[] = {
	{"m.conf", "a", "a"},   {"dir/m.conf", "a", "dir/a"}, {"/x/y/m.conf", "../a", "/x/y/../a"},
	{"/m.conf", "a", "/a"}, {"dir/m.conf", "/a", "/a"},
};

static void paths_are_relative_to_the_config(void)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct run_options *o = options();
		struct error e = {0};
		char text[256];

		check_row = paths[i].config;
		snprintf(text, sizeof(text),
			 "image = \"%s\"; append = \"%s\"; save = ( { range = \"gpa:0+4\"; file = \"%s\"; } );"
			 "module = ( \"%s\" ); virtual = ( { range = \"gpa:0+4\"; keeper = \"%s\"; } );",
			 paths[i].path, paths[i].path, paths[i].path, paths[i].path, paths[i].path);
		CHECK_EQ(config_text_read(o, paths[i].config, text, strlen(text), &e), 0);
		CHECK_STR(e.text, "");
		CHECK_STR(o->machine.boot.image ?: "", paths[i].expect);
		CHECK_STR(o->machine.boot.modules[0].path ?: "", paths[i].expect);
		CHECK_STR(o->machine.saved[0].path ?: "", paths[i].expect);
		CHECK_STR(o->machine.boot.append ?: "", paths[i].path); /* no path: stays */
		CHECK_STR(o->machine.virtual[0].keeper ?: "", paths[i].path);
		run_options_free(o);
	}
}

static void files(void)
{
	char path[] = "/tmp/lodestore-config-XXXXXX", expect[128];
	struct run_options *o = options();
	struct error e = {0};
	int fd = mkstemp(path);

	CHECK_EQ(config_file_read(o, path, &e), 0); /* empty: nothing said */
	CHECK_EQ(config_file_read(o, "/nonexistent/m.conf", &e), -1);
	CHECK_STR(e.text, "/nonexistent/m.conf: No such file or directory");
	CHECK_EQ(e.status, STATUS_INPUT);
	CHECK_EQ(config_file_read(o, "/tmp", &e), -1);
	CHECK_STR(e.text, "/tmp: Is a directory");
	CHECK_EQ(config_file_read(o, "/dev/zero", &e), -1);
	CHECK_STR(e.text, "/dev/zero: larger than 1 MiB, not a config");
	CHECK_EQ(write(fd, "\ncpl = 2;", 9), 9);
	CHECK_EQ(config_file_read(o, path, &e), -1);
	snprintf(expect, sizeof(expect), "%s:2: cpl: '2' is not 0 or 3", path);
	CHECK_STR(e.text, expect);
	CHECK_EQ(o->machine.boot.cpl, 0);
	close(fd);
	unlink(path);
	run_options_free(o);
}

CHECK_MAIN(CHECK_TEST(bad_texts), CHECK_TEST(zero_byte), CHECK_TEST(scan_lets_pass),
	   CHECK_TEST(paths_are_relative_to_the_config), CHECK_TEST(files))
