/* report.h: findings in words, and as JSON. */
#ifndef VMM_DOCTOR_REPORT_H
#define VMM_DOCTOR_REPORT_H

#include "vmm/doctor/doctor.h"

/* kernel is the host's release, as uname gives it. Errors of out are its owner's to look at. */
void report_text(const struct doctor_findings *findings, const char *kernel, FILE *out);
void report_json(const struct doctor_findings *findings, const char *kernel, FILE *out);

#endif
