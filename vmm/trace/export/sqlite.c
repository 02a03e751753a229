/*
 * sqlite.c: a database: accesses and markers, each instruction and keeper once, indices and views.
 *
 * Source: SQLite, "C-language Interface Specification".
 */
#include "capmodel/keeper.h"
#include "vmm/trace/export/format.h"
#include "vmm/trace/export/sqlite_schema.h"

#include <sqlite3.h>
#include <string.h>

#define NAME_MAX_BYTES 512
#define KNOWN 4096 /* instructions whose ids are remembered; others are looked up */

enum statement {
	ADD_HEAD,
	ADD_COUNTER,
	ADD_KEEPER,
	FIND_KEEPER,
	ADD_INSN,
	FIND_INSN,
	ADD_ACCESS,
	ADD_MARKER,
	ADD_OBJECT,
	EACH_LINEAR,
	STATEMENTS
};

static const char *const statements[STATEMENTS] = {
	[ADD_HEAD] = "INSERT INTO head VALUES(?,?)",
	[ADD_COUNTER] = "INSERT INTO counters VALUES(?,?)",
	[ADD_KEEPER] = "INSERT INTO keepers(name) VALUES(?)",
	[FIND_KEEPER] = "SELECT id FROM keepers WHERE name=?",
	[ADD_INSN] = "INSERT INTO instructions(rip,code,bits,text,function) VALUES(?,?,?,?,?)",
	[FIND_INSN] = "SELECT id FROM instructions WHERE rip=? AND code=? AND bits=?",
	[ADD_ACCESS] = "INSERT INTO accesses VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[ADD_MARKER] = "INSERT INTO markers VALUES(?,?,?,?,?,?,?,?)",
	[ADD_OBJECT] = "INSERT INTO objects VALUES(?,?)",
	[EACH_LINEAR] = "SELECT DISTINCT linear FROM accesses WHERE linear IS NOT NULL",
};

struct known {
	uint64_t rip;
	uint8_t code[TRACE_CODE_MAX], code_size, bits;
	sqlite3_int64 id; /* 0: none */
};

struct sqlite {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	char keeper[NAME_MAX_BYTES]; /* the last one looked up */
	sqlite3_int64 keeper_id; /* 0: none */
	struct known known[KNOWN];
};

static int failed(struct export *x, struct error *e)
{
	struct sqlite *s = x->state;

	return error_set(e, STATUS_HOST, "sqlite: %s", s->db ? sqlite3_errmsg(s->db) : "out of memory");
}

static int execute(struct export *x, const char *sql, struct error *e)
{
	struct sqlite *s = x->state;

	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(x, e);
}

/* Run a statement that gives no row, and make it ready for the next time. */
static int run(struct export *x, enum statement which, struct error *e)
{
	struct sqlite *s = x->state;
	int status = sqlite3_step(s->statements[which]);

	sqlite3_reset(s->statements[which]);
	sqlite3_clear_bindings(s->statements[which]);
	return status == SQLITE_DONE ? 0 : failed(x, e);
}

/* The number in the row that a statement finds: 1 with *id set, 0: no row, -1 with *e filled. */
static int find(struct export *x, enum statement which, sqlite3_int64 *id, struct error *e)
{
	struct sqlite *s = x->state;
	int status = sqlite3_step(s->statements[which]);

	if (status == SQLITE_ROW)
		*id = sqlite3_column_int64(s->statements[which], 0);
	sqlite3_reset(s->statements[which]);
	if (status == SQLITE_ROW || status == SQLITE_DONE)
		return status == SQLITE_ROW;
	return failed(x, e);
}

static void bind_number(sqlite3_stmt *s, int at, uint64_t value)
{
	sqlite3_bind_int64(s, at, (sqlite3_int64)value);
}

/* NULL is NULL. */
static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	char clean[NAME_MAX_BYTES];

	if (!text)
		return;
	export_clean_text(text, clean, sizeof(clean));
	sqlite3_bind_text(s, at, clean, -1, SQLITE_TRANSIENT);
}

