/*
 * paging.h: page tables, written into guest memory for the guest's start.
 *
 * Tables are taken one after the other from one run of guest memory; nothing is
 * ever unmapped. Mapping the same page again widens its rights. Source: Intel SDM
 * Vol 3, "32-Bit Paging", "PAE Paging", "4-Level Paging".
 */
#ifndef VMM_BOOT_PAGING_H
#define VMM_BOOT_PAGING_H

#include "decoder/regs.h"
#include "vmm/machine/ram.h"

#define PAGING_SMALL 4096ull
#define PAGING_LARGE (2ull << 20)
#define PAGING_LARGE_32 (4ull << 20) /* the large page of 32-bit paging */

/* What a mapping allows beyond supervisor reads. */
#define PAGING_WRITE 1u
#define PAGING_USER 2u
#define PAGING_EXECUTE 4u

enum paging_format {
	PAGING_LONG, /* four levels */
	PAGING_PAE, /* four entries that lead to two levels; 32-bit addresses */
	PAGING_32, /* two levels of 4-byte entries; 32-bit addresses */
};

struct paging {
	enum paging_format format;
	const struct ram *ram;
	gpa_t root; /* for CR3 */
	uint64_t next, end; /* tables still to be had: [next, end) */
};

enum paging_status {
	PAGING_OK,
	PAGING_FULL, /* no table left */
	PAGING_CONFLICT, /* a page is mapped to another address or in another size already */
	PAGING_INVALID, /* not canonical, beyond what the format's addresses reach, or not aligned */
};

/* An upper bound, in every format, of the bytes of tables for one paging_map() of these; 0 if size is 0. Root included.
 */
uint64_t paging_bytes(uint64_t start, uint64_t size, uint64_t page_size);

/* Tables from [start, start+size), which ram_bytes() must reach. PAGING_OK, or PAGING_FULL. */
enum paging_status paging_init(struct paging *p, enum paging_format format, const struct ram *ram, gpa_t start,
			       uint64_t size);

/*
 * Map [gva, gva+size) to gpa in pages of page_size (PAGING_SMALL or the format's large one); all three must be
 * multiples of it. On an error part of it may be mapped. 32-bit paging has no right to refuse execution.
 */
enum paging_status paging_map(struct paging *p, gva_t gva, gpa_t gpa, uint64_t size, uint64_t page_size,
			      unsigned rights);

const char *paging_status_text(enum paging_status status);

#endif
