/*
 * step_state.h: one private step while it lasts, for the files of it.
 *
 *   step.c         the order of things
 *   step_run.c     running the one instruction
 *   step_pages.c   pages: opened, filled, given back, closed
 *   step_parts.c   what is accessed: admitted, loaded, compared, stored
 *   step_reach.c   the way to bytes of the guest's, and the bytes of the instruction
 *   step_places.c  its operands, and where else it could touch a page
 *   step_repeat.c  REP does one element
 *   step_event.c   what the delivery of an event touches; INT instructions
 *   step_gate.c    the entries of the table of interrupts
 *   step_fence.c   no handler of the guest's runs in a step
 *   step_flags.c   the trap flag, where stepping leaves it
 */
#ifndef VMM_ACCESS_STEP_STATE_H
#define VMM_ACCESS_STEP_STATE_H

#include "vmm/access/commit.h"
#include "vmm/access/step.h"

#define STEP_PAGES_MAX 24
#define STEP_USED_MAX 64
#define STEP_FENCES_MAX 40
#define STEP_SAVED_MAX 8

#define STEP_NO_VECTOR (-1)
#define STEP_FENCE_PORT 0xed /* nobody's */

/* A trapped page, opened for the one instruction. */
struct step_page {
	gpa_t gpa;
	enum trap_mode mode; /* what it gets back at the end */
	uint8_t *bytes; /* the monitor's view */
	bool blind; /* some kept bytes could not be looked at without an effect */
	uint8_t under[PAGE_SIZE]; /* as the memory was */
	uint8_t filled[PAGE_SIZE]; /* as the guest finds it */
	uint8_t given[PAGE_SIZE / 8]; /* a bit each: this byte was loaded from its keeper, or is ordinary memory */
};

/* Ordinary memory that the instruction may store to, for the case that it is undone. */
struct step_saved {
	uint8_t *bytes; /* the monitor's view */
	uint8_t size;
	uint8_t was[ACCESS_SIZE_MAX];
};

/* A way into a handler of the guest's, closed for the time of the step. */
struct step_fence {
	gpa_t gpa; /* a page, if bytes is NULL */
	enum trap_mode mode; /* what it gets back */
	uint8_t *bytes; /* or the handler's first two bytes, which are an OUT now */
	uint8_t was[2];
};

struct step {
	struct step_host host;
	struct access_env *env;
	struct vcpu *vcpu;
	struct plan *plan;
	struct walk_memory tables; /* tables of the guest's, where each entry has been loaded from its keeper */
	struct commit_photo photo; /* the vCPU when it began */
	unsigned npages, nused, nfences, nsaved;
	struct step_page pages[STEP_PAGES_MAX];
	gpa_t used[STEP_USED_MAX]; /* pages that the instruction touches and that are open anyway */
	struct step_fence fences[STEP_FENCES_MAX];
	struct step_saved saved[STEP_SAVED_MAX];
	bool faulted; /* the instruction: it has raised an exception and not happened */
	bool served; /* a port or a device has answered: it cannot be undone */
	bool patched; /* one of them is an OUT */
	bool at_fence; /* the guest has come to one: */
	uint64_t fence_rip;
	unsigned loaded; /* parts up to here have been loaded */
	unsigned guess; /* the next place to look for a page that is touched */
	const struct memref *operand; /* what is being reached, where the instruction's form names it; else NULL */
	int vector; /* of the event to deliver, or STEP_NO_VECTOR */
	bool has_error; /* and whether it pushes an error code */
	bool software; /* it is an INT instruction's */
	bool in_delivery; /* KVM had begun to deliver an event when the step began */
	struct regs from; /* what the vCPU starts with: before, but past an INT instruction, or with a count of 1 */
	bool one_element; /* of a REP with more */
	unsigned nhandlers; /* the fenced handlers of exceptions */
	bool has_target; /* SYSCALL or SYSRET, which end the trap flag: where they go is fenced */
	uint64_t target; /* RIP */
	struct {
		uint64_t rip;
		gva_t linear;
		uint8_t vector;
		uint8_t word; /* of the frame it is given */
	} handlers[STEP_FENCES_MAX];
	struct {
		bool asked, steps; /* does single-stepping work? */
		bool emulates; /* KVM emulates there: it cannot be made to report that it reads a closed IDT */
		char why[160]; /* what was found instead */
	} hosts[2]; /* this KVM at CPL 0..2, at CPL 3 */
	bool interpreted; /* hosts[].emulates at the guest's level */
};

