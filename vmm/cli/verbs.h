/*
 * verbs.h: what lodestore can be told to do. Each verb is one file of its name.
 *
 * A verb is called with argv[0] its own name and gives lodestore's exit status; it
 * has printed its errors. `lodestore VERB --help` describes it.
 */
#ifndef VMM_CLI_VERBS_H
#define VMM_CLI_VERBS_H

#include "vmm/error.h"

#define LODESTORE_VERSION "0.1"

struct verb {
	const char *name;
	const char *summary; /* one line */
	int (*run)(int argc, char **argv);
};

/* All verbs, closed by a row with a NULL name. */
const struct verb *verb_table(void);

int verb_run(int argc, char **argv);
int verb_trace(int argc, char **argv);
int verb_export(int argc, char **argv);
int verb_replay(int argc, char **argv);
int verb_mark(int argc, char **argv);
int verb_ctl(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_decode(int argc, char **argv);
int verb_bench(int argc, char **argv);
int verb_conform(int argc, char **argv);
int verb_view(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_heatmap(int argc, char **argv);
int verb_diff(int argc, char **argv);

/* "lodestore: <text>" on standard error; the status. */
int verb_fail(const struct error *e);

#endif
