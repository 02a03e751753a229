/* main.c: lodestore VERB [options] ... */
#include "vmm/cli/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_usage(FILE *out)
{
	fputs("usage: lodestore VERB [options] ...\n"
	      "\n"
	      "A load/store virtualizer: any page of guest memory can be an object that answers\n"
	      "each load and each store.\n"
	      "\n",
	      out);
	for (const struct verb *v = verb_table(); v->name; v++)
		fprintf(out, "  %-10s %s\n", v->name, v->summary);
	fputs("  help       print this, or the help of a verb\n"
	      "\n"
	      "lodestore VERB --help describes a verb, lodestore --version the program. See lodestore(1).\n",
	      out);
}

static const struct verb *verb_find(const char *name)
{
	for (const struct verb *v = verb_table(); v->name; v++) {
		if (strcmp(v->name, name) == 0)
			return v;
	}
	return NULL;
}

static int unknown_verb(const char *name)
{
	struct error e;

	error_set(&e, STATUS_USAGE, "unknown %s '%.100s'; see 'lodestore --help'", name[0] == '-' ? "option" : "verb",
		  name);
	return verb_fail(&e);
}

/* lodestore help [VERB] */
static int help(int argc, char **argv)
{
	char flag[] = "--help";
	const struct verb *verb;

	if (argc < 2) {
		print_usage(stdout);
		return STATUS_OK;
	}
	verb = verb_find(argv[1]);
	return verb ? verb->run(2, (char *[]){argv[1], flag, NULL}) : unknown_verb(argv[1]);
}

static int dispatch(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		print_usage(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0) {
		puts("lodestore " LODESTORE_VERSION);
		return STATUS_OK;
	}
	verb = verb_find(argv[1]);
	return verb ? verb->run(argc - 1, argv + 1) : unknown_verb(argv[1]);
}

/* Where a standard descriptor is closed, the next file opened (guest memory) would get its number, and what is printed.
 */
static int fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY); /* 1 and 2: what is written there fails, as it should */
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
	struct error e;
	int status;

	if (fill_standard_descriptors() < 0) {
		error_set(&e, STATUS_HOST, "/dev/null: %s", strerror(errno));
		return verb_fail(&e);
	}
	status = dispatch(argc, argv);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == STATUS_OK) {
		error_set(&e, STATUS_HOST, "standard output: %s", strerror(errno));
		return verb_fail(&e);
	}
	return status;
}
