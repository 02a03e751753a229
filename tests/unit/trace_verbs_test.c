/* The verbs that read traces, on a trace of ours, whole and damaged, and with options that are none. */
#include "tests/check.h"
#include "vmm/cli/verbs.h"
#include "vmm/trace/file/block.h"
#include "vmm/trace/file/writer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACCESSES 200000u /* some frames */
#define ARGUMENTS 10

static char directory[] = "/tmp/trace_verbs_test.XXXXXX";

/* --- a trace: one vCPU stores to 8 bytes of a page and loads them again ----------------- */

static struct trace_record record_of(unsigned i)
{
	static uint8_t page[4096];
	bool store = i % 2 == 1;
	uint64_t value = (i + 1) / 2;
	struct trace_record r = {
		.kind = store ? TRACE_STORE : TRACE_LOAD,
		.tsc = 1000 + i * 10ull,
		.flags = TRACE_BEFORE | (store ? TRACE_AFTER : 0),
		.size = 8,
		.parts = 1,
		.bits = 64,
		.cpl = 3,
		.code_size = 3,
		.code = {0x48, store ? 0x89 : 0x8b, 0x03},
		.rip = store ? 0x401010 : 0x401000,
		.linear = 0x5000,
		.gpa = 0x9000,
		.keeper = "memory",
	};
	uint64_t before = store ? value - 1 : value;

	if (i == 0)
		return (struct trace_record){
			.kind = TRACE_ARMED, .tsc = 1000, .gpa = 0x9000, .count = 4096, .bytes = page, .nbytes = 4096};
	memcpy(r.before, &before, sizeof(before));
	if (store)
		memcpy(r.after, &value, sizeof(value));
	return r;
}

/* Record `wrong` has another value; none if it is beyond the last. */
static void write_trace(const char *path, unsigned wrong, uint64_t done)
{
	const struct trace_writer_options options = {.path = path, .force = true, .lossless = true};
	static const struct trace_field head[] = {{"tsc.start", "1000"}, {"tsc.hz", "1000000"}};
	const struct trace_counter foot[] = {
		{"runs", ACCESSES},
		{"exits.trap", ACCESSES},
		{"exits.emulation", 0},
		{"exits.mmio", 0},
		{"begun.trap", ACCESSES},
		{"begun.emulation", 0},
		{"begun.mmio", 0},
		{"begun.run", 0},
		{"begun.repeat", 0},
		{"ended.trap.done", ACCESSES},
		{"ways.traced", ACCESSES},
		{"ways.elsewhere", 0},
		{"parts.done", done},
		{"parts.recorded", ACCESSES},
		{"parts.denied", 0},
		{"taken.load", ACCESSES / 2},
		{"taken.store", ACCESSES / 2},
		{"taken.rmw", 0},
		{"taken.fetch", 0},
	};
	struct error e = {0};
	struct trace_writer *w = trace_writer_open(&options, head, 2, &e);

	CHECK_AT(w, "%s", e.text);
	for (unsigned i = 0; w && i <= ACCESSES; i++) {
		struct trace_record r = record_of(i);

		r.before[5] ^= i == wrong;
		CHECK(trace_writer_put(w, &r));
	}
	CHECK_EQ(trace_writer_close(w, foot, sizeof(foot) / sizeof(foot[0]), &e), 0);
}

/* --- running a verb ------------------------------------------------------------------------ */

struct ran {
	int status; /* -1: it died */
	char out[1 << 16], err[4096];
};

static void read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, size - 1, file) : 0;

	text[n] = '\0';
	if (file)
		fclose(file);
}

static const struct verb *verb_named(const char *name)
{
	const struct verb *v = verb_table();

	while (v->name && strcmp(v->name, name) != 0)
		v++;
	return v;
}

/* A line as a user writes it. */
static const struct ran *run(const char *line)
{
	static struct ran ran;
	char words[512], *argv[ARGUMENTS + 1] = {NULL}, *save = NULL;
	int argc = 0, status;
	pid_t pid;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok_r(words, " ", &save); w && argc < ARGUMENTS; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr) || !freopen("/dev/null", "r", stdin))
			_exit(99);
		status = verb_named(argv[0])->run(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_text("out", ran.out, sizeof(ran.out));
	read_text("err", ran.err, sizeof(ran.err));
	return &ran;
}

struct row {
	const char *line;
	int status;
	const char *out, *err; /* stand in it; NULL: not looked at */
};

static void run_rows(const struct row *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct ran *ran = run(rows[i].line);

		check_row = rows[i].line;
		CHECK_EQ(ran->status, rows[i].status);
		CHECK_AT(!rows[i].out || strstr(ran->out, rows[i].out), "not \"%s\" in: %.2000s", rows[i].out,
			 ran->out);
		CHECK_AT(!rows[i].err || strstr(ran->err, rows[i].err), "not \"%s\" in: %s", rows[i].err, ran->err);
		if (rows[i].status > 1)
			CHECK(strncmp(ran->err, "lodestore: ", 11) == 0 && strchr(ran->err, '\n') &&
			      strchr(ran->err, '\n')[1] == '\0');
	}
}

