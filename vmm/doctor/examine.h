/*
 * examine.h: all the questions, in order, and what follows from the answers.
 */
#ifndef VMM_DOCTOR_EXAMINE_H
#define VMM_DOCTOR_EXAMINE_H

#include "vmm/doctor/doctor.h"

/*
 * Examine the KVM at `device` ("/dev/kvm"): the items whose bits (1 << id) are in wanted, and
 * DOCTOR_DEVICE to DOCTOR_VM always. *out is complete in every case: what could not be
 * tried says why. At most 10 s.
 */
void examine(const char *device, uint64_t wanted, struct doctor_findings *out);

/* Which module serves this host's KVM, and whether with nested paging: "kvm_amd, npt=1". */
void examine_kvm_text(char *text, size_t n);

#define EXAMINE_ALL UINT64_MAX
#define EXAMINE_COSTS (0xfull << DOCTOR_EXIT_COST_0)

/* follows.c: from the items to everything below them in struct doctor_findings. */
void follows(struct doctor_findings *findings);

#endif
