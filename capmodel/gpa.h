/* gpa.h: a guest-physical address: cannot be dereferenced or mixed with a gva. */
#ifndef CAPMODEL_GPA_H
#define CAPMODEL_GPA_H

#include <stdint.h>

typedef struct {
	uint64_t v;
} gpa_t;

#define PAGE_SIZE 4096ull
#define PAGE_MASK (PAGE_SIZE - 1)

#endif
