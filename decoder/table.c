#include "decoder/table.h"

#include "decoder/fields.h"

#include <stdlib.h>

#define ANY_DIGIT (-1)
#define LOCKABLE INSN_LOCKABLE
#define XFER (INSN_VECTOR | INSN_ALIGNED)

/* One integer form with ModRM whose memory operand has the operand size, run on the host CPU. */
#define INT(map_, prefix_, opcode_, digit_, size_, use_, imm_, flags_, name_)                                          \
	{                                                                                                              \
		.name = name_, .map = map_, .prefix = prefix_, .opcode = opcode_, .digit = digit_, .op_size = size_,   \
		.mem_size = MS_OP, .use = use_, .imm = imm_, .exec = EXEC_STUB, .flags = flags_                        \
	}

/* The same, where the memory operand has a size of its own. */
#define CVT(map_, prefix_, opcode_, w_, size_, mem_, use_, flags_, name_)                                              \
	{                                                                                                              \
		.name = name_, .map = map_, .prefix = prefix_, .opcode = opcode_, .digit = ANY_DIGIT, .w = w_,         \
		.op_size = size_, .mem_size = mem_, .use = use_, .exec = EXEC_STUB, .flags = flags_                    \
	}

/* add, or, adc, sbb, and, sub, xor, cmp: four r/m forms each. dst: what is done to a destination in memory. */
#define ALU(base_, dst_, lock_, name_)                                                                                 \
	INT(MAP_0, PFX_ANY, base_, ANY_DIGIT, SIZE_BYTE, dst_, IMM_NONE, lock_, name_ " Eb,Gb"),                       \
		INT(MAP_0, PFX_ANY, base_ + 1, ANY_DIGIT, SIZE_V, dst_, IMM_NONE, lock_, name_ " Ev,Gv"),              \
		INT(MAP_0, PFX_ANY, base_ + 2, ANY_DIGIT, SIZE_BYTE, MEM_READ, IMM_NONE, 0, name_ " Gb,Eb"),           \
		INT(MAP_0, PFX_ANY, base_ + 3, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, name_ " Gv,Ev")

/* Group 1: the same eight with an immediate. 82 is 80 again, outside 64-bit mode. */
#define ALU_IMM(digit_, dst_, lock_, name_)                                                                            \
	INT(MAP_0, PFX_ANY, 0x80, digit_, SIZE_BYTE, dst_, IMM_8, lock_, name_ " Eb,Ib"),                              \
		INT(MAP_0, PFX_ANY, 0x81, digit_, SIZE_V, dst_, IMM_Z, lock_, name_ " Ev,Iz"),                         \
		INT(MAP_0, PFX_ANY, 0x83, digit_, SIZE_V, dst_, IMM_8, lock_, name_ " Ev,Ib")

/* Group 2: shifts and rotates by an immediate, by 1, by CL. */
#define SHIFT(digit_, name_)                                                                                           \
	INT(MAP_0, PFX_ANY, 0xc0, digit_, SIZE_BYTE, MEM_READ_WRITE, IMM_8, 0, name_ " Eb,Ib"),                        \
		INT(MAP_0, PFX_ANY, 0xc1, digit_, SIZE_V, MEM_READ_WRITE, IMM_8, 0, name_ " Ev,Ib"),                   \
		INT(MAP_0, PFX_ANY, 0xd0, digit_, SIZE_BYTE, MEM_READ_WRITE, IMM_NONE, 0, name_ " Eb,1"),              \
		INT(MAP_0, PFX_ANY, 0xd1, digit_, SIZE_V, MEM_READ_WRITE, IMM_NONE, 0, name_ " Ev,1"),                 \
		INT(MAP_0, PFX_ANY, 0xd2, digit_, SIZE_BYTE, MEM_READ_WRITE, IMM_NONE, 0, name_ " Eb,CL"),             \
		INT(MAP_0, PFX_ANY, 0xd3, digit_, SIZE_V, MEM_READ_WRITE, IMM_NONE, 0, name_ " Ev,CL")

/* Groups 3 to 5: one digit of a byte opcode and of the word opcode after it. */
#define UNARY(opcode_, digit_, use_, flags_, name_)                                                                    \
	INT(MAP_0, PFX_ANY, opcode_, digit_, SIZE_BYTE, use_, IMM_NONE, flags_, name_ " Eb"),                          \
		INT(MAP_0, PFX_ANY, opcode_ + 1, digit_, SIZE_V, use_, IMM_NONE, flags_, name_ " Ev")

/* bt, bts, btr, btc: by a register, whose high part moves the address, and by an immediate. */
#define BIT(opcode_, digit_, use_, lock_, name_)                                                                       \
	INT(MAP_0F, PFX_ANY, opcode_, ANY_DIGIT, SIZE_V, use_, IMM_NONE, (lock_) | INSN_BIT_OFFSET, name_ " Ev,Gv"),   \
		INT(MAP_0F, PFX_ANY, 0xba, digit_, SIZE_V, use_, IMM_8, lock_, name_ " Ev,Ib")

/* Moves between a register and memory at an absolute address. */
#define MOFFS(opcode_, size_, use_, name_)                                                                             \
	{                                                                                                              \
		.name = name_, .prefix = PFX_ANY, .opcode = opcode_, .digit = ANY_DIGIT, .op_size = size_,             \
		.mem_size = MS_OP, .use = use_, .exec = EXEC_STUB                                                      \
	}

/* Moves between memory and a segment register; the register forms have no row. */
#define STORE_SEGMENT(digit_, name_)                                                                                   \
	{                                                                                                              \
		.name = "mov Ew," name_, .prefix = PFX_ANY, .opcode = 0x8c, .digit = digit_, .reg_form = REG_OTHER,    \
		.op_size = SIZE_MEM, .mem_size = 2, .use = MEM_WRITE, .exec = EXEC_SEGMENT                             \
	}
#define LOAD_SEGMENT(digit_, name_)                                                                                    \
	{                                                                                                              \
		.name = "mov " name_ ",Ew", .prefix = PFX_ANY, .opcode = 0x8e, .digit = digit_, .reg_form = REG_OTHER, \
		.op_size = SIZE_MEM, .mem_size = 2, .use = MEM_READ, .exec = EXEC_SEGMENT                              \
	}

/* Forms with a handler: a stack form with ModRM or without, a string instruction. */
#define STACK_RM(opcode_, digit_, size_, use_, exec_, name_)                                                           \
	{                                                                                                              \
		.name = name_, .prefix = PFX_ANY, .opcode = opcode_, .digit = digit_, .op_size = size_,                \
		.mem_size = MS_OP, .use = use_, .exec = exec_                                                          \
	}
