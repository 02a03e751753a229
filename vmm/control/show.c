#include "vmm/control/show.h"

#include <string.h>

#define CELL 512

/* Text for a terminal. */
static void clean(const char *text, char *out, size_t size)
{
	size_t used = 0;

	for (; *text && used + 1 < size; text++)
		out[used++] = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
	out[used] = '\0';
}

/* A member as text; "?" where there is none. */
static const char *member(const json_t *object, const char *name, char out[CELL])
{
	const json_t *value = json_object_get(object, name);

	if (json_is_string(value))
		clean(json_string_value(value), out, CELL);
	else if (json_is_integer(value))
		snprintf(out, CELL, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(out, CELL, "%.1f", json_real_value(value));
	else
		snprintf(out, CELL, "?");
	return out;
}

static void put(FILE *out, const char *before, const json_t *object, const char *name, const char *after)
{
	char text[CELL];

	fprintf(out, "%s%s%s", before, member(object, name, text), after);
}

/* "rax=0x1": as wide as the widest, so that they stand in columns. */
static void put_registers(FILE *out, const json_t *vcpu, const char *const *names)
{
	for (unsigned i = 0; names[i]; i++) {
		char text[CELL];

		fprintf(out, names[i + 1] ? "  %3s=%-18s" : "  %3s=%s", names[i], member(vcpu, names[i], text));
	}
	fprintf(out, "\n");
}

static void put_segment(FILE *out, const json_t *vcpu, const char *name)
{
	const json_t *s = json_object_get(vcpu, name);
	char selector[CELL], base[CELL], limit[CELL];

	fprintf(out, "  %3s=%-6s base %-18s limit %s%s\n", name, member(s, "selector", selector),
		member(s, "base", base), member(s, "limit", limit),
		json_is_false(json_object_get(s, "usable")) ? " unusable" : "");
}

static void put_vcpu(FILE *out, const json_t *vcpu)
{
	static const char *const general[][5] = {{"rax", "rbx", "rcx", "rdx", NULL},
						 {"rsi", "rdi", "rbp", "rsp", NULL},
						 {"r8", "r9", "r10", "r11", NULL},
						 {"r12", "r13", "r14", "r15", NULL},
						 {"cr0", "cr2", "cr3", "cr4", NULL}};
	static const char *const segments[] = {"cs", "ss", "ds", "es", "fs", "gs", "tr", "ldt"};
	static const char *const tables[] = {"gdt", "idt"};

	put(out, "vCPU ", vcpu, "vcpu", json_is_true(json_object_get(vcpu, "halted")) ? ", halted:" : ":");
	put(out, " rip=", vcpu, "rip", "");
	if (json_object_get(vcpu, "symbol"))
		put(out, " in ", vcpu, "symbol", "");
	put(out, ", ", vcpu, "bits", " bits");
	put(out, ", CPL ", vcpu, "cpl", "\n");
	for (unsigned i = 0; i < sizeof(general) / sizeof(general[0]); i++)
		put_registers(out, vcpu, general[i]);
	put(out, "  efer=", vcpu, "efer", "");
	put(out, " rflags=", vcpu, "rflags", "\n");
	for (unsigned i = 0; i < sizeof(segments) / sizeof(segments[0]); i++)
		put_segment(out, vcpu, segments[i]);
	for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const json_t *table = json_object_get(vcpu, tables[i]);

		fprintf(out, "  %3s        ", tables[i]);
		put(out, "base ", table, "base", "");
		put(out, " limit ", table, "limit", "\n");
	}
}

static void put_range(FILE *out, const json_t *range)
{
	put(out, "", range, "range", "");
	put(out, "=", range, "keeper", "");
	if (json_object_get(range, "gpa")) {
		put(out, " at gpa ", range, "gpa", "");
		put(out, ", ", range, "size", " bytes");
		put(out, ": ", range, "loads", " loads");
		put(out, ", ", range, "stores", " stores");
	}
	put(out, " (", range, "state", ")\n");
}

static void put_each(FILE *out, const json_t *list, void (*each)(FILE *out, const json_t *one))
{
	for (size_t i = 0; i < json_array_size(list); i++)
		each(out, json_array_get(list, i));
}

static bool is_word(const json_t *reply, const char *name, const char *word)
{
	const char *text = json_string_value(json_object_get(reply, name));

	return text && strcmp(text, word) == 0;
}

void show_error(const json_t *reply, char *out, size_t size)
{
	const json_t *error = json_object_get(reply, "error");

	out[0] = '\0';
	if (json_is_string(error))
		clean(json_string_value(error), out, size);
	else if (!json_is_true(json_object_get(reply, "ok")))
		snprintf(out, size, "the answer is not one of lodestore's");
}

bool show_reply(const json_t *reply, FILE *out)
{
	const json_t *ranges = json_object_get(reply, "ranges");

	if (!json_is_true(json_object_get(reply, "ok")))
		return false;
	put_each(out, json_object_get(reply, "vcpus"), put_vcpu);
	put_each(out, ranges, put_range);
	if (is_word(reply, "command", "list") && json_array_size(ranges) == 0)
		fprintf(out, "nothing is kept\n");
	if (is_word(reply, "command", "pause") || is_word(reply, "command", "resume"))
		put(out, "", reply, "state", "\n");
	if (is_word(reply, "command", "status")) {
		put(out, "", reply, "state", "");
		put(out, ", ", reply, "cpus", " vCPUs");
		put(out, ", ", reply, "seconds", " s");
		put(out, ", of these ", reply, "paused_seconds", " s paused\n");
	}
	return true;
}
