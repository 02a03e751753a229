/* docs/conformance.md from two small tables: sizes of one form are one line, reasons are groups. */
#include "vmm/conform/conform.h"

#include "tests/check.h"
#include "vmm/conform/forms.h"

#include <stdlib.h>
#include <unistd.h>

#define FIGURES                                                                                                        \
	"# what the table\n# judged 7\n# undecoded 0\n# host a CPU\n# seconds 3\n# mnemonics 2\n# forms 3\n"           \
	"# encodings 4\n# cases 7\n# faults 1\n# mismatches 0\n# refused 2\n# skipped 3\n# known 0\n"                  \
	"# forms-refused 0\n# forms-skipped 1\n"

#define UNREAD(form) "# differs Capstone\tcannot read it\tEVEX\t66 0F 6F\t" form "\t3\t2\t0\t62 f1\tours\t(bad)\n"

static const char process[] =
	"# harness in-process\n" FIGURES "# reading Capstone | legacy | agrees | 5\n" UNREAD("vmovdqa32 Vx,Wx")
		UNREAD("vmovdqa64 Vx,Wx") "# differs Zydis\tanother address\tVEX\t66 0F 10\tvmovupd Vx,Wx\t1\t1\t0\tc5 "
					  "f9\tours\ttheirs\n"
					  "# reason 4\tit is another CPU\n"
					  "legacy\t89\tmov\tmov Ev,Gv\t2\t2\tnative stub: so\t3\t4\t1\t0\t0\t0\t\n"
					  "legacy\t89\tmov\tmov Ev,Gv\t4\t4\tnative stub: so\t2\t5\t0\t0\t0\t1\tthis "
					  "CPU does not have it\n"
					  "legacy\tFF /3\tlcall\tlcall Mp\t4\t6\tprivate step: "
					  "so\t1\t0\t0\t0\t0\t3\tit is for the private "
					  "step: compared by tests of its own\n";

static const char vm[] = "# harness in a VM at CPL 3\n" FIGURES UNREAD(
	"vmovdqa32 Vx,Wx") "legacy\t89\tmov\tmov Ev,Gv\t2\t2\tnative stub: so\t1\t6\t0\t0\t0\t0\t\n"
			   "legacy\tFF /3\tlcall\tlcall Mp\t4\t6\tprivate step: so\t1\t2\t0\t0\t5\t0\trip 0x1: no "
			   "handler carries out "
			   "\"lcall [rax]\"\n";

/* A file with this text; its name in path. */
static void put(const char *text, char path[32])
{
	int fd;

	snprintf(path, 32, "/tmp/markdown-XXXXXX");
	fd = mkstemp(path);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The document of so many tables, or the error; to be freed. */
static char *make(const char *const *texts, int count, bool *failed)
{
	char paths[2][32], *names[2], *document = NULL;
	struct error e = {0};
	size_t size;
	FILE *out = open_memstream(&document, &size);

	for (int i = 0; i < count; i++) {
		put(texts[i], paths[i]);
		names[i] = paths[i];
	}
	*failed = conform_markdown(count, names, out, &e) < 0;
	fclose(out);
	for (int i = 0; i < count; i++)
		unlink(paths[i]);
	if (*failed) {
		free(document);
		document = strdup(e.text);
	}
	return document;
}

static void what_belongs_together_is_one(void)
{
	static const char *const wanted[] = {
		"| legacy | 89 | mov Ev,Gv | 2, 4 | native stub | 5 | 9 | 1 | 6 | 0 | 0 |\n",
		"| native stub | 1 | 5 | 1 | 9 | 1 | 6 | 0 |\n",
		"### 1 form: in a process private step, for which a process has no vCPU; in a VM private step, which",
		"| legacy | FF /3 | lcall Mp | 4 | private step | 0 | 0 | 2 | 5 |\n",
		"Together 14 cases, and 2 mnemonics",
		"- run 1, 4 cases: it is another CPU\n",
		"- run 1, 2: a CPU\n",
		"Capstone agreed with the table on 5, Zydis on 0.",
		"| Capstone | cannot read it | EVEX | 2 | 9 | 6 | 0 |\n",
		"Capstone cannot read, EVEX:\n66 0F 6F `vmovdqa32 Vx,Wx`;\n66 0F 6F `vmovdqa64 Vx,Wx`.\n",
		"| Zydis | another address | VEX | 66 0F 10 | vmovupd Vx,Wx | 1 | 1 | c5 f9 | ours | theirs |\n",
	};
	const char *const tables[] = {process, vm};
	bool failed;
	char *document = make(tables, 2, &failed);

	CHECK(!failed);
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		check_row = wanted[i];
		CHECK(strstr(document, wanted[i]));
	}
	check_row = "mov has no gap";
	CHECK(!strstr(document, "does not have it"));
	free(document);
}

static void a_broken_table_is_told(void)
{
	static const struct {
		const char *name, *text, *told;
	} rows[] = {
		{"nothing", "", "no figure \"harness\""},
		{"a figure is missing", "# harness in-process\n", "no figure \"what\""},
		{"fields are missing", "# harness in-process\nlegacy\t89\tmov\n",
		 "not 14 fields in the line of \"legacy"},
		{"fields of a reading", "# harness in-process\n" FIGURES "# differs Zydis\tno\n",
		 "not 11 fields in \"# differs Zydis"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool failed;
		char *told = make(&rows[i].text, 1, &failed);

		check_row = rows[i].name;
		CHECK(failed && strstr(told, rows[i].told));
		free(told);
	}
}

CHECK_MAIN(CHECK_TEST(what_belongs_together_is_one), CHECK_TEST(a_broken_table_is_told))
