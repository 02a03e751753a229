#include "vmm/trace/expression.h"

#include "vmm/number.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Steps: a value is pushed, or values are taken and their result pushed. */
enum step {
	STEP_NUMBER,
	STEP_NAME,
	STEP_NOT,
	STEP_INVERT,
	STEP_NEGATE,
	STEP_MUL,
	STEP_DIV,
	STEP_MOD,
	STEP_ADD,
	STEP_SUB,
	STEP_LEFT,
	STEP_RIGHT,
	STEP_LESS,
	STEP_LESS_EQUAL,
	STEP_MORE,
	STEP_MORE_EQUAL,
	STEP_EQUAL,
	STEP_NOT_EQUAL,
	STEP_AND,
	STEP_XOR,
	STEP_OR,
	STEP_BOTH,
	STEP_EITHER,
};

/* Longer spellings before those they begin with. Precedence: ISO C, "Expressions"; the higher binds tighter. */
static const struct binary {
	const char *text;
	enum step step;
	unsigned precedence;
} binaries[] = {
	{"<<", STEP_LEFT, 8},  {">>", STEP_RIGHT, 8},     {"<=", STEP_LESS_EQUAL, 7}, {">=", STEP_MORE_EQUAL, 7},
	{"==", STEP_EQUAL, 6}, {"!=", STEP_NOT_EQUAL, 6}, {"&&", STEP_BOTH, 2},       {"||", STEP_EITHER, 1},
	{"*", STEP_MUL, 10},   {"/", STEP_DIV, 10},       {"%", STEP_MOD, 10},        {"+", STEP_ADD, 9},
	{"-", STEP_SUB, 9},    {"<", STEP_LESS, 7},       {">", STEP_MORE, 7},        {"&", STEP_AND, 5},
	{"^", STEP_XOR, 4},    {"|", STEP_OR, 3},
};

#define LOWEST 1

static const char *const names[EXPRESSION_NAMES] = {
	[EXPRESSION_OLD] = "old",       [EXPRESSION_NEW] = "new", [EXPRESSION_SIZE] = "size", [EXPRESSION_GPA] = "gpa",
	[EXPRESSION_LINEAR] = "linear", [EXPRESSION_RIP] = "rip", [EXPRESSION_CPL] = "cpl",
};

struct parser {
	const char *text, *at;
	unsigned depth; /* of parentheses and signs */
	unsigned waiting; /* values on the stack of whoever asks */
	struct expression out;
	struct error *e;
};

static int refuse(const struct parser *p, const char *at, const char *why)
{
	return error_set(p->e, STATUS_USAGE, "column %zu of '%.200s': %s", (size_t)(at - p->text) + 1, p->text, why);
}

static void skip_space(struct parser *p)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
}

/* Does this step push a value? How many does it take? */
static unsigned taken(enum step step)
{
	if (step == STEP_NUMBER || step == STEP_NAME)
		return 0;
	return step <= STEP_NEGATE ? 1 : 2;
}

static int emit(struct parser *p, const char *at, enum step step, uint64_t number)
{
	if (p->out.count == EXPRESSION_STEPS)
		return refuse(p, at, "the expression is too long");
	p->waiting = p->waiting - taken(step) + 1;
	if (p->waiting > EXPRESSION_DEPTH)
		return refuse(p, at, "too much waits for its operator here");
	p->out.steps[p->out.count++] = (struct expression_step){(uint8_t)step, number};
	return 0;
}

static size_t word_length(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || at[n] == '_')
		n++;
	return n;
}

/* A name or a number. */
static int parse_word(struct parser *p)
{
	const char *at = p->at, *why;
	size_t n = word_length(at);
	uint64_t number;

	if (n == 0)
		return refuse(p, at, *at ? "expected a name, a number or '('" : "the expression ends here");
	p->at += n;
	for (unsigned i = 0; i < EXPRESSION_NAMES; i++)
		if (strlen(names[i]) == n && memcmp(names[i], at, n) == 0)
			return emit(p, at, STEP_NAME, i);
	if (!isdigit((unsigned char)*at))
		return refuse(p, at, "not one of old, new, size, gpa, linear, rip, cpl");
	why = number_parse(at, n, &number);
	return why ? error_set(p->e, STATUS_USAGE, "column %zu of '%.200s': '%.*s' %s", (size_t)(at - p->text) + 1,
			       p->text, n < 40 ? (int)n : 40, at, why)
		   : emit(p, at, STEP_NUMBER, number);
}

static int parse_binary(struct parser *p, unsigned lowest);

static int parse_parenthesis(struct parser *p)
{
	const char *open = p->at++;

	if (parse_binary(p, LOWEST) < 0)
		return -1;
	skip_space(p);
	if (*p->at != ')')
		return *p->at ? refuse(p, p->at, "expected an operator or ')'")
			      : refuse(p, open, "this '(' is never closed");
	p->at++;
	return 0;
}

