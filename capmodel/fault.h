/*
 * fault.h: the names of the architectural exceptions (Intel SDM Vol 3,
 * "Exceptions and Interrupts", the table of exceptions).
 */
#ifndef CAPMODEL_FAULT_H
#define CAPMODEL_FAULT_H

#include "capmodel/keeper.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_VECTORS 32 /* exceptions are vectors 0..31; 2 is the NMI and no exception */
#define FAULT_TEXT 24

/* Whether a fault with this vector can be delivered as an exception. */
bool fault_vector_ok(uint64_t vector);

/* Whether the CPU pushes an error code with this exception. */
bool fault_vector_has_error(uint8_t vector);

/* "gp" -> 13. false if there is no such exception, then *vector is untouched. */
bool fault_by_name(const char *name, uint8_t *vector);

/* "#GP(0)", "#UD", "#PF(auto)", "#31" */
void fault_text(const struct fault *fault, char text[FAULT_TEXT]);

#endif
