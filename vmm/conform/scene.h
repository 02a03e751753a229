/*
 * scene.h: the state in which a case runs: registers, vector state, memory.
 */
#ifndef VMM_CONFORM_SCENE_H
#define VMM_CONFORM_SCENE_H

#include "decoder/decode.h"
#include "decoder/memref.h"
#include "decoder/vector.h"
#include "vmm/conform/case.h"

/* What the machine that runs the case has. */
struct scene_host {
	struct decoder *decoder;
	uint64_t features; /* XCR0: components of vector state */
	struct vector_layout layout;
	unsigned cpl;
	bool segment_bases; /* FS and GS may have a base */
	bool alignment_checks; /* this CPU raises #AC */
	uint16_t selectors[SEG_COUNT];
};

enum scene_status {
	SCENE_READY,
	SCENE_UNDECODED, /* decode() refuses the bytes: scene->decoded says how; registers are drawn all the same */
	SCENE_UNAIMED, /* no register or displacement brings every access into the arena */
};

/* A run of bytes in the arena that is drawn anew for each case. */
struct window {
	uint32_t at, size;
};

struct scene {
	struct conform_case from;
	enum decode_status decoded;
	struct insn insn; /* its bytes are those that run */
	struct regs regs;
	bool uses_vector;
	struct vector_state vector; /* if uses_vector */
	unsigned nrefs, nwindows;
	struct memref refs[MEMREF_MAX];
	struct window windows[MEMREF_MAX + 1];
};

/* Draw the scene of a case. Only on SCENE_READY are refs and windows complete. */
enum scene_status scene_make(const struct scene_host *host, const struct conform_case *c, struct scene *out);

/* Write what the windows hold before the instruction; arena is ARENA_SIZE bytes. */
void scene_fill(const struct scene *scene, uint8_t *arena);

/* What an arena holds outside the windows. */
#define SCENE_PATTERN 0x5a

#endif
