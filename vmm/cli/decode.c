/* lodestore decode: what the decoder sees in bytes. */
#include "decoder/describe.h"
#include "vmm/cli/flags.h"
#include "vmm/cli/hex.h"
#include "vmm/cli/verbs.h"

#include <string.h>

#define BYTES_MAX 4096

/* What is to be decoded, and how. */
struct request {
	bool json, help;
	enum cpu_mode mode;
	size_t count;
	uint8_t bytes[BYTES_MAX];
};

static int mode_parse(const char *text, enum cpu_mode *out, struct error *e)
{
	static const char *const names[] = {[MODE_16] = "16", [MODE_32] = "32", [MODE_64] = "64"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum cpu_mode)i;
			return 0;
		}
	}
	return error_set(e, STATUS_USAGE, "--mode: '%.80s' is not 16, 32 or 64", text);
}

static int request_read(int argc, char **argv, struct request *r, struct error *e)
{
	const char *mode = "64";
	const struct flag flags[] = {{"json", &r->json, NULL}, {"mode", NULL, &mode}, {NULL, NULL, NULL}};
	int operands = flags_read(argc, argv, flags, &r->help, e);

	if (operands < 0 || mode_parse(mode, &r->mode, e) < 0)
		return -1;
	for (int i = operands; i < argc; i++) {
		if (hex_append(argv[i], r->bytes, BYTES_MAX, &r->count, e) < 0)
			return -1;
	}
	if (r->count == 0 && !r->help)
		return error_set(e, STATUS_USAGE, "no bytes to decode; see 'lodestore decode --help'");
	return 0;
}

static void print_help(void)
{
	puts("usage: lodestore decode [--mode 16|32|64] [--json] HEX...\n"
	     "\n"
	     "Say what the decoder sees in these bytes: each instruction's length and operands, each\n"
	     "access with size and direction, and how it would be executed. All HEX together are one\n"
	     "stream, as 488b03, 48 8b 03 or 0x48,0x8b,0x03; it is decoded to its end, or to the first\n"
	     "instruction that is refused (status 5).\n"
	     "\n"
	     "  --mode N  16, 32 or 64: the code segment's mode (default: 64)\n"
	     "  --json    one JSON object a line instead of text\n"
	     "  --help    print this");
}

/* One instruction after another. */
static int decode_all(struct decoder *d, const struct request *r, struct error *e)
{
	size_t at = 0;

	while (at < r->count) {
		int length = describe(d, r->bytes + at, r->count - at, r->mode, r->json, stdout);

		if (length < 0)
			return error_set(e, STATUS_HOST, "standard output: %s", strerror(-length));
		if (length == 0)
			return error_set(e, STATUS_UNSUPPORTED, "the instruction at byte %zu is refused", at);
		at += (size_t)length;
		if (at < r->count && !r->json)
			putchar('\n');
	}
	return 0;
}

int verb_decode(int argc, char **argv)
{
	struct request r = {.mode = MODE_64};
	struct decoder *d;
	struct error e;
	int err;

	if (request_read(argc, argv, &r, &e) < 0)
		return verb_fail(&e);
	if (r.help) {
		print_help();
		return STATUS_OK;
	}
	d = decoder_new();
	if (!d) {
		error_set(&e, STATUS_HOST, "the decoder cannot start");
		return verb_fail(&e);
	}
	err = decode_all(d, &r, &e);
	decoder_free(d);
	return err < 0 ? verb_fail(&e) : STATUS_OK;
}
