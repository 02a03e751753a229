#include "vmm/bench/classes.h"

#include <string.h>

#define YMM2 2
#define XMM_AT 160 /* Intel SDM Vol 1, "x87 State", "SSE State": of XMM0 in an XSAVE area */
#define XMM_SIZE 16
#define AVX 2 /* the component with the upper halves */

const struct class classes[CLASSES] = {
	{"mov load", "mov_load", {0x48, 0x8b, 0x03}, 3, 100, 0, 0, 0, 0, false}, /* mov rax,[rbx] */
	{"mov store", "mov_store", {0x48, 0x89, 0x03}, 3, 100, 0, 0, 0, 0, false}, /* mov [rbx],rax */
	{"add RMW", "add", {0x48, 0x01, 0x03}, 3, 300, 0, 0, 0, 0, false}, /* add [rbx],rax */
	{"lock xadd", "lock_xadd", {0xf0, 0x48, 0x0f, 0xc1, 0x03}, 5, 300, 0, 0, 0, 0, false}, /* lock xadd [rbx],rax */
	{"rep movsb in", "rep_movsb_in", {0xf3, 0xa4}, 2, 0, 0, RIG_MEMORY, RIG_VIRTUAL, PAGE_SIZE, false},
	{"rep movsb out", "rep_movsb_out", {0xf3, 0xa4}, 2, 0, 0, RIG_VIRTUAL, RIG_MEMORY, PAGE_SIZE, false},
	{"movups 128", "movups_128", {0x0f, 0x10, 0x03}, 3, 300, XSTATE_SSE, 0, 0, 0, false}, /* movups xmm0,[rbx] */
	{"vmovups 256", "vmovups_256", {0xc5, 0xfc, 0x10, 0x03}, 4, 300, XSTATE_AVX, 0, 0, 0, false},
	{"vmovups 512", "vmovups_512", {0x62, 0xf1, 0x7c, 0x48, 0x10, 0x03}, 6, 300, XSTATE_AVX512, 0, 0, 0, false},
	{"addps 128", "addps_128", {0x0f, 0x58, 0x03}, 3, 300, XSTATE_SSE, 0, 0, 0, false}, /* addps xmm0,[rbx] */
	{"vaddps 256", "vaddps_256", {0xc5, 0xf4, 0x58, 0x03}, 4, 300, XSTATE_AVX, 0, 0, 0, false},
	/* vpgatherdd ymm0,[rbx+ymm1*4],ymm2: eight elements, all at [rbx] */
	{"vpgatherdd 8", "vpgatherdd_8", {0xc4, 0xe2, 0x6d, 0x90, 0x04, 0x8b}, 6, 300, XSTATE_AVX, 0, 0, 0, true},
};

int class_find(const char *key)
{
	for (int i = 0; i < CLASSES; i++)
		if (strcmp(classes[i].key, key) == 0)
			return i;
	return -1;
}

bool class_fits(const struct class *class, const struct rig *rig)
{
	return (rig->vector.features & class->features) == class->features;
}

uint64_t class_bytes(const struct class *class)
{
	return class->rcx;
}

static void set_mask(struct rig *rig)
{
	memset(rig->vector.area + XMM_AT + XMM_SIZE * YMM2, 0xff, XMM_SIZE);
	memset(rig->vector.area + rig->vector.layout.offset[AVX] + XMM_SIZE * YMM2, 0xff, XMM_SIZE);
}

static bool once(const struct class *class, struct rig *rig, const struct regs *regs)
{
	bool good;

	if (class->masked)
		set_mask(rig);
	good = rig_carry_out(rig, regs);
	while (good && rig->plan.after.repeats) {
		struct regs before = rig->plan.after.regs;

		good = rig_carry_out(rig, &before);
	}
	return good;
}

bool class_run(const struct class *class, struct rig *rig, unsigned times)
{
	struct regs regs = rig_regs(rig);
	bool good = true;

	regs.gpr[GPR_RBX] = RIG_VIRTUAL;
	regs.gpr[GPR_RSI] = class->rsi;
	regs.gpr[GPR_RDI] = class->rdi;
	regs.gpr[GPR_RCX] = class->rcx;
	rig_code(rig, class->code, class->code_size);
	for (unsigned i = 0; i < times && good; i++)
		good = once(class, rig, &regs);
	return good;
}
