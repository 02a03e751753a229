#include "decoder/describe.h"

#include "decoder/fields.h"
#include "decoder/symbolic.h"
#include "decoder/table.h"
#include "decoder/text.h"

#include <errno.h>
#include <string.h>

/* What is described: the bytes, what decode() said, and what could be read all the same. */
struct description {
	const uint8_t *bytes;
	size_t n;
	enum cpu_mode mode;
	enum decode_status status;
	struct insn insn; /* complete if status is DECODE_OK */
	bool has_fields;
	struct insn_fields fields;
	char text[INSN_TEXT];
};

static const char *use_name(enum mem_use use)
{
	switch (use) {
	case MEM_NONE:
		return "none";
	case MEM_READ:
		return "read";
	case MEM_WRITE:
		return "write";
	case MEM_READ_WRITE:
		return "read-write";
	}
	return "?";
}

const char *describe_execution(enum execution exec)
{
	switch (exec) {
	case EXEC_STUB:
		return "native stub: on the host CPU, with the operand on a scratch slot";
	case EXEC_PUSH:
		return "handler push";
	case EXEC_POP:
		return "handler pop";
	case EXEC_CALL:
		return "handler call";
	case EXEC_JMP:
		return "handler jmp";
	case EXEC_RET:
		return "handler ret";
	case EXEC_LEAVE:
		return "handler leave";
	case EXEC_STRING:
		return "handler string: one element at a time";
	case EXEC_SEGMENT:
		return "handler segment: a selector, never the host's";
	case EXEC_PORT:
		return "handler port: one element between a port and memory";
	case EXEC_ENTER:
		return "handler enter";
	case EXEC_XLAT:
		return "handler xlat";
	case EXEC_MASKMOV:
		return "native stub, the operand at rdi";
	case EXEC_COPY64:
		return "handler movdir64b";
	case EXEC_FLUSH:
		return "checked, nothing to carry out";
	case EXEC_GATHER:
		return "handler gather: element by element";
	case EXEC_SCATTER:
		return "handler scatter: element by element";
	case EXEC_STEP:
		return "private step: one instruction against the keeper's bytes";
	case EXEC_NONE:
		return "nothing to carry out: it touches no memory";
	}
	return "?";
}

static const char *refusal(enum decode_status status)
{
	switch (status) {
	case DECODE_OK:
		return "";
	case DECODE_TRUNCATED:
		return "the bytes end inside the instruction";
	case DECODE_INVALID:
		return "the CPU raises an exception at these bytes";
	case DECODE_TOO_LONG:
		return "more than 15 bytes: the CPU raises #GP";
	case DECODE_UNKNOWN:
		return "the closed table has no row for this form";
	case DECODE_DISAGREE:
		return "Capstone and Zydis both differ from the encoding on length or operand";
	}
	return "?";
}

static const char *encoding_name(enum encoding encoding)
{
	switch (encoding) {
	case ENC_LEGACY:
		return "legacy";
	case ENC_VEX:
		return "VEX";
	case ENC_EVEX:
		return "EVEX";
	}
	return "?";
}

static const char *map_name(enum opcode_map map)
{
	switch (map) {
	case MAP_0:
		return "one-byte";
	case MAP_0F:
		return "0f";
	case MAP_0F38:
		return "0f38";
	case MAP_0F3A:
		return "0f3a";
	case MAP_5:
		return "5";
	case MAP_6:
		return "6";
	}
	return "?";
}

static const char *prefix_name(enum opcode_prefix prefix)
{
	switch (prefix) {
	case PFX_NONE:
		return "none";
	case PFX_66:
		return "66";
	case PFX_F3:
		return "f3";
	case PFX_F2:
		return "f2";
	}
	return "?";
}

static void print_hex(const uint8_t *bytes, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%02x", bytes[i]);
}

static void text_encoding(const struct insn_fields *f, FILE *out)
{
	fprintf(out, "encoding   %s, map %s, prefix %s, opcode %02x", encoding_name(f->encoding), map_name(f->map),
		prefix_name(f->prefix), f->opcode);
	if (f->rex)
		fprintf(out, ", %s%s%s%s%s", f->encoding == ENC_LEGACY ? "rex" : "bits", f->rex & 8 ? ".w" : "",
			f->rex & 4 ? ".r" : "", f->rex & 2 ? ".x" : "", f->rex & 1 ? ".b" : "");
	if (f->vector_len)
		fprintf(out, ", vector %u bytes, vvvv %u", f->vector_len, f->vvvv);
	if (f->mask)
		fprintf(out, ", mask k%u%s", f->mask, f->zeroing ? " zeroing" : "");
	if (f->broadcast)
		fprintf(out, ", broadcast");
	if (f->has_modrm)
		fprintf(out, ", modrm %02x at %u", f->modrm, f->modrm_at);
	if (f->has_sib)
		fprintf(out, ", sib %02x", f->sib);
	if (f->disp_size)
		fprintf(out, ", disp %u bytes at %u", f->disp_size, f->disp_at);
	if (f->imm_size)
		fprintf(out, ", imm %u bytes at %u", f->imm_size, f->imm_at);
	fputc('\n', out);
}

static void text_accesses(const struct insn *insn, FILE *out)
{
	struct symbolic_access accesses[SYMBOLIC_MAX];
	unsigned n = symbolic_accesses(insn, accesses);

	for (unsigned i = 0; i < n; i++) {
		fprintf(out, "access     %s %s, %u byte%s, %s%s%s\n", accesses[i].role, accesses[i].address,
			accesses[i].size, accesses[i].size == 1 ? "" : "s", use_name(accesses[i].use),
			accesses[i].locked ? ", locked" : "",
			insn->flags & INSN_ALIGNED && !strcmp(accesses[i].role, "operand") ? ", must be aligned" : "");
		if (accesses[i].note[0])
			fprintf(out, "           %s\n", accesses[i].note);
	}
	if ((insn->exec == EXEC_STRING || insn->exec == EXEC_PORT) && (insn->fields.rep || insn->fields.repne))
		fprintf(out, "           repeated by %s; none if it is 0\n",
			text_gpr(GPR_RCX, insn->mem.addr_size, true));
	if (n == 0)
		fprintf(out, "access     none\n");
}

