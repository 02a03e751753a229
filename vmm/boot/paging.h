/*
 * paging.h: 4-level page tables, written into guest memory for the guest's start.
 *
 * Tables are taken one after the other from one run of guest memory; nothing is
 * ever unmapped. Mapping the same page again widens its rights. Source: Intel SDM
 * Vol 3, "4-Level Paging".
 */
#ifndef VMM_BOOT_PAGING_H
#define VMM_BOOT_PAGING_H

#include "decoder/regs.h"
#include "vmm/machine/ram.h"

#define PAGING_SMALL 4096ull
#define PAGING_LARGE (2ull << 20)

/* What a mapping allows beyond supervisor reads. */
#define PAGING_WRITE 1u
#define PAGING_USER 2u
#define PAGING_EXECUTE 4u

struct paging {
	const struct ram *ram;
	gpa_t root; /* for CR3 */
	uint64_t next, end; /* tables still to be had: [next, end) */
};

enum paging_status {
	PAGING_OK,
	PAGING_FULL, /* no table left */
	PAGING_CONFLICT, /* a page is mapped to another address or in another size already */
	PAGING_INVALID, /* not canonical, beyond 52 bits, or not aligned */
};

/* An upper bound of the bytes of tables for one paging_map() of these; 0 if size is 0. Root included. */
uint64_t paging_bytes(uint64_t start, uint64_t size, uint64_t page_size);

/* Tables from [start, start+size), which ram_bytes() must reach. PAGING_OK, or PAGING_FULL. */
enum paging_status paging_init(struct paging *p, const struct ram *ram, gpa_t start, uint64_t size);

/*
 * Map [gva, gva+size) to gpa in pages of page_size (PAGING_SMALL or PAGING_LARGE); all three must be multiples of
 * it. On an error part of it may be mapped.
 */
enum paging_status paging_map(struct paging *p, gva_t gva, gpa_t gpa, uint64_t size, uint64_t page_size,
			      unsigned rights);

const char *paging_status_text(enum paging_status status);

#endif
