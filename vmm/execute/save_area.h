/*
 * save_area.h: FXSAVE, FXRSTOR, XSAVE, XSAVEC, XSAVEOPT and XRSTOR as stubs.
 *
 * They run on the host CPU with the area on the slot; what differs is which
 * components there are: the guest's XCR0, not the host's, limits them.
 * Source: Intel SDM Vol 1, "Managing State Using the XSAVE Feature Set".
 */
#ifndef VMM_EXECUTE_SAVE_AREA_H
#define VMM_EXECUTE_SAVE_AREA_H

#include "vmm/execute/execute.h"

enum save_area {
	SAVE_AREA_NOT, /* another instruction */
	SAVE_AREA_FX, /* fxsave, fxrstor */
	SAVE_AREA_SAVE, /* xsave, xsavec, xsaveopt */
	SAVE_AREA_RESTORE, /* xrstor */
};

enum save_area save_area_of(const struct insn *insn);

/* Is this reference of xrstor's one of those that the area's header says are read or not? */
bool save_area_is_component(const struct insn *insn, const struct memref *ref);

/*
 * May it run with its area on the slot? EXECUTE_OK: *rfbm is EDX:EAX as the stub
 * is to see it. Otherwise as execute() says, *rfbm untouched.
 */
enum execute_status save_area_admit(const struct execution_in *in, const struct vector_state *vector,
				    const uint8_t *slot, uint64_t *rfbm, struct execution_out *out);

#endif
