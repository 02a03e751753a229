/*
 * Bytes as lines of the control socket, from one end to the other: whatever is sent gets one line of JSON, and a
 * monitor stays whole. And the other way round: what a server may send is shown without a byte that a terminal would
 * obey.
 */
#include "vmm/control/monitor.h"
#include "vmm/control/show.h"

#include "tests/control_fake.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void show(const json_t *reply)
{
	char *text = NULL, error[64];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)show_reply(reply, out);
	fclose(out);
	show_error(reply, error, sizeof(error));
	for (size_t i = 0; i < size; i++)
		require(text[i] == '\n' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
	for (const char *c = error; *c; c++)
		require((unsigned char)*c >= ' ' && *c != 0x7f);
	free(text);
}

static void answer(struct monitor *m, const char *line, size_t size)
{
	char *reply = monitor_line(m, line, size);
	json_t *object;

	require(reply != NULL);
	require(strchr(reply, '\n') == reply + strlen(reply) - 1);
	object = json_loads(reply, JSON_REJECT_DUPLICATES, NULL);
	require(json_is_object(object) && json_is_boolean(json_object_get(object, "ok")));
	show(object);
	json_decref(object);
	free(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes, *end = text + size;
	struct fake fake;
	struct monitor *m = fake_monitor(&fake);
	json_t *object = json_loadb(text, size, 0, NULL);

	if (object)
		show(object);
	json_decref(object);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		answer(m, text, (size_t)(stop - text));
		text = stop + 1;
	}
	monitor_end(m);
	require(fake.held == 0 && !fake.broken);
	monitor_free(m);
	return 0;
}
