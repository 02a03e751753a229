/*
 * virtual.h: pages that a guest kernel answers for. For both sides, and without
 * any include.
 *
 * A guest kernel declares pages of its guest-physical memory *virtual*. A load or
 * store on such a page by user code (CPL 3) then does not happen: the monitor decodes
 * the instruction and raises GUEST_VECTOR_ACCESS at it, as a fault without error
 * code, with a record of the access in the vCPU's area. The kernel asks whoever
 * keeps the page, puts the answer into the same record, and lets the thread run
 * again: the instruction faults once more, the monitor finds the answer and
 * completes the instruction with it. The kernel decodes nothing.
 *
 * **The monitor keeps nothing between the two.** The record is a continuation that
 * belongs to the thread: the kernel copies its first `size` bytes away when it is
 * delivered, and back into the area of whichever vCPU runs the thread again. The
 * monitor plans the instruction afresh and takes an answer only if id, rip, code
 * and every part are what it would ask for; otherwise the record counts as empty
 * and the access is asked anew, under a new id. So a late, foreign or malformed
 * answer can do nothing but have the question asked again.
 *
 * One instruction is one transaction. Its *parts* are the pieces of its operands that lie
 * on virtual pages, at most 64 bytes each and never across two pages. They are
 * asked one at a time:
 *
 *	one part	LOAD, or STORE; a read-modify-write is LOAD and then STORE
 *	several		ADMIT for each, then LOAD for each that reads, then STORE for
 *			each that writes: all are admitted before the first happens,
 *			and all is loaded before the first store
 *	no bytes	ADMIT for each: a cache line is flushed, or only a STEP carries it out
 *
 * From the first question to the last answer the kernel must keep other threads from
 * the objects of the parts already asked (GUEST_ACCESS_HOLD says that more is to come): that is what makes a
 * read-modify-write atomic. When everything is answered, the instruction completes and
 * no further exception comes, but after a STEP.
 *
 * Addresses are guest-physical and sizes are in bytes throughout.
 */
#ifndef GUEST_ABI_VIRTUAL_H
#define GUEST_ABI_VIRTUAL_H

#define GUEST_VIRTUAL_VERSION 2

#define GUEST_VECTOR_ACCESS 20 /* Intel's virtualization exception, which no KVM raises itself */

/* --- calls ------------------------------------------------------------------ */

/*
 * A 4-byte OUT at CPL 0. To ATTACH: the page frame number of this vCPU's area, which
 * is GUEST_AREA_SIZE bytes of ordinary memory; the monitor then writes `version` there, or
 * nothing if it cannot be an area. To CALL: anything; the call stands in the area.
 * At another privilege level the ports do not answer.
 */
#define GUEST_PORT_ATTACH 0x6c64
#define GUEST_PORT_CALL 0x6c68

/*
 * DECLARE: the pages from argument[0] on, argument[1] of them, become the object
 * argument[2]: its first byte is the first of the first page. argument[3]: GUEST_DECLARE_*.
 * They are memory, or within the window (boot.h), and nothing else is declared there.
 * WITHDRAW: the pages from argument[0] on, argument[1] of them, are memory again.
 * Both have taken effect, on every vCPU, when the call returns.
 */
#define GUEST_CALL_DECLARE 1
#define GUEST_CALL_WITHDRAW 2

#define GUEST_DECLARE_STORES 0x1 /* loads go to the memory there at full speed */

#define GUEST_OK 0
#define GUEST_EINVAL 1 /* not page-aligned, empty, wraps, an unknown call or flag */
#define GUEST_ENOMEMORY 2 /* not all memory, nor all in the window; in the window, stores only */
#define GUEST_EEXIST 3 /* something is declared or kept there already */
#define GUEST_EFORBIDDEN 4 /* an area, or what the guest needs to take the exception itself: tables, stack, code */
#define GUEST_ELIMIT 5 /* more separate ranges than the monitor holds */

struct guest_call {
	unsigned long long call; /* GUEST_CALL_* */
	unsigned long long argument[4];
	unsigned long long status; /* GUEST_OK or GUEST_E* */
	unsigned long long reserved[2]; /* zero */
};

/* --- an access ----------------------------------------------------------------- */

#define GUEST_SIZE_MAX 64
#define GUEST_PARTS_MAX 48

#define GUEST_OP_LOAD 0
#define GUEST_OP_STORE 1
#define GUEST_OP_MODIFY 2 /* load, then store, as one */
#define GUEST_OP_FETCH 3 /* of an instruction */