static int put_head(struct export *x, struct error *e)
{
	struct sqlite *s = x->state;
	struct trace_field field;

	for (unsigned i = 0; x->options->reader && trace_reader_head(x->options->reader, i, &field); i++) {
		bind_text(s->statements[ADD_HEAD], 1, field.name);
		bind_text(s->statements[ADD_HEAD], 2, field.value);
		if (run(x, ADD_HEAD, e) < 0)
			return -1;
	}
	return 0;
}

static int open(struct export *x, struct error *e)
{
	struct sqlite *s = x->state;

	if (sqlite3_open_v2(x->result.path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return failed(x, e);
	if (execute(x, sqlite_settings, e) < 0 || execute(x, sqlite_tables, e) < 0)
		return -1;
	for (unsigned i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL) !=
		    SQLITE_OK)
			return failed(x, e);
	return put_head(x, e);
}

/* The id of r's keeper; 0: it names none; -1 with *e filled. */
static sqlite3_int64 keeper_of(struct export *x, const struct trace_record *r, struct error *e)
{
	struct sqlite *s = x->state;
	int found;

	if (!r->keeper)
		return 0;
	if (s->keeper_id && strncmp(s->keeper, r->keeper, sizeof(s->keeper)) == 0)
		return s->keeper_id;
	bind_text(s->statements[FIND_KEEPER], 1, r->keeper);
	found = find(x, FIND_KEEPER, &s->keeper_id, e);
	if (found == 0) {
		bind_text(s->statements[ADD_KEEPER], 1, r->keeper);
		found = run(x, ADD_KEEPER, e);
		s->keeper_id = sqlite3_last_insert_rowid(s->db);
	}
	if (found < 0)
		return -1;
	snprintf(s->keeper, sizeof(s->keeper), "%s", r->keeper);
	return s->keeper_id;
}

static void bind_instruction(sqlite3_stmt *s, const struct trace_record *r)
{
	bind_number(s, 1, r->rip);
	sqlite3_bind_blob(s, 2, r->code, r->code_size, SQLITE_TRANSIENT);
	bind_number(s, 3, r->bits);
}

static int add_instruction(struct export *x, const struct trace_record *r, sqlite3_int64 *id, struct error *e)
{
	struct sqlite *s = x->state;
	char text[INSN_TEXT] = "";

	bind_instruction(s->statements[ADD_INSN], r);
	if (x->decoder && r->code_size > 0) {
		decode_text(x->decoder, r->code, r->code_size, export_mode(r), text);
		bind_text(s->statements[ADD_INSN], 4, text);
	}
	bind_text(s->statements[ADD_INSN], 5, export_function(x, r));
	if (run(x, ADD_INSN, e) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

/* The id of r's instruction, -1 with *e filled. */
static sqlite3_int64 instruction_of(struct export *x, const struct trace_record *r, struct error *e)
{
	struct sqlite *s = x->state;
	struct known *known = &s->known[(r->rip ^ r->rip >> 12) % KNOWN];
	struct known wanted = {.rip = r->rip, .code_size = r->code_size, .bits = r->bits};
	int found;

	memcpy(wanted.code, r->code, r->code_size);
	if (known->id && known->rip == r->rip && known->code_size == r->code_size && known->bits == r->bits &&
	    memcmp(known->code, r->code, r->code_size) == 0)
		return known->id;
	bind_instruction(s->statements[FIND_INSN], r);
	found = find(x, FIND_INSN, &wanted.id, e);
	if (found < 0 || (found == 0 && add_instruction(x, r, &wanted.id, e) < 0))
		return -1;
	*known = wanted;
	return wanted.id;
}

/* NULL where it is not known. */
static void bind_value(sqlite3_stmt *s, int at, const struct trace_record *r, enum trace_flag known,
		       const uint8_t *bytes)
{
	uint64_t value = 0;

	if (!(r->flags & known))
		return;
	if (r->size > sizeof(value)) {
		sqlite3_bind_blob(s, at, bytes, r->size, SQLITE_TRANSIENT);
		return;
	}
	memcpy(&value, bytes, r->size);
	bind_number(s, at, value);
}

static int put_access(struct export *x, const struct trace_record *r, struct error *e)
{
	struct sqlite *s = x->state;
	sqlite3_stmt *add = s->statements[ADD_ACCESS];
	sqlite3_int64 keeper = keeper_of(x, r, e), instruction = instruction_of(x, r, e);
	const uint64_t numbers[] = {r->size, r->part, r->parts, r->repetition, (uint64_t)instruction};
	char flags[EXPORT_FLAGS_TEXT];

	if (keeper < 0 || instruction < 0)
		return -1;
	bind_number(add, 1, r->sequence);
	bind_number(add, 2, r->tsc);
	bind_number(add, 3, r->vcpu);
	sqlite3_bind_text(add, 4, trace_kind_name(r->kind), -1, SQLITE_STATIC);
	for (int i = 0; i < 5; i++)
		bind_number(add, 5 + i, numbers[i]);
	if (!(r->flags & TRACE_PHYSICAL))
		bind_number(add, 10, r->linear);
	bind_number(add, 11, r->gpa);
	bind_value(add, 12, r, TRACE_BEFORE, r->before);
	bind_value(add, 13, r, TRACE_AFTER, r->after);
	bind_number(add, 14, r->cpl);
	bind_number(add, 15, r->cr3);
	bind_number(add, 16, r->badge);
	if (keeper > 0)
		bind_number(add, 17, (uint64_t)keeper);
	sqlite3_bind_text(add, 18, verdict_name((enum verdict)r->verdict), -1, SQLITE_STATIC);
	export_flags_text(r->flags, flags);
	bind_text(add, 19, flags);
	return run(x, ADD_ACCESS, e);
}

static int put_marker(struct export *x, const struct trace_record *r, struct error *e)
{
	struct sqlite *s = x->state;
	sqlite3_stmt *add = s->statements[ADD_MARKER];

	bind_number(add, 1, r->sequence);
	bind_number(add, 2, r->tsc);
	bind_number(add, 3, r->vcpu);
	sqlite3_bind_text(add, 4, trace_kind_name(r->kind), -1, SQLITE_STATIC);
	bind_number(add, 5, r->gpa);
	bind_number(add, 6, r->count);
	bind_text(add, 7, r->text);
	if (r->bytes)
		sqlite3_bind_blob64(add, 8, r->bytes, r->nbytes, SQLITE_TRANSIENT);
	return run(x, ADD_MARKER, e);
}

static int record(struct export *x, const struct trace_record *r, struct error *e)
{
	return trace_is_access(r->kind) ? put_access(x, r, e) : put_marker(x, r, e);
}

static int put_counters(struct export *x, struct error *e)
{
	struct sqlite *s = x->state;
	struct trace_counter counter;

	for (unsigned i = 0; x->options->reader && trace_reader_foot(x->options->reader, i, &counter); i++) {
		bind_text(s->statements[ADD_COUNTER], 1, counter.name);
		bind_number(s->statements[ADD_COUNTER], 2, counter.value);
		if (run(x, ADD_COUNTER, e) < 0)
			return -1;
	}
	return 0;
}

/* Each address once, by the index of them. */
static int put_objects(struct export *x, struct error *e)
{
	struct sqlite *s = x->state;
	sqlite3_stmt *each = s->statements[EACH_LINEAR];
	char text[PLACE_TEXT];
	int status;

	while ((status = sqlite3_step(each)) == SQLITE_ROW) {
		struct trace_record r = {.linear = (uint64_t)sqlite3_column_int64(each, 0)};

		if (!export_object(x, &r, text))
			continue;
		bind_number(s->statements[ADD_OBJECT], 1, r.linear);
		bind_text(s->statements[ADD_OBJECT], 2, text);
		if (run(x, ADD_OBJECT, e) < 0)
			return -1;
	}
	return status == SQLITE_DONE ? 0 : failed(x, e);
}

static int close(struct export *x, struct error *e)
{
	if (put_counters(x, e) < 0 || execute(x, sqlite_indices, e) < 0)
		return -1;
	if (x->options->object && put_objects(x, e) < 0)
		return -1;
	return execute(x, sqlite_views, e);
}

static void end(struct export *x)
{
	struct sqlite *s = x->state;

	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
}

const struct export_format export_sqlite = {
	.name = "sqlite",
	.meaning = "a database with indices and views (readable, by_function, by_object, ...)",
	.state_size = sizeof(struct sqlite),
	.database = true,
	.open = open,
	.record = record,
	.close = close,
	.free = end,
};