#define STACK(map_, opcode_, opcodes_, modes_, size_, imm_, exec_, name_)                                              \
	{                                                                                                              \
		.name = name_, .map = map_, .prefix = PFX_ANY, .opcode = opcode_, .opcodes = opcodes_,                 \
		.digit = ANY_DIGIT, .modes = modes_, .op_size = size_, .imm = imm_, .exec = exec_                      \
	}
#define STRING(opcode_, string_, name_)                                                                                \
	{.name = name_ "b",                                                                                            \
	 .prefix = PFX_ANY,                                                                                            \
	 .opcode = opcode_,                                                                                            \
	 .digit = ANY_DIGIT,                                                                                           \
	 .op_size = SIZE_BYTE,                                                                                         \
	 .exec = EXEC_STRING,                                                                                          \
	 .string = string_},                                                                                           \
	{                                                                                                              \
		.name = name_, .prefix = PFX_ANY, .opcode = opcode_ + 1, .digit = ANY_DIGIT, .op_size = SIZE_V,        \
		.exec = EXEC_STRING, .string = string_                                                                 \
	}

/* A memory operand that is computed or hinted at and never touched. */
#define UNTOUCHED(map_, opcode_, opcodes_, reg_, name_)                                                                \
	{                                                                                                              \
		.name = name_, .map = map_, .prefix = PFX_ANY, .opcode = opcode_, .opcodes = opcodes_,                 \
		.digit = ANY_DIGIT, .reg_form = reg_, .op_size = SIZE_V, .mem_size = MS_OP, .use = MEM_NONE,           \
		.exec = EXEC_NONE                                                                                      \
	}

/* Legacy SSE with a fixed memory size; flags_ has INSN_ALIGNED where #GP demands 16 bytes. */
#define SSE(prefix_, opcode_, reg_, mem_, use_, flags_, name_)                                                         \
	{                                                                                                              \
		.name = name_, .map = MAP_0F, .prefix = prefix_, .opcode = opcode_, .digit = ANY_DIGIT,                \
		.reg_form = reg_, .op_size = SIZE_MEM, .mem_size = mem_, .use = use_, .exec = EXEC_STUB,               \
		.flags = INSN_VECTOR | (flags_)                                                                        \
	}
#define SSE_W(prefix_, opcode_, w_, mem_, use_, name_)                                                                 \
	{                                                                                                              \
		.name = name_, .map = MAP_0F, .prefix = prefix_, .opcode = opcode_, .digit = ANY_DIGIT, .w = w_,       \
		.op_size = SIZE_MEM, .mem_size = mem_, .use = use_, .exec = EXEC_STUB, .flags = INSN_VECTOR            \
	}
#define SSE_TEXT(prefix_, opcode_, w_, mem_, use_, name_)                                                              \
	{                                                                                                              \
		.name = name_, .map = MAP_0F, .prefix = prefix_, .opcode = opcode_, .digit = ANY_DIGIT, .w = w_,       \
		.op_size = SIZE_MEM, .mem_size = mem_, .use = use_, .exec = EXEC_STUB, .flags = INSN_VECTOR,           \
		.capstone = CAPSTONE_TEXT                                                                              \
	}

/* VEX with a vector register. vvvv_: a register, or reserved. */
#define AVX(map_, prefix_, opcode_, reg_, w_, l_, vvvv_, mem_, use_, flags_, name_)                                    \
	{                                                                                                              \
		.name = name_, .encoding = ENC_VEX, .map = map_, .prefix = prefix_, .opcode = opcode_,                 \
		.digit = ANY_DIGIT, .reg_form = reg_, .w = w_, .l = l_, .vvvv = vvvv_, .op_size = SIZE_MEM,            \
		.mem_size = mem_, .use = use_, .exec = EXEC_STUB, .flags = INSN_VECTOR | (flags_)                      \
	}

/* VEX on general registers: BMI1 and BMI2. */
#define BMI(map_, prefix_, opcode_, digit_, vvvv_, imm_, name_)                                                        \
	{                                                                                                              \
		.name = name_, .encoding = ENC_VEX, .map = map_, .prefix = prefix_, .opcode = opcode_,                 \
		.digit = digit_, .l = L_128, .vvvv = vvvv_, .op_size = SIZE_Y, .mem_size = MS_OP, .use = MEM_READ,     \
		.imm = imm_, .exec = EXEC_STUB                                                                         \
	}

