#include "vmm/control/show.h"

#include "tests/check.h"

#include <stdlib.h>

static const struct {
	const char *name, *reply, *text, *error;
} rows[] = {
	{"status",
	 "{\"ok\":true,\"command\":\"status\",\"state\":\"paused\",\"cpus\":4,\"seconds\":1.25,\"paused_seconds\":0.5}",
	 "paused, 4 vCPUs, 1.2 s, of these 0.5 s paused\n", ""},
	{"pause", "{\"ok\":true,\"command\":\"pause\",\"state\":\"paused\"}", "paused\n", ""},
	{"a range",
	 "{\"ok\":true,\"command\":\"list\",\"ranges\":[{\"range\":\"gpa:1+2\",\"keeper\":\"zero\",\"state\":\"kept\","
	 "\"gpa\":\"0x1\",\"size\":2,\"loads\":3,\"stores\":4}]}",
	 "gpa:1+2=zero at gpa 0x1, 2 bytes: 3 loads, 4 stores (kept)\n", ""},
	{"none", "{\"ok\":true,\"command\":\"list\",\"ranges\":[]}", "nothing is kept\n", ""},
	{"mark", "{\"ok\":true,\"command\":\"mark\",\"state\":\"running\"}", "", ""},
	{"refused", "{\"ok\":false,\"error\":\"no\"}", "", "no"},
	{"not for a terminal", "{\"ok\":false,\"error\":\"a\\u001b[2J\\nb\"}", "", "a?[2J?b"},
	{"nor in a list",
	 "{\"ok\":true,\"command\":\"list\",\"ranges\":[{\"range\":\"\\u001b\\u007fa\",\"keeper\":7,\"state\":null}]}",
	 "??a=7 (?)\n", ""},
	{"strange", "{\"ok\":true,\"command\":\"list\",\"ranges\":{\"a\":1},\"vcpus\":7}", "nothing is kept\n", ""},
	{"empty", "{}", "", "the answer is not one of lodestore's"},
	{"ok of a wrong type", "{\"ok\":1,\"error\":[]}", "", "the answer is not one of lodestore's"},
};

static void replies(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *reply = json_loads(rows[i].reply, 0, NULL);
		char *text = NULL, error[200];
		size_t size;
		FILE *out = open_memstream(&text, &size);

		check_row = rows[i].name;
		CHECK(reply);
		CHECK_EQ(show_reply(reply, out), !rows[i].error[0]);
		show_error(reply, error, sizeof(error));
		fclose(out);
		CHECK_STR(text, rows[i].text);
		CHECK_STR(error, rows[i].error);
		free(text);
		json_decref(reply);
	}
}

/* Members that are not there are question marks. */
static void half_a_vcpu(void)
{
	json_t *reply = json_loads("{\"ok\":true,\"vcpus\":[{\"vcpu\":1,\"rax\":\"0x7\",\"halted\":true},5]}", 0, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CHECK(show_reply(reply, out));
	fclose(out);
	CHECK(strstr(text, "vCPU 1, halted: rip=?, ? bits, CPL ?\n  rax=0x7"));
	CHECK(strstr(text, "vCPU ?: rip=?"));
	free(text);
	json_decref(reply);
}

CHECK_MAIN(CHECK_TEST(replies), CHECK_TEST(half_a_vcpu))
