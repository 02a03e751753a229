/*
 * catalog_fuzz.c: any text as a keeper's spec. What parses is used and freed;
 * what does not must have written why.
 */
#include "capmodel/catalog.h"

#include <stdlib.h>
#include <string.h>

static void use(struct keeper *k)
{
	static const struct transaction t = {.id = 1};

	for (int op = ACCESS_LOAD; op <= ACCESS_RMW; op++) {
		struct access a = {.op = (enum access_op)op, .size = 8, .offset = 8, .after = {1}};
		struct capability who;
		struct answer answer;

		if (ask_admit(cap_entry(k, RIGHTS_ALL, 0), &t, &a, &answer, &who) != VERDICT_DONE)
			continue;
		if (op != ACCESS_STORE)
			ask_load(who, &t, &a);
		if (op != ACCESS_LOAD)
			ask_store(who, &t, &a);
		ask_complete(who, &t, &a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	uint8_t bytes[64] = {0};
	char error[KEEPER_ERROR] = "", *spec = malloc(size + 1);
	struct keeper_env env = {.bytes = bytes, .size = sizeof(bytes), .log = fopen("/dev/null", "w")};
	struct keeper *k;

	if (!spec || !env.log)
		abort();
	memcpy(spec, input, size);
	spec[size] = '\0';
	k = keeper_parse(spec, &env, error);
	if (k && strcmp(k->spec, spec) != 0)
		abort();
	if (!k && !memchr(error, '\0', KEEPER_ERROR))
		abort();
	if (!k && !*error)
		abort();
	if (k)
		use(k);
	keeper_free(k);
	fclose(env.log);
	free(spec);
	return 0;
}
