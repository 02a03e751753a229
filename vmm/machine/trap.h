/*
 * trap.h: make pages of guest memory non-present, or read-only, in EPT/NPT.
 *
 * The one mechanism today: the protection of the guest view. KVM follows it by its
 * MMU notifier and unmaps just that page; a touch then makes KVM_RUN fail with
 * EFAULT, with nothing executed (docs/adr/0001). No memslot is ever changed. A second
 * mechanism would be another file behind this header. Any thread may ask while another
 * sets; two that set the same page agree on it elsewhere.
 */
#ifndef VMM_MACHINE_TRAP_H
#define VMM_MACHINE_TRAP_H

#include "vmm/machine/ram.h"

enum trap_mode {
	TRAP_NONE, /* an ordinary page: hardware speed */
	TRAP_STORES, /* loads at hardware speed, stores trap */
	TRAP_ALL, /* every touch traps */
};

struct trap;

/* Every page starts as TRAP_NONE. NULL when out of memory. ram must be mapped, and outlive it. */
struct trap *trap_new(const struct ram *ram);
void trap_free(struct trap *trap);

/* Set the mode of the page that holds gpa. 0, or -errno: -ENOENT where there is no memory. */
int trap_set(struct trap *trap, gpa_t gpa, enum trap_mode mode);

/*
 * The same for the whole pages [start, start+size). -ENOENT where not all of it is memory, and then nothing
 * is done; another error may leave some of them set: set them again.
 */
int trap_set_range(struct trap *trap, gpa_t start, uint64_t size, enum trap_mode mode);

/* TRAP_NONE where there is no memory. */
enum trap_mode trap_get(const struct trap *trap, gpa_t gpa);

/* The page that holds gpa in the monitor's view; NULL where there is no memory, or loads of it trap. */
const uint8_t *trap_bytes(const struct trap *trap, gpa_t gpa);

/* How often any page's mode was set: what was found out about pages before holds while this stays. */
uint64_t trap_changes(const struct trap *trap);

/* Would a load (or a store) of the guest at gpa trap? */
bool trap_catches(const struct trap *trap, gpa_t gpa, bool store);

#endif
