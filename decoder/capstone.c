#include "decoder/capstone.h"

#include <capstone/capstone.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MODES 3

struct capstone {
	csh handle[MODES]; /* by enum cpu_mode */
	cs_insn *insn; /* reused for every instruction */
};

static bool open_mode(csh *handle, enum cpu_mode mode)
{
	static const cs_mode of_mode[MODES] = {CS_MODE_16, CS_MODE_32, CS_MODE_64};

	return cs_open(CS_ARCH_X86, of_mode[mode], handle) == CS_ERR_OK &&
	       cs_option(*handle, CS_OPT_DETAIL, CS_OPT_ON) == CS_ERR_OK;
}

struct capstone *capstone_new(void)
{
	struct capstone *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	for (unsigned mode = 0; mode < MODES; mode++) {
		if (!open_mode(&c->handle[mode], (enum cpu_mode)mode))
			goto free_all;
	}
	c->insn = cs_malloc(c->handle[MODE_64]);
	if (c->insn)
		return c;
free_all:
	capstone_free(c);
	return NULL;
}

void capstone_free(struct capstone *c)
{
	if (!c)
		return;
	if (c->insn)
		cs_free(c->insn, 1);
	for (unsigned mode = 0; mode < MODES; mode++) {
		if (c->handle[mode])
			cs_close(&c->handle[mode]);
	}
	free(c);
}

/* A register of an address, of whatever width, as enum gpr, REG_RIP or REG_NONE. */
static int8_t address_register(x86_reg reg)
{
	static const struct {
		uint16_t names[3];
		int8_t reg;
	} registers[] = {
		{{X86_REG_RAX, X86_REG_EAX, X86_REG_AX}, GPR_RAX},
		{{X86_REG_RCX, X86_REG_ECX, X86_REG_CX}, GPR_RCX},
		{{X86_REG_RDX, X86_REG_EDX, X86_REG_DX}, GPR_RDX},
		{{X86_REG_RBX, X86_REG_EBX, X86_REG_BX}, GPR_RBX},
		{{X86_REG_RSP, X86_REG_ESP, X86_REG_SP}, GPR_RSP},
		{{X86_REG_RBP, X86_REG_EBP, X86_REG_BP}, GPR_RBP},
		{{X86_REG_RSI, X86_REG_ESI, X86_REG_SI}, GPR_RSI},
		{{X86_REG_RDI, X86_REG_EDI, X86_REG_DI}, GPR_RDI},
		{{X86_REG_R8, X86_REG_R8D, X86_REG_R8W}, GPR_R8},
		{{X86_REG_R9, X86_REG_R9D, X86_REG_R9W}, GPR_R9},
		{{X86_REG_R10, X86_REG_R10D, X86_REG_R10W}, GPR_R10},
		{{X86_REG_R11, X86_REG_R11D, X86_REG_R11W}, GPR_R11},
		{{X86_REG_R12, X86_REG_R12D, X86_REG_R12W}, GPR_R12},
		{{X86_REG_R13, X86_REG_R13D, X86_REG_R13W}, GPR_R13},
		{{X86_REG_R14, X86_REG_R14D, X86_REG_R14W}, GPR_R14},
		{{X86_REG_R15, X86_REG_R15D, X86_REG_R15W}, GPR_R15},
		{{X86_REG_RIP, X86_REG_EIP, X86_REG_IP}, REG_RIP},
	};

	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		for (unsigned width = 0; width < 3; width++) {
			if (registers[i].names[width] == reg)
				return registers[i].reg;
		}
	}
	return REG_NONE; /* also its pseudo registers for "no index" */
}

static int8_t shown_segment(x86_reg reg)
{
	static const uint16_t names[SEG_COUNT] = {X86_REG_ES, X86_REG_CS, X86_REG_SS,
						  X86_REG_DS, X86_REG_FS, X86_REG_GS};

	for (int8_t seg = 0; seg < SEG_COUNT; seg++) {
		if (names[seg] == reg)
			return seg;
	}
	return -1;
}

static void view_operand(const cs_x86 *x86, struct capstone_view *view)
{
	for (unsigned i = 0; i < x86->op_count; i++) {
		const x86_op_mem *mem = &x86->operands[i].mem;

		if (x86->operands[i].type != X86_OP_MEM)
			continue;
		view->has_mem = true;
		view->base = address_register(mem->base);
		view->index = address_register(mem->index);
		view->scale = view->index == REG_NONE ? 1 : (uint8_t)mem->scale;
		view->disp = mem->disp;
		view->seg = shown_segment(mem->segment);
		return;
	}
}

/* Length of what the house style leaves out at the start of s: "qword ptr ", a blank after a comma or in an address. */
static size_t omitted(const char *s, char before, bool in_address)
{
	size_t word = strcspn(s, " ,[");

	if (*s == ' ' && (before == ',' || in_address))
		return 1;
	if ((before == ' ' || before == ',') && strncmp(s + word, " ptr ", 5) == 0)
		return word + 5;
	return 0;
}

static void append(char text[INSN_TEXT], const char *s)
{
	size_t at = strlen(text);
	char before = at ? text[at - 1] : ' ';
	bool in_address = false;

	while (*s && at + 1 < INSN_TEXT) {
		size_t skip = omitted(s, before, in_address);

		if (skip) {
			s += skip;
			continue;
		}
		before = (char)tolower((unsigned char)*s++);
		in_address = (in_address || before == '[') && before != ']';
		text[at++] = before;
	}
	text[at] = '\0';
}

bool capstone_view(struct capstone *c, const uint8_t *bytes, size_t n, enum cpu_mode mode, struct capstone_view *out)
{
	struct capstone_view view = {.base = REG_NONE, .index = REG_NONE, .scale = 1, .seg = -1};
	const uint8_t *code = bytes;
	size_t left = n < INSN_MAX ? n : INSN_MAX;
	uint64_t address = 0;

	if (!cs_disasm_iter(c->handle[mode], &code, &left, &address, c->insn))
		return false;
	view.length = (uint8_t)c->insn->size;
	if (c->insn->detail)
		view_operand(&c->insn->detail->x86, &view);
	append(view.text, c->insn->mnemonic);
	if (c->insn->op_str[0]) {
		append(view.text, " ");
		append(view.text, c->insn->op_str);
	}
	*out = view;
	return true;
}