/* part.flags */
#define GUEST_PART_LOCKED 0x1 /* the instruction is an atomic read-modify-write */
#define GUEST_PART_IMPLICIT 0x2 /* the stack, a string, an area: not written in the instruction */

struct guest_part {
	unsigned long long object; /* as declared */
	unsigned long long offset; /* in the object */
	unsigned long long address; /* linear: what CR2 would be */
	unsigned char op; /* GUEST_OP_* */
	unsigned char size; /* 1..64 */
	unsigned char flags; /* GUEST_PART_* */
	unsigned char reserved; /* zero */
	unsigned int frame; /* what a STEP names for its page, as a page frame number; 0: nothing */
	unsigned char before[GUEST_SIZE_MAX]; /* LOAD: the answer. STORE of a MODIFY: what LOAD gave */
	unsigned char after[GUEST_SIZE_MAX]; /* STORE: what is stored */
};

/* access.state */
#define GUEST_ACCESS_EMPTY 0 /* the thread that runs now has no answer */
#define GUEST_ACCESS_ASKED 1 /* monitor to kernel: `phase` of part `part` */
#define GUEST_ACCESS_ANSWERED 2 /* kernel to monitor: `verdict` */
#define GUEST_ACCESS_STEPPED 3 /* monitor to kernel: a STEP is done; the thread is behind the instruction at rip */
#define GUEST_ACCESS_REFUSED 4 /* monitor to kernel: this instruction cannot be carried out on a virtual page */

/* access.phase */
#define GUEST_PHASE_ADMIT 0
#define GUEST_PHASE_LOAD 1
#define GUEST_PHASE_STORE 2

/* access.flags */
#define GUEST_ACCESS_HOLD 0x1 /* more of this transaction follows: a question, or the end of a STEP */
#define GUEST_ACCESS_RESTARTED 0x2 /* the answer that stood here did not fit and was not used */

/*
 * access.verdict. There are more ways to answer that need nothing of the monitor: to
 * ask again, leave the record empty; to map, change the page tables; to forward, ask
 * somebody else; to be silent, do not run the thread.
 */
#define GUEST_VERDICT_DONE 0 /* LOAD: before[] is filled. STORE: it is stored. ADMIT: it may happen */
#define GUEST_VERDICT_FAULT 1 /* the exception `fault_vector` with `fault_error` at the instruction */
/*
 * Carry this instruction out on the bytes of the memory page that the part's `frame` names,
 * in place of the object's page. That answers for all parts on this page. What lies on other
 * virtual pages is asked on, and answered with DONE or another STEP; then the instruction is
 * carried out in one go, and GUEST_ACCESS_STEPPED comes, with before[], after[] and frame of each
 * part. An instruction that faults elsewhere gets its own fault instead, and the record's state
 * is then GUEST_ACCESS_EMPTY.
 */
#define GUEST_VERDICT_STEP 2

struct guest_access {
	unsigned long long id; /* of the transaction; never reused */
	unsigned long long rip; /* of the instruction */
	unsigned int state; /* GUEST_ACCESS_* */
	unsigned int size; /* bytes of this record in use: up to the end of the last part */
	unsigned short parts; /* how many */
	unsigned short part; /* which one is asked; all that comes before it, in the order above, has been answered */
	unsigned char phase; /* GUEST_PHASE_* */
	unsigned char flags; /* GUEST_ACCESS_* */
	unsigned char verdict; /* GUEST_VERDICT_*; the kernel's */
	unsigned char fault_vector; /* the kernel's, with FAULT */
	unsigned int fault_error; /* the kernel's, up to 0x7fff; #UD (6) does not push it */
	unsigned char code_size;
	unsigned char code[15]; /* the instruction: for tracing, and to know it again */
	unsigned int reserved[3]; /* zero */
	struct guest_part part_of[GUEST_PARTS_MAX];
};

/* What ATTACH names: one for each vCPU. */
struct guest_area {
	unsigned int version; /* GUEST_VIRTUAL_VERSION, written by the monitor */
	unsigned int reserved[15];
	struct guest_call call;
	struct guest_access access;
};

#define GUEST_AREA_SIZE 0x2000

_Static_assert(sizeof(struct guest_call) == 64, "virtual ABI: call");
_Static_assert(sizeof(struct guest_part) == 160, "virtual ABI: part");
_Static_assert(sizeof(struct guest_access) == 64 + GUEST_PARTS_MAX * 160, "virtual ABI: access");
_Static_assert(sizeof(struct guest_area) <= GUEST_AREA_SIZE, "virtual ABI: area");

#endif