static void verbs_on_a_whole_trace(void)
{
	static const struct row rows[] = {
		{"verify whole", 0, "verified: no violation", ""},
		{"view --count 3 whole", 0,
		 "0 0.000000000 -- armed gpa=0x9000 4096\n"
		 "1 0.000010000 vcpu0 rip=0x401010 gpa=0x9000 w8 | mov [rbx],rax | memory done | mem=0x0->0x1\n"
		 "2 0.000020000 vcpu0 rip=0x401000 gpa=0x9000 r8 | mov rax,[rbx] | memory done | mem=0x1\n",
		 ""},
		{"view -F seq,kind,old --from 199999 whole", 0, "199999\tstore\t0x1869f\n200000\tload\t0x186a0\n", ""},
		{"view --when new==5 -F seq,kind whole", 0, "0\tarmed\n9\tstore\n10\tload\n", ""},
		{"view --follow --count 1 whole", 0, "0 0.000000000 -- armed", ""},
		{"view --json -t w --count 2 -F seq,new whole", 0, "{\"seq\": 0}\n{\"seq\": 1, \"new\": \"0x1\"}\n",
		 ""},
		{"report --json whole", 0, "\"records\": 200001,", ""},
		{"report -t r whole", 0, "      100000           0           0           0  0x401000", ""},
		{"report whole", 0, "records                      200001", ""},
		{"heatmap whole", 0, "0x9000 |", ""},
		{"heatmap --by function --resol 5x5 whole", 0, "0x401010 |", ""},
		{"heatmap -o map.png whole", 0, "", ""},
		{"heatmap -o map.png whole", 3, "", "map.png: it exists; --force replaces it"},
		{"heatmap --force -o map.png whole", 0, "", ""},
		{"heatmap -o map.svg whole", 0, "", ""},
		{"diff whole whole", 0, "equal: 200000 accesses\n", ""},
		{"diff whole values", 1, "equal up to access 1999, where they differ: old 0x3e8 and 0x10000000", ""},
		{"diff --count 100 whole values", 0, "equal: 99 accesses\n", ""},
		{"diff --from 199000 whole values", 0, "equal: 1001 accesses\n", ""},
	};

	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void wrong_use(void)
{
	static const struct row rows[] = {
		{"view", 2, NULL, "no trace to read; see 'lodestore view --help'"},
		{"view whole whole", 2, NULL, "view reads one trace, not 'whole' too"},
		{"view nowhere", 3, NULL, "nowhere"},
		{"view .", 3, NULL, "."},
		{"view empty", 3, NULL, "empty"},
		{"view text", 3, NULL, "text"},
		{"view -", 3, NULL, "-"},
		{"view --frob whole", 2, NULL, "unknown option '--frob'; see 'lodestore view --help'"},
		{"view -F frob whole", 2, NULL, "no field 'frob'"},
		{"view -F", 2, NULL, "'-F' needs a value"},
		{"view --cpl 9 whole", 2, NULL, "--cpl: '9'"},
		{"view --when old= whole", 2, NULL, "column 4"},
		{"view --from x whole", 2, NULL, "--from: 'x' is not a number"},
		{"view --count -1 whole", 2, NULL, "--count: '-1' is not a number"},
		{"view --symbols nowhere whole", 3, NULL, "nowhere"},
		{"view --symbols whole whole", 3, NULL, "whole"},
		{"view --follow -", 2, NULL, "--follow needs a file"},
		{"report --top x whole", 2, NULL, "--top: 'x' is not a number"},
		{"report --top 0 whole", 2, NULL, "--top: '0' is none"},
		{"report --top 1M whole", 2, NULL, "--top: '1M' is too many"},
		{"heatmap --by frob whole", 2, NULL, "--by: 'frob' is not time or function"},
		{"heatmap --resol 5 whole", 2, NULL, "--resol: '5' is not WxH"},
		{"heatmap --resol 0x5 whole", 2, NULL, "--resol: '0x5'"},
		{"heatmap --resol 5x99999 whole", 2, NULL, "each 1 to 4096"},
		{"heatmap -o map.gif whole", 2, NULL, "ends neither with .png nor with .svg"},
		{"heatmap -o nowhere/map.png whole", 3, NULL, "nowhere/map.png: No such file or directory"},
		{"heatmap --force -o /dev/full.svg/x.svg whole", 3, NULL, "/dev/full.svg/x.svg"},
		{"verify --cpl 3 whole", 2, NULL, "it takes no conditions"},
		{"verify --from 3 whole", 2, NULL, "it takes no conditions"},
		{"verify", 2, NULL, "no trace to read"},
		{"diff whole", 2, NULL, "diff compares two traces, not 1"},
		{"diff - -", 2, NULL, "only one of the two can be standard input"},
		{"diff whole nowhere", 3, NULL, "nowhere"},
	};

	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* --- damage ----------------------------------------------------------------------------------- */

struct file {
	uint8_t *bytes;
	size_t size;
	size_t blocks[64]; /* where each begins */
	unsigned nblocks;
};

static void load_file(const char *path, struct file *f)
{
	struct stat st = {0};
	FILE *in = fopen(path, "r");
	size_t at = 0;
	struct block b;

	CHECK(in && fstat(fileno(in), &st) == 0);
	f->size = (size_t)st.st_size;
	f->bytes = malloc(f->size);
	CHECK_EQ(fread(f->bytes, 1, f->size, in), f->size);
	fclose(in);
	f->nblocks = 0;
	while (at + BLOCK_HEADER <= f->size && f->nblocks < 64 && block_get(f->bytes + at, &b) == BLOCK_OK) {
		f->blocks[f->nblocks++] = at;
		at += BLOCK_HEADER + b.stored;
	}
}

static void save(const char *path, const uint8_t *a, size_t na, const uint8_t *b, size_t nb, const uint8_t *c,
		 size_t nc)
{
	FILE *out = fopen(path, "w");

	CHECK(fwrite(a, 1, na, out) == na && fwrite(b, 1, nb, out) == nb && fwrite(c, 1, nc, out) == nc);
	fclose(out);
}

static void expect_violation(const char *what)
{
	const struct ran *ran = run("verify damaged");

	CHECK_AT(ran->status == 1 || ran->status == 3, "status %d", ran->status);
	CHECK_AT(strstr(ran->out, what) || strstr(ran->err, what), "not \"%s\" in: %s%s", what, ran->out, ran->err);
	CHECK(!strstr(ran->out, "verified: no violation"));
}

static void damage_is_named(void)
{
	struct file f;
	const uint8_t *b;
	size_t one, two, three, end;

	load_file("whole", &f);
	CHECK(f.nblocks >= 5); /* the head, frames, the foot */
	b = f.bytes;
	one = f.blocks[1], two = f.blocks[2], three = f.blocks[3], end = f.size;
	check_row = "two frames exchanged";
	save("damaged", b, one, b + two, three - two, b + one, two - one);
	expect_violation("frames are missing before this frame");
	check_row = "a frame taken out";
	save("damaged", b, one, b + two, end - two, b, 0);
	expect_violation("frames are missing before this frame");
	check_row = "a frame twice";
	save("damaged", b, two, b + one, end - one, b, 0);
	expect_violation("out of its order");
	check_row = "more after its end";
	save("damaged", b, end, (const uint8_t *)"x", 1, b, 0);
	expect_violation("it goes on after its end");
	for (size_t cut = end - 1; cut > 0; cut = cut > 4096 ? cut - end / 23 : cut / 2) {
		check_row = "cut off";
		save("damaged", b, cut, b, 0, b, 0);
		expect_violation("");
	}
	for (size_t at = 0; at < end; at += end / 31) {
		uint8_t *copy = malloc(end);

		check_row = "a bit turned over";
		memcpy(copy, b, end);
		copy[at] ^= 0x10;
		save("damaged", copy, end, b, 0, b, 0);
		expect_violation("");
		free(copy);
	}
	free(f.bytes);
}

static void what_a_whole_file_says_can_be_wrong(void)
{
	static const struct row rows[] = {
		{"verify values", 1,
		 "violation at record 2000: values: load at gpa 0x9005 finds 0x01, where record 1999 left 0x00", ""},
		{"verify counts", 1, "parts.done is 200001, but what became of them adds up to 200000", ""},
	};

	run_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void what_is_unfinished_is_read_with_a_warning(void)
{
	struct file f;

	load_file("whole", &f);
	save("damaged", f.bytes, f.blocks[f.nblocks - 1], f.bytes, 0, f.bytes, 0);
	free(f.bytes);
	run_rows((const struct row[]){{"view --from 200000 damaged", 0, "200000 2.",
				       "lodestore: trace damaged: after record 200000"},
				      {"report damaged", 0, "records                      200001", "lodestore: "},
				      {"verify damaged", 1, "NOT verified: 1 violation: file 1", ""}},
		 3);
}

static void prepare(void)
{
	CHECK(mkdtemp(directory) && chdir(directory) == 0);
	write_trace("whole", UINT32_MAX, ACCESSES);
	write_trace("values", 2000, ACCESSES);
	write_trace("counts", UINT32_MAX, ACCESSES + 1);
	close(open("empty", O_CREAT | O_WRONLY, 0600));
	save("text", (const uint8_t *)"hello, world, hello, world, hello, world, hello, world, hello, world, hello", 70,
	     (const uint8_t *)"", 0, (const uint8_t *)"", 0);
}

static void clean(void)
{
	static const char *const names[] = {"whole",   "values", "counts", "empty",   "text",
					    "damaged", "out",    "err",    "map.png", "map.svg"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	CHECK(chdir("/") == 0 && rmdir(directory) == 0);
}

CHECK_MAIN(CHECK_TEST(prepare), CHECK_TEST(verbs_on_a_whole_trace), CHECK_TEST(wrong_use), CHECK_TEST(damage_is_named),
	   CHECK_TEST(what_a_whole_file_says_can_be_wrong), CHECK_TEST(what_is_unfinished_is_read_with_a_warning),
	   CHECK_TEST(clean))
