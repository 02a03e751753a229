/*
 * table_system.c: rows of what is more than one operand of a few bytes: implicit
 * operands, save areas, descriptors and segments, far transfers, ports, cache
 * lines, masked moves and gathers of VEX. Source: Intel SDM Vol 2, the page of
 * each instruction; AMD64 Architecture Programmer's Manual Vol 4 for SSE4a.
 */
#include "decoder/table_rows.h"

/* A form with a memory operand; the same opcode on registers is another instruction or none. */
#define MEMORY(map_, prefix_, opcode_, digit_, size_, mem_, use_, exec_, flags_, name_)                                \
	{                                                                                                              \
		.name = name_, .map = map_, .prefix = prefix_, .opcode = opcode_, .digit = digit_,                     \
		.reg_form = REG_OTHER, .op_size = size_, .mem_size = mem_, .use = use_, .exec = exec_, .flags = flags_ \
	}

/* Descriptors, segments and privileged forms: for the private step. */
#define STEP(map_, prefix_, opcode_, digit_, mem_, use_, name_)                                                        \
	MEMORY(map_, prefix_, opcode_, digit_, SIZE_V, mem_, use_, EXEC_STEP, 0, name_)

/* A pointer with its selector, loaded into a segment register and a general one, or jumped to. */
#define FAR(map_, opcode_, digit_, modes_, size_, name_)                                                               \
	{                                                                                                              \
		.name = name_, .map = map_, .prefix = PFX_ANY, .opcode = opcode_, .digit = digit_,                     \
		.reg_form = REG_OTHER, .modes = modes_, .op_size = size_, .mem_size = MS_FAR, .use = MEM_READ,         \
		.exec = EXEC_STEP, .capstone = CAPSTONE_TEXT                                                           \
	}

/* Without ModRM, or with one that does not matter. */
#define PLAIN(map_, opcode_, opcodes_, modes_, size_, imm_, exec_, string_, name_)                                     \
	{                                                                                                              \
		.name = name_, .map = map_, .prefix = PFX_ANY, .opcode = opcode_, .opcodes = opcodes_,                 \
		.digit = ANY_DIGIT, .modes = modes_, .op_size = size_, .imm = imm_, .exec = exec_, .string = string_   \
	}

#define AREA(opcode_, digit_, mem_, use_, exec_, flags_, name_)                                                        \
	{                                                                                                              \
		.name = name_, .map = MAP_0F, .prefix = PFX_NONE, .opcode = opcode_, .digit = digit_,                  \
		.reg_form = REG_OTHER, .op_size = SIZE_Y, .mem_size = mem_, .use = use_, .exec = exec_,                \
		.flags = INSN_VECTOR | INSN_ALIGNED | (flags_), .capstone = CAPSTONE_TEXT                              \
	}

#define HINT(opcode_, opcodes_, reg_)                                                                                  \
	{                                                                                                              \
		.name = "nop Ev", .map = MAP_0F, .prefix = PFX_ANY, .opcode = opcode_, .opcodes = opcodes_,            \
		.digit = ANY_DIGIT, .reg_form = reg_, .op_size = SIZE_V, .mem_size = MS_OP, .exec = EXEC_NONE          \
	}

#define MASKMOV(encoding_, prefix_, mem_, name_)                                                                       \
	{                                                                                                              \
		.name = name_, .encoding = encoding_, .map = MAP_0F, .prefix = prefix_, .opcode = 0xf7,                \
		.digit = ANY_DIGIT, .reg_form = REG_ONLY, .l = encoding_ == ENC_VEX ? L_128 : L_ANY,                   \
		.op_size = SIZE_MEM, .mem_size = mem_, .use = MEM_WRITE, .exec = EXEC_MASKMOV, .flags = INSN_VECTOR    \
	}

/* VEX with a memory operand only. */
#define VEX(map_, prefix_, opcode_, digit_, w_, l_, vvvv_, mem_, use_, mask_, element_, name_)                         \
	{                                                                                                              \
		.name = name_, .encoding = ENC_VEX, .map = map_, .prefix = prefix_, .opcode = opcode_,                 \
		.digit = digit_, .reg_form = REG_OTHER, .w = w_, .l = l_, .op_size = SIZE_MEM, .mem_size = mem_,       \
		.use = use_, .vvvv = vvvv_, .exec = EXEC_STUB, .flags = INSN_VECTOR, .mask = mask_,                    \
		.element = element_, .capstone = CAPSTONE_TEXT                                                         \
	}
