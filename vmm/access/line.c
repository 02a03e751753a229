/* line.c: one access as one line of text. */
#include "vmm/access/access.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
	char *at;
	size_t left;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->at, t->left, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= t->left)
		n = t->left ? (int)t->left - 1 : 0;
	t->at += n;
	t->left -= (size_t)n;
}

/* Bytes in memory order as one hexadecimal number, without leading zeros. */
static void put_value(struct text *t, const uint8_t *bytes, unsigned size)
{
	unsigned top = size;

	while (top > 1 && bytes[top - 1] == 0)
		top--;
	put(t, "0x%x", bytes[top - 1]);
	while (--top > 0)
		put(t, "%02x", bytes[top - 1]);
}

static void put_memory(struct text *t, const struct access *a)
{
	put(t, " mem=");
	switch (a->op) {
	case ACCESS_LOAD:
		put_value(t, a->before, a->size);
		return;
	case ACCESS_STORE:
		break;
	case ACCESS_RMW:
		put_value(t, a->before, a->size);
		put(t, "->");
		break;
	}
	put_value(t, a->after, a->size);
}

static void put_registers(struct text *t, const struct plan *plan)
{
	for (unsigned i = 0; i < GPR_COUNT; i++)
		if (plan->before.gpr[i] != plan->after.regs.gpr[i])
			put(t, " %s=0x%llx", gpr_name((enum gpr)i), (unsigned long long)plan->after.regs.gpr[i]);
}

static const char *op_name(enum access_op op)
{
	switch (op) {
	case ACCESS_LOAD:
		return "r";
	case ACCESS_STORE:
		return "w";
	case ACCESS_RMW:
		break;
	}
	return "rw";
}

static const char *text_of(const struct plan *plan)
{
	if (plan->stepped[0])
		return plan->stepped;
	return plan->insn ? plan->insn->text : "(unknown)";
}

void access_line(const struct transaction *t, const struct access *a, const char *keeper, char *line, size_t size)
{
	const struct plan *plan = plan_of(t);
	struct text out = {line, size};

	put(&out, "%s", plan->stepped[0] ? "step" : "fault");
	if (t->vcpu > 0)
		put(&out, " vcpu=%u", t->vcpu);
	put(&out, " rip=0x%llx gpa=0x%llx %s%u%s", (unsigned long long)t->rip, (unsigned long long)a->gpa,
	    op_name(a->op), a->size, a->locked ? " lock" : "");
	if (a->parts > 1)
		put(&out, " part %u/%u", a->part + 1, a->parts);
	put(&out, " | %s | %s", text_of(plan), keeper);
	if (!plan->committed)
		return;
	put(&out, " done |");
	put_memory(&out, a);
	put_registers(&out, plan);
}