static int parse_unary(struct parser *p)
{
	static const char signs[] = "!~-";
	const char *at, *sign;
	int err;

	skip_space(p);
	at = p->at;
	if (p->depth == EXPRESSION_DEPTH)
		return refuse(p, at, "nested too deeply");
	sign = *at ? strchr(signs, *at) : NULL;
	if (!sign && *at != '(')
		return parse_word(p);
	p->depth++;
	if (sign) {
		p->at++;
		err = parse_unary(p);
		if (err == 0)
			err = emit(p, at, (enum step)(STEP_NOT + (sign - signs)), 0);
	} else {
		err = parse_parenthesis(p);
	}
	p->depth--;
	return err;
}

static const struct binary *binary_at(const char *at)
{
	for (unsigned i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
		if (strncmp(at, binaries[i].text, strlen(binaries[i].text)) == 0)
			return &binaries[i];
	return NULL;
}

/* Operators that bind at least as tightly as lowest; all are left-associative. */
static int parse_binary(struct parser *p, unsigned lowest)
{
	if (parse_unary(p) < 0)
		return -1;
	for (;;) {
		const struct binary *b;
		const char *at;

		skip_space(p);
		at = p->at;
		b = binary_at(at);
		if (!b || b->precedence < lowest)
			return 0;
		p->at += strlen(b->text);
		if (parse_binary(p, b->precedence + 1) < 0 || emit(p, at, b->step, 0) < 0)
			return -1;
	}
}

int expression_compile(const char *text, struct expression *out, struct error *e)
{
	struct parser p = {.text = text, .at = text, .e = e};

	if (parse_binary(&p, LOWEST) < 0)
		return -1;
	skip_space(&p);
	if (*p.at)
		return refuse(&p, p.at, *p.at == ')' ? "no '(' is open" : "expected an operator");
	*out = p.out;
	return 0;
}

static struct expression_value known(uint64_t number)
{
	return (struct expression_value){true, number};
}

static struct expression_value ask_unary(enum step step, struct expression_value v)
{
	if (!v.known)
		return v;
	if (step == STEP_NOT)
		return known(!v.number);
	return known(step == STEP_INVERT ? ~v.number : -v.number);
}

/* Of two values that are known. */
static uint64_t compute(enum step step, uint64_t a, uint64_t b)
{
	switch (step) {
	case STEP_MUL:
		return a * b;
	case STEP_DIV:
		return a / b;
	case STEP_MOD:
		return a % b;
	case STEP_ADD:
		return a + b;
	case STEP_SUB:
		return a - b;
	case STEP_LEFT:
		return b < 64 ? a << b : 0;
	case STEP_RIGHT:
		return b < 64 ? a >> b : 0;
	case STEP_LESS:
		return a < b;
	case STEP_LESS_EQUAL:
		return a <= b;
	case STEP_MORE:
		return a > b;
	case STEP_MORE_EQUAL:
		return a >= b;
	case STEP_EQUAL:
		return a == b;
	case STEP_NOT_EQUAL:
		return a != b;
	case STEP_AND:
		return a & b;
	case STEP_XOR:
		return a ^ b;
	case STEP_OR:
		return a | b;
	case STEP_NUMBER:
	case STEP_NAME:
	case STEP_NOT:
	case STEP_INVERT:
	case STEP_NEGATE:
	case STEP_BOTH:
	case STEP_EITHER:
		break;
	}
	return 0;
}

/* && and ||: one side alone decides where it is `decides`. */
static struct expression_value ask_logic(struct expression_value a, struct expression_value b, bool decides)
{
	if ((a.known && !!a.number == decides) || (b.known && !!b.number == decides))
		return known(decides);
	return (struct expression_value){a.known && b.known, a.known && b.known ? !decides : 0};
}

static struct expression_value ask_binary(enum step step, struct expression_value a, struct expression_value b)
{
	if (step == STEP_BOTH || step == STEP_EITHER)
		return ask_logic(a, b, step == STEP_EITHER);
	if (!a.known || !b.known || ((step == STEP_DIV || step == STEP_MOD) && b.number == 0))
		return (struct expression_value){false, 0};
	return known(compute(step, a.number, b.number));
}

struct expression_value expression_ask(const struct expression *x, const struct expression_value of[EXPRESSION_NAMES])
{
	struct expression_value stack[EXPRESSION_DEPTH];
	unsigned n = 0;

	for (unsigned i = 0; i < x->count; i++) {
		enum step step = (enum step)x->steps[i].what;

		if (step == STEP_NUMBER) {
			stack[n++] = known(x->steps[i].number);
		} else if (step == STEP_NAME) {
			stack[n++] = of[x->steps[i].number];
		} else if (step <= STEP_NEGATE) {
			stack[n - 1] = ask_unary(step, stack[n - 1]);
		} else {
			stack[n - 2] = ask_binary(step, stack[n - 2], stack[n - 1]);
			n--;
		}
	}
	return n ? stack[0] : known(1);
}