static void as_text(const struct description *what, FILE *out)
{
	bool ok = what->status == DECODE_OK;

	fprintf(out, "text       %s\n", what->text);
	fprintf(out, "bytes      ");
	print_hex(what->bytes, ok ? what->insn.length : what->n, out);
	if (ok)
		fprintf(out, ", length %u", what->insn.length);
	fputc('\n', out);
	if (what->has_fields)
		text_encoding(&what->fields, out);
	if (!ok) {
		fprintf(out, "refused    %s: %s\n", decode_status_name(what->status), refusal(what->status));
		return;
	}
	fprintf(out, "form       %s, operand size %u\n", table_row(what->insn.row)->name, what->insn.op_size);
	text_accesses(&what->insn, out);
	fprintf(out, "execution  %s%s\n", describe_execution(what->insn.exec),
		what->insn.flags & INSN_VECTOR ? ", with vector state" : "");
}

/* Text in quotes. Ours has no control characters; a quote or backslash is escaped all the same. */
static void json_string(const char *key, const char *value, FILE *out)
{
	fprintf(out, "\"%s\":\"", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

static void json_encoding(const struct insn_fields *f, FILE *out)
{
	fprintf(out, ",\"encoding\":{\"kind\":\"%s\",\"map\":\"%s\",\"prefix\":\"%s\",\"opcode\":%u,\"rex\":%u",
		encoding_name(f->encoding), map_name(f->map), prefix_name(f->prefix), f->opcode, f->rex);
	fprintf(out, ",\"vvvv\":%u,\"vector_bytes\":%u,\"prefix_bytes\":%u", f->vvvv, f->vector_len, f->prefix_size);
	if (f->encoding == ENC_EVEX)
		fprintf(out, ",\"mask\":%u,\"zeroing\":%s,\"broadcast\":%s", f->mask, f->zeroing ? "true" : "false",
			f->broadcast ? "true" : "false");
	if (f->has_modrm)
		fprintf(out, ",\"modrm\":%u,\"modrm_at\":%u", f->modrm, f->modrm_at);
	if (f->has_sib)
		fprintf(out, ",\"sib\":%u", f->sib);
	fprintf(out, ",\"disp_at\":%u,\"disp_bytes\":%u,\"imm_at\":%u,\"imm_bytes\":%u}", f->disp_at, f->disp_size,
		f->imm_at, f->imm_size);
}

static void json_accesses(const struct insn *insn, FILE *out)
{
	struct symbolic_access accesses[SYMBOLIC_MAX];
	unsigned n = symbolic_accesses(insn, accesses);

	fprintf(out, ",\"accesses\":[");
	for (unsigned i = 0; i < n; i++) {
		fprintf(out, "%s{", i ? "," : "");
		json_string("role", accesses[i].role, out);
		fputc(',', out);
		json_string("address", accesses[i].address, out);
		fprintf(out, ",\"size\":%u,\"use\":\"%s\",\"locked\":%s", accesses[i].size, use_name(accesses[i].use),
			accesses[i].locked ? "true" : "false");
		if (accesses[i].note[0]) {
			fputc(',', out);
			json_string("note", accesses[i].note, out);
		}
		fputc('}', out);
	}
	fprintf(out, "]");
}

static void as_json(const struct description *what, FILE *out)
{
	bool ok = what->status == DECODE_OK;

	fprintf(out, "{\"status\":\"%s\",\"mode\":%u,\"bytes\":\"", decode_status_name(what->status),
		16u << what->mode);
	print_hex(what->bytes, ok ? what->insn.length : what->n, out);
	fprintf(out, "\",");
	json_string("text", what->text, out);
	if (what->has_fields)
		json_encoding(&what->fields, out);
	if (!ok) {
		fputc(',', out);
		json_string("refused", refusal(what->status), out);
	} else {
		fprintf(out, ",\"length\":%u,", what->insn.length);
		json_string("form", table_row(what->insn.row)->name, out);
		fprintf(out, ",\"operand_size\":%u,\"aligned\":%s", what->insn.op_size,
			what->insn.flags & INSN_ALIGNED ? "true" : "false");
		json_accesses(&what->insn, out);
		fputc(',', out);
		json_string("execution", describe_execution(what->insn.exec), out);
	}
	fprintf(out, "}\n");
}

int describe(struct decoder *d, const uint8_t *bytes, size_t n, enum cpu_mode mode, bool json, FILE *out)
{
	struct description what = {.bytes = bytes, .n = n < INSN_MAX ? n : INSN_MAX, .mode = mode};

	what.status = decode(d, bytes, n, mode, &what.insn);
	decode_text(d, bytes, n, mode, what.text);
	what.has_fields = fields_read(bytes, n, mode, &what.fields) == FIELDS_OK;
	if (what.status == DECODE_OK) {
		what.fields = what.insn.fields;
		memcpy(what.text, what.insn.text, sizeof(what.text));
	} else {
		what.fields.imm_at = 0; /* a form without a row: its immediate is not known */
	}
	if (json)
		as_json(&what, out);
	else
		as_text(&what, out);
	if (fflush(out) != 0 || ferror(out))
		return -EIO;
	return what.status == DECODE_OK ? what.insn.length : 0;
}