/* --- step_run.c --------------------------------------------------------------- */

/* Can this KVM do it at the guest's level? OUTCOME_STOP with why, and the reason, if not. */
enum outcome step_check_host(struct step *s, const char *why);

/* Do it. out->exit is what the caller of step_run() is to look at. */
enum outcome step_go(struct step *s, const char *why, struct step_end *out);

/* Stepping off. end, or OUTCOME_STOP. */
enum outcome step_disarm(struct step *s, enum outcome end);

/* --- step_pages.c ------------------------------------------------------------- */

/* A run of bytes of one page that one capability serves. */
struct step_extent {
	unsigned at, size; /* in the page */
	struct space_slot slot;
	bool kept; /* by a keeper, or by nobody: not ordinary memory */
};

/* The extent at offset `at` of the page. False at its end. */
bool step_extent_at(const struct step *s, const struct step_page *page, unsigned at, struct step_extent *e);

/* These bytes of the page were loaded, or need not be. */
void step_give(struct step_page *page, unsigned at, unsigned size);
bool step_is_given(const struct step_page *page, unsigned at, unsigned size);

struct step_page *step_page_of(struct step *s, gpa_t gpa);

/* Open the page of gpa, which is trapped, and fill it with what can be looked at. */
enum outcome step_open(struct step *s, gpa_t gpa, struct step_page **out);

/* The instruction touches this page, which is not trapped: it must not be fenced. */
void step_note(struct step *s, gpa_t gpa);
bool step_notes(const struct step *s, gpa_t gpa);

/* Nothing happened: the memory underneath as it was. */
void step_undo(struct step *s);

/* Also what the instruction stored to ordinary memory, and the vCPU. OUTCOME_RETRY, or OUTCOME_STOP if that cannot be.
 */
enum outcome step_undo_all(struct step *s);

/* The instruction may store size bytes to ordinary memory at gpa, in one page. */
void step_save(struct step *s, gpa_t gpa, unsigned size);

/* Give every page and every fence its mode back. 0 or -errno. */
int step_close(struct step *s);

/* --- step_parts.c ------------------------------------------------------------- */

/*
 * The instruction accesses [gpa, gpa+size), in one page, which gva leads to: open
 * the page if it is trapped and have the access admitted. step_load() then loads.
 */
enum outcome step_access(struct step *s, gva_t gva, gpa_t gpa, unsigned size, enum mem_use use);

/* It may access any of [gpa, gpa+size), in one page: open it and have all that is kept of it admitted as loads. */
enum outcome step_access_any(struct step *s, gva_t gva, gpa_t gpa, unsigned size);

/* Load what was admitted and not loaded yet. */
void step_load(struct step *s);

/* After the instruction: what it changed as parts of the plan, admitted; the memory underneath as it was. */
enum outcome step_settle(struct step *s);
/* Then: the keepers take it. */
void step_store(struct step *s);

/* --- step_reach.c ------------------------------------------------------------- */

/* What is at gva, with every table of the walk opened and loaded. *mapped: the walk has an answer. */
enum outcome step_walk(struct step *s, const struct regs *regs, gva_t gva, enum walk_use use, gpa_t *gpa, bool *mapped);

/* As step_access(), by linear address, over page boundaries; what is not mapped is left to the CPU's own fault. */
enum outcome step_reach(struct step *s, const struct regs *regs, gva_t gva, unsigned size, enum mem_use use);

