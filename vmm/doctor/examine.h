/*
 * examine.h: all the questions, in order, and what follows from the answers.
 */
#ifndef VMM_DOCTOR_EXAMINE_H
#define VMM_DOCTOR_EXAMINE_H

#include "vmm/doctor/doctor.h"

/*
 * Examine the KVM at `device` ("/dev/kvm"). *out is complete in every case: what could
 * not be tried says why. With costs, the costs are measured too. At most 10 s.
 */
void examine(const char *device, bool costs, struct doctor_findings *out);

/* follows.c: from the items to everything below them in struct doctor_findings. */
void follows(struct doctor_findings *findings);

#endif
