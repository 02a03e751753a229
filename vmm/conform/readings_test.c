/* What Capstone reads otherwise is noted with its form, its cases, and what the CPU said. */
#include "vmm/conform/readings.h"

#include "tests/check.h"

#include <stdlib.h>

static char *written(const struct readings *r, struct decoder *d)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	readings_write(r, d, out);
	fclose(out);
	return text;
}

/* Decode these bytes and note them so often. */
static void note(struct readings *r, struct decoder *d, const uint8_t *bytes, unsigned n, bool same, bool different)
{
	struct insn insn;

	CHECK_EQ(decode(d, bytes, n, MODE_64, &insn), DECODE_OK);
	CHECK_EQ(readings_note(r, d, &insn, bytes, insn.length, same, different), 0);
}

static void what_differs_is_counted(void)
{
	static const uint8_t mov[] = {0x48, 0x8b, 0x03}, movdiri[] = {0x0f, 0x38, 0xf9, 0x13};
	static const uint8_t vaddps[] = {0x62, 0xa1, 0x74, 0x00, 0x58, 0x24, 0x4b}; /* [rbx+r9*2], vvvv 17 */
	struct decoder *d = decoder_new();
	struct readings *r = readings_new();
	char *text;

	note(r, d, mov, sizeof(mov), true, false);
	text = written(r, d);
	CHECK_STR(text, ""); /* both agree */
	free(text);
	note(r, d, movdiri, sizeof(movdiri), true, false);
	note(r, d, vaddps, sizeof(vaddps), true, false);
	note(r, d, vaddps, sizeof(vaddps), false, true);
	note(r, d, vaddps, sizeof(vaddps), false, false);
	text = written(r, d);
	CHECK_STR(text,
		  "# differs Capstone\tcannot read it\tlegacy\t0F38 F9\tmovdiri My,Gy\t1\t1\t0\t0f 38 f9 13\t"
		  "movdiri [rbx],edx\t(bad)\n"
		  "# differs Capstone\tanother address\tEVEX\t0F 58\tvaddps Vx,Hx,Wx\t3\t1\t1\t62 a1 74 00 58 24 4b\t"
		  "vaddps xmm20,xmm17,[rbx+r9*2]\tvaddps xmm20 ,xmm17,[rbx+xmm9*2]\n");
	free(text);
	readings_free(r);
	decoder_free(d);
}

/* VEX.R=0 with a mask register: neither reads it. */
static void what_both_refuse_has_no_form(void)
{
	static const uint8_t kmovw[] = {0xc4, 0x41, 0x78, 0x91, 0x14, 0x4b};
	struct decoder *d = decoder_new();
	struct readings *r = readings_new();
	struct insn insn;
	char *text;

	CHECK_EQ(decode(d, kmovw, sizeof(kmovw), MODE_64, &insn), DECODE_DISAGREE);
	CHECK_EQ(readings_note(r, d, NULL, kmovw, sizeof(kmovw), false, false), 0);
	text = written(r, d);
	CHECK_STR(text, "# differs Capstone\tcannot read it\t\t\t\t1\t0\t0\tc4 41 78 91 14 4b\t\t(bad)\n"
			"# differs Zydis\tcannot read it\t\t\t\t1\t0\t0\tc4 41 78 91 14 4b\t\t(bad)\n");
	free(text);
	readings_free(r);
	decoder_free(d);
}

static void each_decoder_has_its_words(void)
{
	static const uint8_t movdiri[] = {0x0f, 0x38, 0xf9, 0x13};
	struct decoder *d = decoder_new();
	char text[INSN_TEXT];

	CHECK_EQ(decode_text_of(d, OTHER_CAPSTONE, movdiri, sizeof(movdiri), MODE_64, text), 0);
	CHECK_STR(text, "(bad)");
	CHECK_EQ(decode_text_of(d, OTHER_ZYDIS, movdiri, sizeof(movdiri), MODE_64, text), sizeof(movdiri));
	CHECK_STR(text, "movdiri [rbx], edx");
	decoder_free(d);
}

CHECK_MAIN(CHECK_TEST(what_differs_is_counted), CHECK_TEST(what_both_refuse_has_no_form),
	   CHECK_TEST(each_decoder_has_its_words))