#define KMOV(prefix_, opcode_, w_, mem_, use_, name_)                                                                  \
	VEX(MAP_0F, prefix_, opcode_, ANY_DIGIT, w_, L_128, false, mem_, use_, MASK_NEVER, 0, name_)
#define VMASKMOV(opcode_, w_, use_, element_, name_)                                                                   \
	VEX(MAP_0F38, PFX_66, opcode_, ANY_DIGIT, w_, L_ANY, true, MS_VL, use_, MASK_ELEMENTS, element_, name_)
#define VGATHER(opcode_, w_, element_, name_)                                                                          \
	{                                                                                                              \
		.name = name_, .encoding = ENC_VEX, .map = MAP_0F38, .prefix = PFX_66, .opcode = opcode_,              \
		.digit = ANY_DIGIT, .reg_form = REG_OTHER, .w = w_, .op_size = SIZE_MEM, .mem_size = element_,         \
		.use = MEM_READ, .vvvv = true, .exec = EXEC_GATHER, .flags = INSN_VECTOR, .mask = MASK_REQUIRED,       \
		.element = element_, .index_size = (opcode_) % 2 ? 8 : 4, .capstone = CAPSTONE_TEXT                    \
	}

/* clang-format off */
const struct table_row table_system_rows[] = {
	/* implicit operands */
	PLAIN(MAP_0, 0xd7, 1, MODES_ALL, SIZE_BYTE, IMM_NONE, EXEC_XLAT, STRING_MOVS, "xlatb"),
	PLAIN(MAP_0, 0xc8, 1, MODES_ALL, SIZE_STACK, IMM_ENTER, EXEC_ENTER, STRING_MOVS, "enter Iw,Ib"),
	PLAIN(MAP_0, 0x6c, 1, MODES_ALL, SIZE_BYTE, IMM_NONE, EXEC_PORT, STRING_INS, "insb"),
	PLAIN(MAP_0, 0x6d, 1, MODES_ALL, SIZE_PORT, IMM_NONE, EXEC_PORT, STRING_INS, "ins"),
	PLAIN(MAP_0, 0x6e, 1, MODES_ALL, SIZE_BYTE, IMM_NONE, EXEC_PORT, STRING_OUTS, "outsb"),
	PLAIN(MAP_0, 0x6f, 1, MODES_ALL, SIZE_PORT, IMM_NONE, EXEC_PORT, STRING_OUTS, "outs"),
	MASKMOV(ENC_LEGACY, PFX_NONE, 8, "maskmovq Pq,Nq"),
	MASKMOV(ENC_LEGACY, PFX_66, 16, "maskmovdqu Vx,Wx"),
	MASKMOV(ENC_VEX, PFX_66, 16, "vmaskmovdqu Vx,Wx"),
	MEMORY(MAP_0F38, PFX_NONE, 0xf9, ANY_DIGIT, SIZE_Y, MS_OP, MEM_WRITE, EXEC_STUB, 0, "movdiri My,Gy"),
	MEMORY(MAP_0F38, PFX_66, 0xf8, ANY_DIGIT, SIZE_ADDRESS, 64, MEM_READ, EXEC_COPY64, 0, "movdir64b Gv,M"),
	MEMORY(MAP_0F, PFX_F3, 0x2b, ANY_DIGIT, SIZE_MEM, 4, MEM_WRITE, EXEC_STUB, INSN_VECTOR, "movntss Md,Vd"),
	MEMORY(MAP_0F, PFX_F2, 0x2b, ANY_DIGIT, SIZE_MEM, 8, MEM_WRITE, EXEC_STUB, INSN_VECTOR, "movntsd Mq,Vq"),

	/* save areas: what of them is touched, memref.c says; bytes that stay are read, to be left */
	AREA(0xae, 0, MS_FXSAVE, MEM_READ_WRITE, EXEC_STUB, 0, "fxsave M"),
	AREA(0xae, 1, MS_FXSAVE, MEM_READ, EXEC_STUB, 0, "fxrstor M"),
	AREA(0xae, 4, MS_XSAVE, MEM_READ_WRITE, EXEC_STUB, INSN_MASKED, "xsave M"),
	AREA(0xae, 5, MS_XSAVE, MEM_READ, EXEC_STUB, INSN_MASKED, "xrstor M"),
	AREA(0xae, 6, MS_XSAVE, MEM_READ_WRITE, EXEC_STUB, INSN_MASKED, "xsaveopt M"),
	AREA(0xc7, 4, MS_XSAVE, MEM_READ_WRITE, EXEC_STUB, INSN_MASKED, "xsavec M"),
	AREA(0xc7, 3, MS_XSAVE, MEM_READ, EXEC_STEP, INSN_MASKED, "xrstors M"),
	AREA(0xc7, 5, MS_XSAVE, MEM_READ_WRITE, EXEC_STEP, INSN_MASKED, "xsaves M"),

	/* cache lines: checked as a load of a byte, though nothing is loaded (measured on the CPU); hints touch nothing */
	MEMORY(MAP_0F, PFX_NONE, 0xae, 7, SIZE_BYTE, 1, MEM_READ, EXEC_FLUSH, 0, "clflush Mb"),
	MEMORY(MAP_0F, PFX_66, 0xae, 7, SIZE_BYTE, 1, MEM_READ, EXEC_FLUSH, 0, "clflushopt Mb"),
	MEMORY(MAP_0F, PFX_66, 0xae, 6, SIZE_BYTE, 1, MEM_READ, EXEC_FLUSH, 0, "clwb Mb"),
	{.name = "cldemote Mb", .map = MAP_0F, .prefix = PFX_NONE, .opcode = 0x1c, .digit = 0, .reg_form = REG_OTHER,
	 .op_size = SIZE_V, .mem_size = MS_OP, .exec = EXEC_NONE, .capstone = CAPSTONE_TEXT},
	HINT(0x19, 1, REG_SAME),
	HINT(0x1c, 2, REG_SAME),
	HINT(0x1e, 1, REG_OTHER), /* on registers with F3: endbr, rdssp */

	/* descriptors and their tables */
	{.name = "arpl Mw,Gw", .map = MAP_0, .prefix = PFX_ANY, .opcode = 0x63, .digit = ANY_DIGIT, .reg_form = REG_OTHER,
	 .modes = MODES_NOT_64, .op_size = SIZE_MEM, .mem_size = 2, .use = MEM_READ_WRITE, .exec = EXEC_STEP},
	STEP(MAP_0F, PFX_ANY, 0x00, 0, 2, MEM_WRITE, "sldt Mw"),
	STEP(MAP_0F, PFX_ANY, 0x00, 1, 2, MEM_WRITE, "str Mw"),
	STEP(MAP_0F, PFX_ANY, 0x00, 2, 2, MEM_READ, "lldt Mw"),
	STEP(MAP_0F, PFX_ANY, 0x00, 3, 2, MEM_READ, "ltr Mw"),
	STEP(MAP_0F, PFX_ANY, 0x00, 4, 2, MEM_READ, "verr Mw"),
	STEP(MAP_0F, PFX_ANY, 0x00, 5, 2, MEM_READ, "verw Mw"),
	STEP(MAP_0F, PFX_ANY, 0x01, 0, MS_DTR, MEM_WRITE, "sgdt Ms"),
	STEP(MAP_0F, PFX_ANY, 0x01, 1, MS_DTR, MEM_WRITE, "sidt Ms"),
	STEP(MAP_0F, PFX_ANY, 0x01, 2, MS_DTR, MEM_READ, "lgdt Ms"),
	STEP(MAP_0F, PFX_ANY, 0x01, 3, MS_DTR, MEM_READ, "lidt Ms"),
	STEP(MAP_0F, PFX_ANY, 0x01, 4, 2, MEM_WRITE, "smsw Mw"),
	STEP(MAP_0F, PFX_ANY, 0x01, 6, 2, MEM_READ, "lmsw Mw"),
	STEP(MAP_0F, PFX_ANY, 0x01, 7, MS_OP, MEM_NONE, "invlpg Mb"),
	STEP(MAP_0F, PFX_ANY, 0x02, ANY_DIGIT, 2, MEM_READ, "lar Gv,Mw"),
	STEP(MAP_0F, PFX_ANY, 0x03, ANY_DIGIT, 2, MEM_READ, "lsl Gv,Mw"),
	STEP(MAP_0F38, PFX_66, 0x80, ANY_DIGIT, 16, MEM_READ, "invept Gm,Mo"),
	STEP(MAP_0F38, PFX_66, 0x81, ANY_DIGIT, 16, MEM_READ, "invvpid Gm,Mo"),
	STEP(MAP_0F38, PFX_66, 0x82, ANY_DIGIT, 16, MEM_READ, "invpcid Gm,Mo"),

	/* segments and far transfers; with REX.W CPUs differ on 8 bytes of offset, so that has no row */
	FAR(MAP_0F, 0xb2, ANY_DIGIT, MODES_ALL, SIZE_FAR, "lss Gv,Mp"),
	FAR(MAP_0F, 0xb4, ANY_DIGIT, MODES_ALL, SIZE_FAR, "lfs Gv,Mp"),
	FAR(MAP_0F, 0xb5, ANY_DIGIT, MODES_ALL, SIZE_FAR, "lgs Gv,Mp"),
	FAR(MAP_0, 0xc4, ANY_DIGIT, MODES_NOT_64, SIZE_FAR, "les Gv,Mp"),
	FAR(MAP_0, 0xc5, ANY_DIGIT, MODES_NOT_64, SIZE_FAR, "lds Gv,Mp"),
	FAR(MAP_0, 0xff, 3, MODES_ALL, SIZE_FAR_CALL, "lcall Mp"),
	FAR(MAP_0, 0xff, 5, MODES_ALL, SIZE_FAR, "ljmp Mp"),
	PLAIN(MAP_0, 0x07, 1, MODES_NOT_64, SIZE_STACK, IMM_NONE, EXEC_STEP, STRING_MOVS, "pop ES"),
	PLAIN(MAP_0, 0x17, 1, MODES_NOT_64, SIZE_STACK, IMM_NONE, EXEC_STEP, STRING_MOVS, "pop SS"),
	PLAIN(MAP_0, 0x1f, 1, MODES_NOT_64, SIZE_STACK, IMM_NONE, EXEC_STEP, STRING_MOVS, "pop DS"),
	PLAIN(MAP_0F, 0xa1, 1, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_STEP, STRING_MOVS, "pop FS"),
	PLAIN(MAP_0F, 0xa9, 1, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_STEP, STRING_MOVS, "pop GS"),

	/* VEX: mask registers, MXCSR, masked moves, gathers */
	KMOV(PFX_NONE, 0x90, W_0, 2, MEM_READ, "kmovw K,Ww"),
	KMOV(PFX_66, 0x90, W_0, 1, MEM_READ, "kmovb K,Wb"),
	KMOV(PFX_NONE, 0x90, W_1, 8, MEM_READ, "kmovq K,Wq"),
	KMOV(PFX_66, 0x90, W_1, 4, MEM_READ, "kmovd K,Wd"),
	KMOV(PFX_NONE, 0x91, W_0, 2, MEM_WRITE, "kmovw Ww,K"),
	KMOV(PFX_66, 0x91, W_0, 1, MEM_WRITE, "kmovb Wb,K"),
	KMOV(PFX_NONE, 0x91, W_1, 8, MEM_WRITE, "kmovq Wq,K"),
	KMOV(PFX_66, 0x91, W_1, 4, MEM_WRITE, "kmovd Wd,K"),
	VEX(MAP_0F, PFX_NONE, 0xae, 2, W_ANY, L_128, false, 4, MEM_READ, MASK_NEVER, 0, "vldmxcsr Md"),
	VMASKMOV(0x2c, W_0, MEM_READ, 4, "vmaskmovps Vx,Hx,Mx"),
	VMASKMOV(0x2d, W_0, MEM_READ, 8, "vmaskmovpd Vx,Hx,Mx"),
	VMASKMOV(0x2e, W_0, MEM_WRITE, 4, "vmaskmovps Mx,Hx,Vx"),
	VMASKMOV(0x2f, W_0, MEM_WRITE, 8, "vmaskmovpd Mx,Hx,Vx"),
	VMASKMOV(0x8c, W_0, MEM_READ, 4, "vpmaskmovd Vx,Hx,Mx"),
	VMASKMOV(0x8c, W_1, MEM_READ, 8, "vpmaskmovq Vx,Hx,Mx"),
	VMASKMOV(0x8e, W_0, MEM_WRITE, 4, "vpmaskmovd Mx,Hx,Vx"),
	VMASKMOV(0x8e, W_1, MEM_WRITE, 8, "vpmaskmovq Mx,Hx,Vx"),
	VGATHER(0x90, W_0, 4, "vpgatherdd Vx,M,Hx"),
	VGATHER(0x90, W_1, 8, "vpgatherdq Vx,M,Hx"),
	VGATHER(0x91, W_0, 4, "vpgatherqd Vh,M,Hh"),
	VGATHER(0x91, W_1, 8, "vpgatherqq Vx,M,Hx"),
	VGATHER(0x92, W_0, 4, "vgatherdps Vx,M,Hx"),
	VGATHER(0x92, W_1, 8, "vgatherdpd Vx,M,Hx"),
	VGATHER(0x93, W_0, 4, "vgatherqps Vh,M,Hh"),
	VGATHER(0x93, W_1, 8, "vgatherqpd Vx,M,Hx"),
};
/* clang-format on */

const unsigned table_system_count = sizeof(table_system_rows) / sizeof(table_system_rows[0]);
