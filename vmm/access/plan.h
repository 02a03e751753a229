/*
 * plan.h: the record that travels the way of one access.
 *
 * Each stage reads what the stages before it filled and fills its own part. Until
 * `load` nothing outside the plan has changed: a plan that ends earlier leaves no
 * trace. It knows no KVM.
 */
#ifndef VMM_ACCESS_PLAN_H
#define VMM_ACCESS_PLAN_H

#include "capmodel/keeper.h"
#include "capmodel/space.h"
#include "decoder/decode.h"
#include "decoder/memref.h"
#include "vmm/access/translate.h"
#include "vmm/execute/execute.h"
#include "vmm/machine/ram.h"
#include "vmm/machine/trap.h"

#define PLAN_PARTS_MAX (8 * MEMREF_MAX) /* a private step may have several whole pages */
#define PLAN_WALKS_MAX (2 * MEMREF_MAX)

struct declared_cpu;
struct hold;

/* How a stage ends. */
enum outcome {
	OUTCOME_NEXT, /* go on with the next stage; after the last: the access is done */
	OUTCOME_FAULT, /* the guest gets plan->fault at this instruction */
	OUTCOME_RETRY, /* nothing was done: let the guest run the instruction again */
	OUTCOME_REFUSED, /* the guest touches what is neither memory nor kept: plan->why */
	OUTCOME_STEP, /* no stub or handler carries it out: plan->why; the private step can (step.h) */
	OUTCOME_SUSPEND, /* the guest's kernel is asked for the answer: vmm/declared/declared.h */
	OUTCOME_STOP, /* it cannot be carried out: plan->why */
};

/* A piece of one memory reference that a single capability serves. */
struct part {
	struct access access;
	struct capability cap; /* as found in the space */
	struct capability who; /* after admission: who answers it */
	struct keeper *owned; /* the keeper this part locked, or NULL */
	uint8_t ref; /* index in plan->refs */
	uint8_t at; /* its first byte within the reference */
	bool absent; /* neither memory nor kept: reads ones, drops stores */
	bool suspended; /* its keeper answers later: the guest's kernel does */
	bool trapped; /* its page traps this kind of access */
	bool steps; /* its keeper wants to be asked again: stepped.h */
};

/*
 * In the order of the stages, but that the arrays, of which most instructions use the
 * first elements only, stand where those share pages with what is always used: here, or
 * what stands before the plan.
 */
struct plan {
	uint8_t loaded[MEMREF_MAX][64];
	/* photo */
	struct regs before;
	/* decode */
	const struct insn *insn;
	struct insn register_form; /* what insn is, where the table has no form of it: execute/register_stub.h */
	uint8_t code[INSN_MAX]; /* the bytes at rip that could be read, for reports */
	uint8_t code_size;
	/* resolve */
	unsigned nrefs, nwalks, nparts;
	unsigned suspended; /* of parts that keepers answer later, also such as a private step came to */
	struct vector_state *vector; /* once an instruction wanted it, else NULL */
	/*
	 * A gather or scatter whose later element faults: refs and parts are those before it.
	 * They are carried out and committed, and then the guest gets `fault` at this instruction.
	 */
	bool partial;
	/*
	 * An XRSTOR of which a component faults: refs and parts are those before it. Whether the
	 * guest gets `fault` is known when the area's header is loaded.
	 */
	bool deferred;
	bool probed_trap; /* a page that is only checked traps, whether the instruction then touches it or not */
	/* load, execute, store */
	struct transaction transaction;
	bool busy; /* OUTCOME_RETRY: somebody else owned an object, or the space has changed while one was waited for */
	bool asked; /* keepers have been asked: from then on it cannot be done once more, unnoticed */
	bool admitted; /* every part has been admitted and loaded */
	bool stepping; /* a part has `steps` */
	char stepped[INSN_TEXT]; /* what a private step carries out, as text; "" if there is none */
	bool vector_changed; /* by an exception of the instruction's own: its handler reads MXCSR and the x87 status */
	bool committed; /* the registers after are the guest's now: lines may show them */
	/* how it ended early */
	struct fault fault; /* OUTCOME_FAULT, partial or deferred */
	uint64_t cr2; /* and its CR2, for #PF */
	char why[256]; /* OUTCOME_REFUSED, OUTCOME_STOP */
	struct memref refs[MEMREF_MAX];
	struct execution_out after;
	struct part parts[PLAN_PARTS_MAX];
	struct walk walks[PLAN_WALKS_MAX]; /* those that have accessed or dirty bits to set */
};

/* What the stages may use; made once per vCPU. */
struct access_env {
	const struct space *space;
	const struct ram *ram;
	struct trap *trap;
	struct decoder *decoder;
	struct executor *executor;
	struct translator *translator;
	bool ones_for_absent;
	bool wide_alignment; /* #AC: operands of 16 bytes and more are checked; see alignment.h */
	bool shadow_paging; /* KVM keeps copies of the guest's page tables: no NPT or EPT is known of */
	bool has_irqchip; /* KVM's local APIC and I/O APIC answer at their addresses */
	uint64_t absent_accesses;
	/* the vCPU's vector state: fetched only when an instruction wants it; NULL on failure */
	struct vector_state *(*vector)(void *self);
	void *vector_self;
	const struct witness *witness;
	struct declared_cpu *declared; /* pages that the guest's kernel answers for; NULL if it cannot */
	uint64_t transactions; /* how many there were */
	uint32_t vcpu; /* whose this is */
	struct hold
		*hold; /* of the machine's vCPUs, of which vcpu is a member: who waits for an object is stopped; NULL */
};

/* As plan_stop(), for what the private step may yet carry out. */
enum outcome plan_step(struct plan *plan, const char *format, ...) __attribute__((cold, format(printf, 2, 3)));

/* The vector state, fetched when first asked for. OUTCOME_NEXT with plan->vector set, or OUTCOME_STOP. */
enum outcome plan_vector(const struct access_env *env, struct plan *plan);

/*
 * The reference with this index faults. If the architecture lets those before it
 * happen (gather, scatter), the plan becomes partial; if they say whether this one is
 * touched at all (xrstor), deferred: then they are all that is left of it, and the
 * answer is OUTCOME_NEXT; otherwise OUTCOME_FAULT.
 */
enum outcome plan_end_before(struct plan *plan, unsigned ref) __attribute__((cold));

/* Fill plan->why and give OUTCOME_STOP, so that a stage can `return plan_stop(...)`. */
enum outcome plan_stop(struct plan *plan, const char *format, ...) __attribute__((cold, format(printf, 2, 3)));

/* As plan_stop, for an exception of the architecture's. In real mode none has an error code. */
enum outcome plan_fault(struct plan *plan, uint8_t vector, bool has_error, uint32_t error) __attribute__((cold));

/* The part of a transaction's access: accesses live inside parts. */
const struct part *plan_part_of(const struct access *a);

/* The plan that a transaction belongs to. */
const struct plan *plan_of(const struct transaction *t);

#endif