/* clang-format off */
static const struct table_row rows[] = {
	/* --- one-byte opcodes: arithmetic --- */
	ALU(0x00, MEM_READ_WRITE, LOCKABLE, "add"),
	ALU(0x08, MEM_READ_WRITE, LOCKABLE, "or"),
	ALU(0x10, MEM_READ_WRITE, LOCKABLE, "adc"),
	ALU(0x18, MEM_READ_WRITE, LOCKABLE, "sbb"),
	ALU(0x20, MEM_READ_WRITE, LOCKABLE, "and"),
	ALU(0x28, MEM_READ_WRITE, LOCKABLE, "sub"),
	ALU(0x30, MEM_READ_WRITE, LOCKABLE, "xor"),
	ALU(0x38, MEM_READ, 0, "cmp"),
	ALU_IMM(0, MEM_READ_WRITE, LOCKABLE, "add"),
	ALU_IMM(1, MEM_READ_WRITE, LOCKABLE, "or"),
	ALU_IMM(2, MEM_READ_WRITE, LOCKABLE, "adc"),
	ALU_IMM(3, MEM_READ_WRITE, LOCKABLE, "sbb"),
	ALU_IMM(4, MEM_READ_WRITE, LOCKABLE, "and"),
	ALU_IMM(5, MEM_READ_WRITE, LOCKABLE, "sub"),
	ALU_IMM(6, MEM_READ_WRITE, LOCKABLE, "xor"),
	ALU_IMM(7, MEM_READ, 0, "cmp"),
	INT(MAP_0, PFX_ANY, 0x84, ANY_DIGIT, SIZE_BYTE, MEM_READ, IMM_NONE, 0, "test Eb,Gb"),
	INT(MAP_0, PFX_ANY, 0x85, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "test Ev,Gv"),
	INT(MAP_0, PFX_ANY, 0xf6, 0, SIZE_BYTE, MEM_READ, IMM_8, 0, "test Eb,Ib"),
	INT(MAP_0, PFX_ANY, 0xf7, 0, SIZE_V, MEM_READ, IMM_Z, 0, "test Ev,Iz"),
	UNARY(0xf6, 2, MEM_READ_WRITE, LOCKABLE, "not"),
	UNARY(0xf6, 3, MEM_READ_WRITE, LOCKABLE, "neg"),
	UNARY(0xf6, 4, MEM_READ, 0, "mul"),
	UNARY(0xf6, 5, MEM_READ, 0, "imul"),
	UNARY(0xf6, 6, MEM_READ, INSN_DIVIDES, "div"),
	UNARY(0xf6, 7, MEM_READ, INSN_DIVIDES, "idiv"),
	UNARY(0xfe, 0, MEM_READ_WRITE, LOCKABLE, "inc"),
	UNARY(0xfe, 1, MEM_READ_WRITE, LOCKABLE, "dec"),
	INT(MAP_0, PFX_ANY, 0x69, ANY_DIGIT, SIZE_V, MEM_READ, IMM_Z, 0, "imul Gv,Ev,Iz"),
	INT(MAP_0, PFX_ANY, 0x6b, ANY_DIGIT, SIZE_V, MEM_READ, IMM_8, 0, "imul Gv,Ev,Ib"),
	INT(MAP_0F, PFX_ANY, 0xaf, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "imul Gv,Ev"),

	/* shifts and rotates */
	SHIFT(0, "rol"),
	SHIFT(1, "ror"),
	SHIFT(2, "rcl"),
	SHIFT(3, "rcr"),
	SHIFT(4, "shl"),
	SHIFT(5, "shr"),
	SHIFT(6, "shl"), /* the undocumented twin of /4 */
	SHIFT(7, "sar"),
	INT(MAP_0F, PFX_ANY, 0xa4, ANY_DIGIT, SIZE_V, MEM_READ_WRITE, IMM_8, 0, "shld Ev,Gv,Ib"),
	INT(MAP_0F, PFX_ANY, 0xa5, ANY_DIGIT, SIZE_V, MEM_READ_WRITE, IMM_NONE, 0, "shld Ev,Gv,CL"),
	INT(MAP_0F, PFX_ANY, 0xac, ANY_DIGIT, SIZE_V, MEM_READ_WRITE, IMM_8, 0, "shrd Ev,Gv,Ib"),
	INT(MAP_0F, PFX_ANY, 0xad, ANY_DIGIT, SIZE_V, MEM_READ_WRITE, IMM_NONE, 0, "shrd Ev,Gv,CL"),

	/* moves */
	INT(MAP_0, PFX_ANY, 0x88, ANY_DIGIT, SIZE_BYTE, MEM_WRITE, IMM_NONE, 0, "mov Eb,Gb"),
	INT(MAP_0, PFX_ANY, 0x89, ANY_DIGIT, SIZE_V, MEM_WRITE, IMM_NONE, 0, "mov Ev,Gv"),
	INT(MAP_0, PFX_ANY, 0x8a, ANY_DIGIT, SIZE_BYTE, MEM_READ, IMM_NONE, 0, "mov Gb,Eb"),
	INT(MAP_0, PFX_ANY, 0x8b, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "mov Gv,Ev"),
	INT(MAP_0, PFX_ANY, 0xc6, 0, SIZE_BYTE, MEM_WRITE, IMM_8, 0, "mov Eb,Ib"),
	INT(MAP_0, PFX_ANY, 0xc7, 0, SIZE_V, MEM_WRITE, IMM_Z, 0, "mov Ev,Iz"),
	MOFFS(0xa0, SIZE_BYTE, MEM_READ, "mov AL,Ob"),
	MOFFS(0xa1, SIZE_V, MEM_READ, "mov rAX,Ov"),
	MOFFS(0xa2, SIZE_BYTE, MEM_WRITE, "mov Ob,AL"),
	MOFFS(0xa3, SIZE_V, MEM_WRITE, "mov Ov,rAX"),
	STORE_SEGMENT(0, "ES"),
	STORE_SEGMENT(1, "CS"),
	STORE_SEGMENT(2, "SS"),
	STORE_SEGMENT(3, "DS"),
	STORE_SEGMENT(4, "FS"),
	STORE_SEGMENT(5, "GS"),
	LOAD_SEGMENT(0, "ES"), /* CS cannot be loaded by a mov: #UD */
	LOAD_SEGMENT(2, "SS"),
	LOAD_SEGMENT(3, "DS"),
	LOAD_SEGMENT(4, "FS"),
	LOAD_SEGMENT(5, "GS"),
	CVT(MAP_0F, PFX_ANY, 0xb6, W_ANY, SIZE_V, 1, MEM_READ, 0, "movzx Gv,Eb"),
	CVT(MAP_0F, PFX_ANY, 0xb7, W_ANY, SIZE_V, 2, MEM_READ, 0, "movzx Gv,Ew"),
	CVT(MAP_0F, PFX_ANY, 0xbe, W_ANY, SIZE_V, 1, MEM_READ, 0, "movsx Gv,Eb"),
	CVT(MAP_0F, PFX_ANY, 0xbf, W_ANY, SIZE_V, 2, MEM_READ, 0, "movsx Gv,Ew"),
	/* 66 63 without REX.W reads 2 bytes on some CPUs and 4 on others, so it has no row */
	{.name = "movsxd Gv,Ed", .prefix = PFX_ANY, .opcode = 0x63, .digit = ANY_DIGIT, .modes = MODES_64, .w = W_1,
	 .op_size = SIZE_V, .mem_size = 4, .use = MEM_READ, .exec = EXEC_STUB},
	{.name = "movsxd Gv,Ed", .prefix = PFX_NONE, .opcode = 0x63, .digit = ANY_DIGIT, .modes = MODES_64, .w = W_0,
	 .op_size = SIZE_Y, .mem_size = 4, .use = MEM_READ, .exec = EXEC_STUB, .capstone = CAPSTONE_TEXT},
	{.name = "movbe Gv,Mv", .map = MAP_0F38, .prefix = PFX_NONE, .opcode = 0xf0, .digit = ANY_DIGIT,
	 .reg_form = REG_UD, .op_size = SIZE_V, .mem_size = MS_OP, .use = MEM_READ, .exec = EXEC_STUB},
	{.name = "movbe Gv,Mv", .map = MAP_0F38, .prefix = PFX_66, .opcode = 0xf0, .digit = ANY_DIGIT,
	 .reg_form = REG_UD, .op_size = SIZE_V, .mem_size = MS_OP, .use = MEM_READ, .exec = EXEC_STUB},
	{.name = "movbe Mv,Gv", .map = MAP_0F38, .prefix = PFX_NONE, .opcode = 0xf1, .digit = ANY_DIGIT,
	 .reg_form = REG_UD, .op_size = SIZE_V, .mem_size = MS_OP, .use = MEM_WRITE, .exec = EXEC_STUB},
	{.name = "movbe Mv,Gv", .map = MAP_0F38, .prefix = PFX_66, .opcode = 0xf1, .digit = ANY_DIGIT,
	 .reg_form = REG_UD, .op_size = SIZE_V, .mem_size = MS_OP, .use = MEM_WRITE, .exec = EXEC_STUB},
	{.name = "movnti My,Gy", .map = MAP_0F, .prefix = PFX_NONE, .opcode = 0xc3, .digit = ANY_DIGIT,
	 .reg_form = REG_UD, .op_size = SIZE_Y, .mem_size = MS_OP, .use = MEM_WRITE, .exec = EXEC_STUB},
	{.name = "setcc Eb", .map = MAP_0F, .prefix = PFX_ANY, .opcode = 0x90, .opcodes = 16, .digit = ANY_DIGIT,
	 .op_size = SIZE_BYTE, .mem_size = MS_OP, .use = MEM_WRITE, .exec = EXEC_STUB},
	{.name = "cmovcc Gv,Ev", .map = MAP_0F, .prefix = PFX_ANY, .opcode = 0x40, .opcodes = 16, .digit = ANY_DIGIT,
	 .op_size = SIZE_V, .mem_size = MS_OP, .use = MEM_READ, .exec = EXEC_STUB},

	/* exchanges */
	INT(MAP_0, PFX_ANY, 0x86, ANY_DIGIT, SIZE_BYTE, MEM_READ_WRITE, IMM_NONE, LOCKABLE | INSN_IMPLICIT_LOCK, "xchg Eb,Gb"),
	INT(MAP_0, PFX_ANY, 0x87, ANY_DIGIT, SIZE_V, MEM_READ_WRITE, IMM_NONE, LOCKABLE | INSN_IMPLICIT_LOCK, "xchg Ev,Gv"),
	INT(MAP_0F, PFX_ANY, 0xb0, ANY_DIGIT, SIZE_BYTE, MEM_READ_WRITE, IMM_NONE, LOCKABLE, "cmpxchg Eb,Gb"),
	INT(MAP_0F, PFX_ANY, 0xb1, ANY_DIGIT, SIZE_V, MEM_READ_WRITE, IMM_NONE, LOCKABLE, "cmpxchg Ev,Gv"),
	INT(MAP_0F, PFX_ANY, 0xc0, ANY_DIGIT, SIZE_BYTE, MEM_READ_WRITE, IMM_NONE, LOCKABLE, "xadd Eb,Gb"),
	INT(MAP_0F, PFX_ANY, 0xc1, ANY_DIGIT, SIZE_V, MEM_READ_WRITE, IMM_NONE, LOCKABLE, "xadd Ev,Gv"),
	{.name = "cmpxchg8b Mq", .map = MAP_0F, .prefix = PFX_ANY, .opcode = 0xc7, .digit = 1, .reg_form = REG_UD,
	 .w = W_0, .op_size = SIZE_Y, .mem_size = MS_PAIR, .use = MEM_READ_WRITE, .exec = EXEC_STUB, .flags = LOCKABLE},
	{.name = "cmpxchg16b Mdq", .map = MAP_0F, .prefix = PFX_ANY, .opcode = 0xc7, .digit = 1, .reg_form = REG_UD,
	 .w = W_1, .modes = MODES_64, .op_size = SIZE_Y, .mem_size = MS_PAIR, .use = MEM_READ_WRITE, .exec = EXEC_STUB,
	 .flags = LOCKABLE | INSN_ALIGNED},

	/* bits */
	BIT(0xa3, 4, MEM_READ, 0, "bt"),
	BIT(0xab, 5, MEM_READ_WRITE, LOCKABLE, "bts"),
	BIT(0xb3, 6, MEM_READ_WRITE, LOCKABLE, "btr"),
	BIT(0xbb, 7, MEM_READ_WRITE, LOCKABLE, "btc"),
	INT(MAP_0F, PFX_F3, 0xb8, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "popcnt Gv,Ev"),
	INT(MAP_0F, PFX_F3, 0xbc, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "tzcnt Gv,Ev"),
	INT(MAP_0F, PFX_F3, 0xbd, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "lzcnt Gv,Ev"),
	INT(MAP_0F, PFX_ANY, 0xbc, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "bsf Gv,Ev"),
	INT(MAP_0F, PFX_ANY, 0xbd, ANY_DIGIT, SIZE_V, MEM_READ, IMM_NONE, 0, "bsr Gv,Ev"),
	CVT(MAP_0F38, PFX_F2, 0xf0, W_ANY, SIZE_Y, 1, MEM_READ, 0, "crc32 Gy,Eb"),
	CVT(MAP_0F38, PFX_F2, 0xf1, W_ANY, SIZE_Y, MS_V, MEM_READ, 0, "crc32 Gy,Ev"),
	INT(MAP_0F38, PFX_66, 0xf6, ANY_DIGIT, SIZE_Y, MEM_READ, IMM_NONE, 0, "adcx Gy,Ey"),
	INT(MAP_0F38, PFX_F3, 0xf6, ANY_DIGIT, SIZE_Y, MEM_READ, IMM_NONE, 0, "adox Gy,Ey"),
	BMI(MAP_0F38, PFX_NONE, 0xf2, ANY_DIGIT, true, IMM_NONE, "andn Gy,By,Ey"),
	BMI(MAP_0F38, PFX_NONE, 0xf3, 1, true, IMM_NONE, "blsr By,Ey"),
	BMI(MAP_0F38, PFX_NONE, 0xf3, 2, true, IMM_NONE, "blsmsk By,Ey"),
	BMI(MAP_0F38, PFX_NONE, 0xf3, 3, true, IMM_NONE, "blsi By,Ey"),
	BMI(MAP_0F38, PFX_NONE, 0xf5, ANY_DIGIT, true, IMM_NONE, "bzhi Gy,Ey,By"),
	BMI(MAP_0F38, PFX_F3, 0xf5, ANY_DIGIT, true, IMM_NONE, "pext Gy,By,Ey"),
	BMI(MAP_0F38, PFX_F2, 0xf5, ANY_DIGIT, true, IMM_NONE, "pdep Gy,By,Ey"),
	BMI(MAP_0F38, PFX_F2, 0xf6, ANY_DIGIT, true, IMM_NONE, "mulx Gy,By,Ey"),
	BMI(MAP_0F38, PFX_NONE, 0xf7, ANY_DIGIT, true, IMM_NONE, "bextr Gy,Ey,By"),
	BMI(MAP_0F38, PFX_66, 0xf7, ANY_DIGIT, true, IMM_NONE, "shlx Gy,Ey,By"),
	BMI(MAP_0F38, PFX_F3, 0xf7, ANY_DIGIT, true, IMM_NONE, "sarx Gy,Ey,By"),
	BMI(MAP_0F38, PFX_F2, 0xf7, ANY_DIGIT, true, IMM_NONE, "shrx Gy,Ey,By"),
	BMI(MAP_0F3A, PFX_F2, 0xf0, ANY_DIGIT, false, IMM_8, "rorx Gy,Ey,Ib"),

	/* --- the stack and near branches --- */
	STACK(MAP_0, 0x50, 8, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_PUSH, "push Zv"),
	STACK(MAP_0, 0x58, 8, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_POP, "pop Zv"),
	STACK(MAP_0, 0x68, 1, MODES_ALL, SIZE_STACK, IMM_Z, EXEC_PUSH, "push Iz"),
	STACK(MAP_0, 0x6a, 1, MODES_ALL, SIZE_STACK, IMM_8, EXEC_PUSH, "push Ib"),
	STACK(MAP_0, 0x06, 1, MODES_NOT_64, SIZE_STACK, IMM_NONE, EXEC_PUSH, "push ES"),
	STACK(MAP_0, 0x0e, 1, MODES_NOT_64, SIZE_STACK, IMM_NONE, EXEC_PUSH, "push CS"),
	STACK(MAP_0, 0x16, 1, MODES_NOT_64, SIZE_STACK, IMM_NONE, EXEC_PUSH, "push SS"),
	STACK(MAP_0, 0x1e, 1, MODES_NOT_64, SIZE_STACK, IMM_NONE, EXEC_PUSH, "push DS"),
	STACK(MAP_0F, 0xa0, 1, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_PUSH, "push FS"),
	STACK(MAP_0F, 0xa8, 1, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_PUSH, "push GS"),
	STACK(MAP_0, 0x9c, 1, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_PUSH, "pushf"),
	STACK(MAP_0, 0x9d, 1, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_POP, "popf"),
	STACK(MAP_0, 0xc9, 1, MODES_ALL, SIZE_STACK, IMM_NONE, EXEC_LEAVE, "leave"),
	/* a relative target is not known without RIP, so the text is our own */
	{.name = "call Jz", .prefix = PFX_ANY, .opcode = 0xe8, .digit = ANY_DIGIT, .w = W_0, .op_size = SIZE_NEAR, .imm = IMM_Z,
	 .exec = EXEC_CALL, .capstone = CAPSTONE_TEXT},
	{.name = "call Jz", .prefix = PFX_ANY, .opcode = 0xe8, .digit = ANY_DIGIT, .w = W_1, .op_size = SIZE_NEAR, .imm = IMM_Z,
	 .exec = EXEC_CALL, .capstone = CAPSTONE_ABSENT}, /* it loses its way with 67 and REX.W */
	{.name = "ret Iw", .prefix = PFX_ANY, .opcode = 0xc2, .digit = ANY_DIGIT, .w = W_1, .op_size = SIZE_NEAR, .imm = IMM_16,
	 .exec = EXEC_RET, .capstone = CAPSTONE_ABSENT}, /* it reads the immediate short */
	STACK(MAP_0, 0xc2, 1, MODES_ALL, SIZE_NEAR, IMM_16, EXEC_RET, "ret Iw"),
	STACK(MAP_0, 0xc3, 1, MODES_ALL, SIZE_NEAR, IMM_NONE, EXEC_RET, "ret"),
	STACK_RM(0xff, 6, SIZE_STACK, MEM_READ, EXEC_PUSH, "push Ev"),
	STACK_RM(0x8f, 0, SIZE_STACK, MEM_WRITE, EXEC_POP, "pop Ev"),
	STACK_RM(0xff, 2, SIZE_NEAR, MEM_READ, EXEC_CALL, "call Ev"),
	STACK_RM(0xff, 4, SIZE_NEAR, MEM_READ, EXEC_JMP, "jmp Ev"),

	/* --- strings --- */
	STRING(0xa4, STRING_MOVS, "movs"),
	STRING(0xa6, STRING_CMPS, "cmps"),
	STRING(0xaa, STRING_STOS, "stos"),
	STRING(0xac, STRING_LODS, "lods"),
	STRING(0xae, STRING_SCAS, "scas"),

	/* --- operands that are never touched --- */
	UNTOUCHED(MAP_0, 0x8d, 1, REG_UD, "lea Gv,M"),
	{.name = "prefetchw Mb", .map = MAP_0F, .prefix = PFX_ANY, .opcode = 0x0d, .digit = 1, .op_size = SIZE_V,
	 .mem_size = MS_OP, .exec = EXEC_NONE},
	{.name = "prefetch Mb", .map = MAP_0F, .prefix = PFX_ANY, .opcode = 0x0d, .digit = ANY_DIGIT, .op_size = SIZE_V,
	 .mem_size = MS_OP, .exec = EXEC_NONE, .capstone = CAPSTONE_ABSENT},
	UNTOUCHED(MAP_0F, 0x18, 1, REG_SAME, "prefetch Ev"),
	UNTOUCHED(MAP_0F, 0x1f, 1, REG_SAME, "nop Ev"),

	/* --- SSE moves --- */
	SSE(PFX_NONE, 0x10, REG_SAME, 16, MEM_READ, 0, "movups Vps,Wps"),
	SSE(PFX_NONE, 0x11, REG_SAME, 16, MEM_WRITE, 0, "movups Wps,Vps"),
	SSE(PFX_66, 0x10, REG_SAME, 16, MEM_READ, 0, "movupd Vpd,Wpd"),
	SSE(PFX_66, 0x11, REG_SAME, 16, MEM_WRITE, 0, "movupd Wpd,Vpd"),
	SSE(PFX_F3, 0x10, REG_SAME, 4, MEM_READ, 0, "movss Vss,Wss"),
	SSE(PFX_F3, 0x11, REG_SAME, 4, MEM_WRITE, 0, "movss Wss,Vss"),
	SSE(PFX_F2, 0x10, REG_SAME, 8, MEM_READ, 0, "movsd Vsd,Wsd"),
	SSE(PFX_F2, 0x11, REG_SAME, 8, MEM_WRITE, 0, "movsd Wsd,Vsd"),
	SSE(PFX_NONE, 0x12, REG_OTHER, 8, MEM_READ, 0, "movlps Vq,Mq"),
	SSE(PFX_NONE, 0x13, REG_UD, 8, MEM_WRITE, 0, "movlps Mq,Vq"),
	SSE(PFX_66, 0x12, REG_UD, 8, MEM_READ, 0, "movlpd Vq,Mq"),
	SSE(PFX_66, 0x13, REG_UD, 8, MEM_WRITE, 0, "movlpd Mq,Vq"),
	SSE(PFX_F3, 0x12, REG_SAME, 16, MEM_READ, INSN_ALIGNED, "movsldup Vps,Wps"),
	SSE(PFX_F2, 0x12, REG_SAME, 8, MEM_READ, 0, "movddup Vq,Wq"),
	SSE(PFX_NONE, 0x16, REG_OTHER, 8, MEM_READ, 0, "movhps Vq,Mq"),
	SSE(PFX_NONE, 0x17, REG_UD, 8, MEM_WRITE, 0, "movhps Mq,Vq"),
	SSE(PFX_66, 0x16, REG_UD, 8, MEM_READ, 0, "movhpd Vq,Mq"),
	SSE(PFX_66, 0x17, REG_UD, 8, MEM_WRITE, 0, "movhpd Mq,Vq"),
	SSE(PFX_F3, 0x16, REG_SAME, 16, MEM_READ, INSN_ALIGNED, "movshdup Vps,Wps"),
	SSE(PFX_NONE, 0x28, REG_SAME, 16, MEM_READ, INSN_ALIGNED, "movaps Vps,Wps"),
	SSE(PFX_NONE, 0x29, REG_SAME, 16, MEM_WRITE, INSN_ALIGNED, "movaps Wps,Vps"),
	SSE(PFX_66, 0x28, REG_SAME, 16, MEM_READ, INSN_ALIGNED, "movapd Vpd,Wpd"),
	SSE(PFX_66, 0x29, REG_SAME, 16, MEM_WRITE, INSN_ALIGNED, "movapd Wpd,Vpd"),
	SSE(PFX_NONE, 0x2b, REG_UD, 16, MEM_WRITE, INSN_ALIGNED, "movntps Mps,Vps"),
	SSE(PFX_66, 0x2b, REG_UD, 16, MEM_WRITE, INSN_ALIGNED, "movntpd Mpd,Vpd"),
	SSE_W(PFX_NONE, 0x6e, W_0, 4, MEM_READ, "movd Pd,Ed"),
	SSE_TEXT(PFX_NONE, 0x6e, W_1, 8, MEM_READ, "movq Pq,Eq"),
	SSE_W(PFX_NONE, 0x7e, W_0, 4, MEM_WRITE, "movd Ed,Pd"),
	SSE_TEXT(PFX_NONE, 0x7e, W_1, 8, MEM_WRITE, "movq Eq,Pq"),
	SSE(PFX_NONE, 0x6f, REG_SAME, 8, MEM_READ, 0, "movq Pq,Qq"),
	SSE(PFX_NONE, 0x7f, REG_SAME, 8, MEM_WRITE, 0, "movq Qq,Pq"),
	SSE_W(PFX_66, 0x6e, W_0, 4, MEM_READ, "movd Vd,Ed"),
	SSE_W(PFX_66, 0x6e, W_1, 8, MEM_READ, "movq Vq,Eq"),
	SSE_W(PFX_66, 0x7e, W_0, 4, MEM_WRITE, "movd Ed,Vd"),
	SSE_W(PFX_66, 0x7e, W_1, 8, MEM_WRITE, "movq Eq,Vq"),
	SSE(PFX_66, 0x6f, REG_SAME, 16, MEM_READ, INSN_ALIGNED, "movdqa Vx,Wx"),
	SSE(PFX_66, 0x7f, REG_SAME, 16, MEM_WRITE, INSN_ALIGNED, "movdqa Wx,Vx"),
	SSE(PFX_F3, 0x6f, REG_SAME, 16, MEM_READ, 0, "movdqu Vx,Wx"),
	SSE(PFX_F3, 0x7f, REG_SAME, 16, MEM_WRITE, 0, "movdqu Wx,Vx"),
	SSE_W(PFX_F3, 0x7e, W_0, 8, MEM_READ, "movq Vq,Wq"),
	SSE_TEXT(PFX_F3, 0x7e, W_1, 8, MEM_READ, "movq Vq,Wq"),
	SSE(PFX_66, 0xd6, REG_SAME, 8, MEM_WRITE, 0, "movq Wq,Vq"),
	SSE(PFX_NONE, 0xe7, REG_UD, 8, MEM_WRITE, 0, "movntq Mq,Pq"),
	SSE(PFX_66, 0xe7, REG_UD, 16, MEM_WRITE, INSN_ALIGNED, "movntdq Mx,Vx"),
	SSE(PFX_F2, 0xf0, REG_UD, 16, MEM_READ, 0, "lddqu Vx,Mx"),
	{.name = "movntdqa Vx,Mx", .map = MAP_0F38, .prefix = PFX_66, .opcode = 0x2a, .digit = ANY_DIGIT,
	 .reg_form = REG_UD, .op_size = SIZE_MEM, .mem_size = 16, .use = MEM_READ, .exec = EXEC_STUB, .flags = XFER},
	{.name = "ldmxcsr Md", .map = MAP_0F, .prefix = PFX_NONE, .opcode = 0xae, .digit = 2, .reg_form = REG_OTHER,
	 .op_size = SIZE_MEM, .mem_size = 4, .use = MEM_READ, .exec = EXEC_STUB, .flags = INSN_VECTOR},
	{.name = "stmxcsr Md", .map = MAP_0F, .prefix = PFX_NONE, .opcode = 0xae, .digit = 3, .reg_form = REG_OTHER,
	 .op_size = SIZE_MEM, .mem_size = 4, .use = MEM_WRITE, .exec = EXEC_STUB, .flags = INSN_VECTOR},

	/* --- AVX moves --- */
	AVX(MAP_0F, PFX_NONE, 0x10, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, 0, "vmovups Vps,Wps"),
	AVX(MAP_0F, PFX_NONE, 0x11, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, 0, "vmovups Wps,Vps"),
	AVX(MAP_0F, PFX_66, 0x10, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, 0, "vmovupd Vpd,Wpd"),
	AVX(MAP_0F, PFX_66, 0x11, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, 0, "vmovupd Wpd,Vpd"),
	AVX(MAP_0F, PFX_F3, 0x10, REG_OTHER, W_ANY, L_ANY, false, 4, MEM_READ, 0, "vmovss Vss,Md"),
	AVX(MAP_0F, PFX_F3, 0x11, REG_OTHER, W_ANY, L_ANY, false, 4, MEM_WRITE, 0, "vmovss Md,Vss"),
	AVX(MAP_0F, PFX_F2, 0x10, REG_OTHER, W_ANY, L_ANY, false, 8, MEM_READ, 0, "vmovsd Vsd,Mq"),
	AVX(MAP_0F, PFX_F2, 0x11, REG_OTHER, W_ANY, L_ANY, false, 8, MEM_WRITE, 0, "vmovsd Mq,Vsd"),
	AVX(MAP_0F, PFX_NONE, 0x12, REG_OTHER, W_ANY, L_128, true, 8, MEM_READ, 0, "vmovlps Vq,Hq,Mq"),
	AVX(MAP_0F, PFX_NONE, 0x13, REG_UD, W_ANY, L_128, false, 8, MEM_WRITE, 0, "vmovlps Mq,Vq"),
	AVX(MAP_0F, PFX_66, 0x12, REG_UD, W_ANY, L_128, true, 8, MEM_READ, 0, "vmovlpd Vq,Hq,Mq"),
	AVX(MAP_0F, PFX_66, 0x13, REG_UD, W_ANY, L_128, false, 8, MEM_WRITE, 0, "vmovlpd Mq,Vq"),
	AVX(MAP_0F, PFX_F3, 0x12, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, 0, "vmovsldup Vx,Wx"),
	AVX(MAP_0F, PFX_F2, 0x12, REG_SAME, W_ANY, L_128, false, 8, MEM_READ, 0, "vmovddup Vq,Wq"),
	AVX(MAP_0F, PFX_F2, 0x12, REG_SAME, W_ANY, L_256, false, 32, MEM_READ, 0, "vmovddup Vx,Wx"),
	AVX(MAP_0F, PFX_NONE, 0x16, REG_OTHER, W_ANY, L_128, true, 8, MEM_READ, 0, "vmovhps Vq,Hq,Mq"),
	AVX(MAP_0F, PFX_NONE, 0x17, REG_UD, W_ANY, L_128, false, 8, MEM_WRITE, 0, "vmovhps Mq,Vq"),
	AVX(MAP_0F, PFX_66, 0x16, REG_UD, W_ANY, L_128, true, 8, MEM_READ, 0, "vmovhpd Vq,Hq,Mq"),
	AVX(MAP_0F, PFX_66, 0x17, REG_UD, W_ANY, L_128, false, 8, MEM_WRITE, 0, "vmovhpd Mq,Vq"),
	AVX(MAP_0F, PFX_F3, 0x16, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, 0, "vmovshdup Vx,Wx"),
	AVX(MAP_0F, PFX_NONE, 0x28, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, INSN_ALIGNED, "vmovaps Vps,Wps"),
	AVX(MAP_0F, PFX_NONE, 0x29, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, INSN_ALIGNED, "vmovaps Wps,Vps"),
	AVX(MAP_0F, PFX_66, 0x28, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, INSN_ALIGNED, "vmovapd Vpd,Wpd"),
	AVX(MAP_0F, PFX_66, 0x29, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, INSN_ALIGNED, "vmovapd Wpd,Vpd"),
	AVX(MAP_0F, PFX_NONE, 0x2b, REG_UD, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, INSN_ALIGNED, "vmovntps Mps,Vps"),
	AVX(MAP_0F, PFX_66, 0x2b, REG_UD, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, INSN_ALIGNED, "vmovntpd Mpd,Vpd"),
	AVX(MAP_0F, PFX_66, 0x6e, REG_SAME, W_0, L_128, false, 4, MEM_READ, 0, "vmovd Vd,Ed"),
	{.name = "vmovq Vq,Eq", .encoding = ENC_VEX, .map = MAP_0F, .prefix = PFX_66, .opcode = 0x6e, .digit = ANY_DIGIT, .w = W_1,
	 .l = L_128, .modes = MODES_64, .op_size = SIZE_MEM, .mem_size = 8, .use = MEM_READ, .exec = EXEC_STUB,
	 .flags = INSN_VECTOR},
	AVX(MAP_0F, PFX_66, 0x7e, REG_SAME, W_0, L_128, false, 4, MEM_WRITE, 0, "vmovd Ed,Vd"),
	{.name = "vmovq Eq,Vq", .encoding = ENC_VEX, .map = MAP_0F, .prefix = PFX_66, .opcode = 0x7e, .digit = ANY_DIGIT, .w = W_1,
	 .l = L_128, .modes = MODES_64, .op_size = SIZE_MEM, .mem_size = 8, .use = MEM_WRITE, .exec = EXEC_STUB,
	 .flags = INSN_VECTOR},
	AVX(MAP_0F, PFX_66, 0x6f, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, INSN_ALIGNED, "vmovdqa Vx,Wx"),
	AVX(MAP_0F, PFX_66, 0x7f, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, INSN_ALIGNED, "vmovdqa Wx,Vx"),
	AVX(MAP_0F, PFX_F3, 0x6f, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_READ, 0, "vmovdqu Vx,Wx"),
	AVX(MAP_0F, PFX_F3, 0x7f, REG_SAME, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, 0, "vmovdqu Wx,Vx"),
	AVX(MAP_0F, PFX_F3, 0x7e, REG_SAME, W_ANY, L_128, false, 8, MEM_READ, 0, "vmovq Vq,Wq"),
	AVX(MAP_0F, PFX_66, 0xd6, REG_SAME, W_ANY, L_128, false, 8, MEM_WRITE, 0, "vmovq Wq,Vq"),
	AVX(MAP_0F, PFX_66, 0xe7, REG_UD, W_ANY, L_ANY, false, MS_VL, MEM_WRITE, INSN_ALIGNED, "vmovntdq Mx,Vx"),
	AVX(MAP_0F, PFX_F2, 0xf0, REG_UD, W_ANY, L_ANY, false, MS_VL, MEM_READ, 0, "vlddqu Vx,Mx"),
	AVX(MAP_0F38, PFX_66, 0x2a, REG_UD, W_ANY, L_ANY, false, MS_VL, MEM_READ, INSN_ALIGNED, "vmovntdqa Vx,Mx"),
	AVX(MAP_0F38, PFX_66, 0x18, REG_SAME, W_0, L_ANY, false, 4, MEM_READ, 0, "vbroadcastss Vx,Wd"),
	AVX(MAP_0F38, PFX_66, 0x19, REG_SAME, W_0, L_256, false, 8, MEM_READ, 0, "vbroadcastsd Vqq,Wq"),
	AVX(MAP_0F38, PFX_66, 0x1a, REG_UD, W_0, L_256, false, 16, MEM_READ, 0, "vbroadcastf128 Vqq,Mdq"),
	{.name = "vbroadcasti128 Vqq,Mdq", .encoding = ENC_VEX, .map = MAP_0F38, .prefix = PFX_66, .opcode = 0x5a,
	 .digit = ANY_DIGIT, .reg_form = REG_UD, .l = L_256, .w = W_0, .op_size = SIZE_MEM, .mem_size = 16, .use = MEM_READ,
	 .exec = EXEC_STUB, .flags = INSN_VECTOR, .capstone = CAPSTONE_ABSENT},
	AVX(MAP_0F38, PFX_66, 0x78, REG_SAME, W_0, L_ANY, false, 1, MEM_READ, 0, "vpbroadcastb Vx,Wb"),
	AVX(MAP_0F38, PFX_66, 0x79, REG_SAME, W_0, L_ANY, false, 2, MEM_READ, 0, "vpbroadcastw Vx,Ww"),
	AVX(MAP_0F38, PFX_66, 0x58, REG_SAME, W_0, L_ANY, false, 4, MEM_READ, 0, "vpbroadcastd Vx,Wd"),
	AVX(MAP_0F38, PFX_66, 0x59, REG_SAME, W_0, L_ANY, false, 8, MEM_READ, 0, "vpbroadcastq Vx,Wq"),
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define MAPS 4
#define ENCODINGS 3

/* The first and one past the last row that an opcode may have; 0, 0 if none. */
struct table_index {
	uint16_t first[ENCODINGS][MAPS][256];
	uint16_t end[ENCODINGS][MAPS][256];
};

unsigned table_rows(void)
{
	return ROWS;
}

const struct table_row *table_row(unsigned row)
{
	return &rows[row];
}

static unsigned opcodes_of(const struct table_row *row)
{
	return row->opcodes ? row->opcodes : 1;
}

struct table_index *table_index_new(void)
{
	struct table_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	for (unsigned i = 0; i < ROWS; i++) {
		uint16_t *first = index->first[rows[i].encoding][rows[i].map];
		uint16_t *end = index->end[rows[i].encoding][rows[i].map];

		for (unsigned op = rows[i].opcode; op < rows[i].opcode + opcodes_of(&rows[i]); op++) {
			if (!end[op])
				first[op] = (uint16_t)i;
			end[op] = (uint16_t)(i + 1);
		}
	}
	return index;
}

void table_index_free(struct table_index *index)
{
	free(index);
}

static bool w_matches(enum w_rule rule, const struct insn_fields *f)
{
	return rule == W_ANY || (rule == W_1) == ((f->rex & 8) != 0);
}

static bool l_matches(enum l_rule rule, const struct insn_fields *f)
{
	return rule == L_ANY || (rule == L_128 ? 16 : 32) == f->vector_len;
}

static bool mode_matches(enum mode_rule rule, enum cpu_mode mode)
{
	return rule == MODES_ALL || (rule == MODES_64) == (mode == MODE_64);
}

static bool opcode_matches(const struct table_row *row, const struct insn_fields *f)
{
	return row->encoding == f->encoding && row->map == f->map && f->opcode >= row->opcode &&
	       f->opcode < row->opcode + opcodes_of(row) && (row->prefix == PFX_ANY || row->prefix == f->prefix) &&
	       (row->digit == ANY_DIGIT || (unsigned)row->digit == fields_digit(f));
}

/* CPUs differ on 66 with a near branch in 64-bit mode: some take it for a 16-bit one. */
static bool branch_is_certain(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	return row->op_size != SIZE_NEAR || mode != MODE_64 || !f->opsize || (f->rex & 8);
}

uint16_t table_find(const struct table_index *index, const struct insn_fields *f, enum cpu_mode mode)
{
	unsigned end = index->end[f->encoding][f->map][f->opcode];
	bool is_reg = f->has_modrm && !fields_names_memory(f);

	for (unsigned i = index->first[f->encoding][f->map][f->opcode]; i < end; i++) {
		const struct table_row *row = &rows[i];

		if (opcode_matches(row, f) && w_matches(row->w, f) && l_matches(row->l, f) &&
		    mode_matches(row->modes, mode) && !(is_reg && row->reg_form == REG_OTHER) &&
		    branch_is_certain(row, f, mode))
			return (uint16_t)i;
	}
	return TABLE_NO_ROW;
}

/* Intel SDM Vol 1, "Operand Size and Address Size in 64-Bit Mode"; Vol 2, "Instruction Prefixes". */
static uint8_t size_v(const struct insn_fields *f, enum cpu_mode mode)
{
	if (mode == MODE_64 && (f->rex & 8))
		return 8;
	return f->opsize != (mode == MODE_16) ? 2 : 4;
}

uint8_t table_op_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	uint8_t v = size_v(f, mode);

	switch (row->op_size) {
	case SIZE_BYTE:
		return 1;
	case SIZE_V:
		return v;
	case SIZE_Y:
		return mode == MODE_64 && (f->rex & 8) ? 8 : 4;
	case SIZE_STACK:
		return mode == MODE_64 && v == 4 ? 8 : v;
	case SIZE_NEAR:
		return mode == MODE_64 ? 8 : v;
	case SIZE_MEM:
		return table_mem_size(row, f, mode);
	}
	return 0;
}

uint8_t table_mem_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	uint8_t vector = f->vector_len ? f->vector_len : 16;

	switch (row->mem_size) {
	case MS_OP:
		return table_op_size(row, f, mode);
	case MS_V:
		return size_v(f, mode);
	case MS_PAIR:
		return (uint8_t)(2 * table_op_size(row, f, mode));
	case MS_VL:
		return vector;
	case MS_VL_2:
		return vector / 2;
	case MS_VL_4:
		return vector / 4;
	case MS_VL_8:
		return vector / 8;
	default:
		return row->mem_size;
	}
}

uint8_t table_imm_size(const struct table_row *row, const struct insn_fields *f, enum cpu_mode mode)
{
	switch (row->imm) {
	case IMM_NONE:
		return 0;
	case IMM_8:
		return 1;
	case IMM_16:
		return 2;
	case IMM_Z:
		return table_op_size(row, f, mode) == 2 ? 2 : 4;
	}
	return 0;
}