/* The same in two: what is accessed is not loaded yet; or only the tables of the walks are. */
enum outcome step_reach_as(struct step *s, const struct regs *regs, gva_t gva, unsigned size, enum mem_use use,
			   enum walk_use how, bool tables_only);
enum walk_use step_use(enum mem_use use);

bool step_canonical(const struct regs *regs, uint64_t address);

/* Bytes of the guest's by linear address, as they are now; false where they are trapped or not mapped. */
bool step_peek(struct step *s, const struct regs *regs, gva_t gva, unsigned size, void *out);

/* The bytes of the instruction, and what they mean. */
enum outcome step_fetch(struct step *s);

/* --- step_places.c ------------------------------------------------------------ */

/* The operands, as far as they are known. */
enum outcome step_operands(struct step *s);

/* It touches another trapped page: open the next that it can be. Stops when there is none. */
enum outcome step_guess(struct step *s);

/* --- step_repeat.c ------------------------------------------------------------ */

/* A REP does one element; *after gets the count and RIP that belong to it. */
void step_one_element(struct step *s);
void step_element_done(const struct step *s, struct regs *after);

/* --- step_event.c -------------------------------------------------------------- */

/* The event that KVM is delivering: sets vector and has_error. */
void step_event_find(struct step *s);

/*
 * If the instruction is INT n, INT3 or INT1, make an event of it: RIP past it, its vector
 * as an interrupt to deliver. The pages of its fetch are closed again.
 */
enum outcome step_event_software(struct step *s);

/* What delivering s->vector reads and writes. */
enum outcome step_event_reach(struct step *s);

/* --- step_gate.c --------------------------------------------------------------- */

struct step_gate {
	uint64_t handler; /* its offset in the code segment */
	uint16_t selector;
	uint8_t ist; /* 0: no stack of its own */
	uint8_t dpl; /* 3 in real mode */
	uint8_t word; /* bytes of each value of the frame */
	bool task; /* a task gate */
	bool present;
};

bool step_long_mode(const struct step *s);
bool step_real_mode(const struct step *s);
const struct kvm_sregs *step_sregs(const struct step *s);
unsigned step_gate_size(const struct step *s); /* bytes of an entry: 4, 8 or 16 */
gva_t step_gate_at(const struct step *s, unsigned vector);
bool step_gate_in_table(const struct step *s, unsigned vector);
/* bytes: as many as an entry has, and anything behind them. */
struct step_gate step_gate_of(const struct step *s, const uint8_t bytes[16]);
/* Where the handler begins. False where the code segment cannot be looked at. */
bool step_gate_handler(struct step *s, const struct step_gate *gate, gva_t *linear);

/* Descriptor of a selector, in the GDT or the LDT; the base in it. */
gva_t step_descriptor_at(const struct step *s, uint16_t selector);
uint32_t step_descriptor_base(uint64_t descriptor);

/* --- step_fence.c -------------------------------------------------------------- */

/*
 * Close the pages that an exception of the step's would need, so that it ends the step. OUTCOME_STOP where what the
 * instruction or event leads to could not be closed.
 */
enum outcome step_fence(struct step *s);
/* The handlers, not the descriptor table: the instruction itself uses that. */
enum outcome step_fence_handlers(struct step *s);
void step_unfence(struct step *s);
/* Has the guest come to a fenced handler? Its index in handlers, or -1. */
int step_handler_at(const struct step *s, const struct regs *regs);
/* An exit to port STEP_FENCE_PORT: is it an OUT of the fence's? Then at_fence is set. */
bool step_is_at_fence(struct step *s);
/* Level 3 may not be allowed that OUT: a #GP at it, which nobody has taken yet, is the fence too, and goes. */
void step_look_at_target(struct step *s);

/* --- step_flags.c --------------------------------------------------------------- */

/*
 * The trap flag of KVM's stepping must not be seen: take it out of what the
 * instruction stored, and give the registers in *after the guest's own.
 */
void step_flags(struct step *s, struct regs *after);

#endif
