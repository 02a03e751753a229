/*
 * invoke.h: what a process sees of the capability kernel. For C and without any
 * include.
 *
 * A process holds INVOKE_SLOTS capabilities in numbered slots; slot 0 is always null.
 * It does one thing only: invoke the capability in a slot, with a message. A message
 * is an order code, four words, four capabilities and a string of at most a page.
 *
 *	CALL    send, and wait for the answer: who is invoked gets a reply capability,
 *	        of one use, beside the message
 *	RETURN  send (to a reply as a rule; slot 0 sends to nobody), then wait for the
 *	        next message at the process's own endpoint
 *	SEND    send and go on; nothing comes back
 *
 * A kernel object answers a CALL itself. Registers at the system call instruction
 * (SYSCALL, or UD2 where the kernel says so) and after it:
 *
 *	       in                              out
 *	RAX    INVOKE_CALL, RETURN or SEND     INVOKE_OK, or why nothing was sent or received (INVOKE_E*)
 *	RDI    slot invoked                    badge of the entry through which the message came
 *	RSI    order code                      order code; of an answer: its result (RESULT_*)
 *	RDX R10 R8 R9   words 0 to 3           words 0 to 3
 *	R12    slots sent, 8 bits each         how many of the capabilities are not null, as a mask
 *	R13    string's address                unchanged
 *	R14    string's length                 length received
 *	R15    slots to receive into, 8 bits each (0 drops it); bits 32..39: slot for the reply
 *	RBX    buffer to receive into          unchanged
 *	RBP    its length                      unchanged
 *	RCX R11                                destroyed
 *
 * A string longer than the receiver's buffer is cut; what fits is sent, and the length
 * received says so. A buffer may be a virtual page: the kernel loads and stores there as
 * the process itself would.
 */
#ifndef GUEST_ABI_INVOKE_H
#define GUEST_ABI_INVOKE_H

#define INVOKE_SLOTS 64
#define INVOKE_WORDS 4
#define INVOKE_CAPS 4
#define INVOKE_STRING_MAX 4096

#define INVOKE_CALL 1
#define INVOKE_RETURN 2
#define INVOKE_SEND 3

#define INVOKE_OK 0
#define INVOKE_EKIND 1 /* RAX is none of the three */
#define INVOKE_ESLOT 2 /* a slot that does not exist */
#define INVOKE_ESTRING 3 /* longer than INVOKE_STRING_MAX, or not the process's memory */
#define INVOKE_EENDPOINT 4 /* RETURN by a process that has no endpoint, or whose endpoint went while it waited */

/*
 * The first process's program is a flat image, the first boot module. Its pages are mapped at START_ADDRESS, all
 * rights, and it is entered at their first byte. RDI: START_*, RSI: how many boot modules there are; all other
 * registers are zero. Slots:
 */
#define START_ADDRESS 0x100000
#define START_CALLS_BY_UD2 1 /* UD2 is the system call instruction, and SYSCALL is undefined; else the reverse */

#define START_SLOT_BANK 1 /* all memory */
#define START_SLOT_CONSOLE 2
#define START_SLOT_CLOCK 3
#define START_SLOT_DISCRIM 4
#define START_SLOT_PROCESS 5 /* itself */
#define START_SLOT_SPACE 6 /* its own: 16 slots of 1 MiB, the image in the second */
#define START_SLOT_MODULES 8 /* and up: of each boot module a space with its pages, read-only, from slot 0 on */
#define START_MODULES_MAX 16

/* --- results of an order: RSI of an answer ------------------------------------- */

#define RESULT_OK 0
#define RESULT_NULL 1 /* the capability is null, or has become so: destroyed, rescinded */
#define RESULT_ORDER 2 /* this type has no such order */
#define RESULT_RIGHTS 3 /* the capability's restrictions forbid it */
#define RESULT_ARGUMENT 4 /* a word is out of range */
#define RESULT_TYPE 5 /* a capability sent is not of the type asked for */
#define RESULT_MEMORY 6 /* the bank has no more */
#define RESULT_LOOP 7 /* forwarders or spaces that lead to themselves, or too deep */
#define RESULT_STATE 8 /* not in this state: a process that runs, a full channel, an access gone */
#define RESULT_USER 64 /* a keeper's own results begin here */

/* --- types: as ORDER_TYPE and discrim tell them ----------------------------------- */

#define TYPE_NULL 0
#define TYPE_NUMBER 1
#define TYPE_PAGE 2 /* a real one, or an entry that poses as one */
#define TYPE_SPACE 3
#define TYPE_NODE 4
#define TYPE_PROCESS 5
#define TYPE_ENDPOINT 6
#define TYPE_ENTRY 7
#define TYPE_REPLY 8
#define TYPE_FORWARDER 9
#define TYPE_NOTIFICATION 10
#define TYPE_CHANNEL 11
#define TYPE_BANK 12
#define TYPE_DISCRIM 13
#define TYPE_CONSOLE 14
#define TYPE_CLOCK 15

/* --- restrictions: they only grow; docs/capabilities.md says what each does to each type --- */

#define RESTRICT_READ_ONLY 0x01
#define RESTRICT_WEAK 0x02 /* what is fetched through it is weak and read-only, or null */
#define RESTRICT_NO_EXECUTE 0x04
#define RESTRICT_OPAQUE                                                                                                \
	0x08 /* a space's or node's slots can be neither fetched nor set; a process can only be resumed */
#define RESTRICT_NO_CALL 0x10 /* no keeper is called through it */

/* --- orders: RSI of a CALL. w: words, c: capabilities, s: string; -> answer -------------- */

/* of every capability */
#define ORDER_TYPE 0x100 /* -> w0 TYPE_*, w1 restrictions: an entry may answer as it likes */
#define ORDER_REDUCE 0x101 /* w0 restrictions to add -> c0: answered by the kernel for its own types */

/* number */
#define NUMBER_VALUE 0x180 /* -> w0 */
#define NUMBER_MAKE 0x181 /* w0 -> c0 a number of that value */
#define START_SLOT_NUMBER 7 /* the first process's */

/* page; a virtual page sends these on to its keeper */
#define PAGE_READ 0x200 /* w0 offset, w1 length -> s */
#define PAGE_WRITE 0x201 /* w0 offset, s */
#define PAGE_ERASE 0x202
#define PAGE_COPY_FROM 0x203 /* c0 page, real or virtual */

/* space: 16 slots, each of 2^w1 pages */
#define SPACE_GET 0x300 /* w0 slot -> c0 */
#define SPACE_SET 0x301 /* w0 slot, c0: page, space, forwarder, virtual page or null */
#define SPACE_SET_KEEPER 0x302 /* c0: an entry */
#define SPACE_ERASE 0x303

/* node: 16 slots of any capability */
#define NODE_GET 0x400 /* w0 slot -> c0 */
#define NODE_SET 0x401 /* w0 slot, c0 */
#define NODE_ERASE 0x402

/* process */
#define PROCESS_RESUME 0x500
#define PROCESS_STOP 0x501
#define PROCESS_GET_REGISTERS 0x502 /* -> s: struct process_registers */
#define PROCESS_SET_REGISTERS 0x503 /* s */
#define PROCESS_GET_SLOT 0x504 /* w0 slot -> c0 */
#define PROCESS_SET_SLOT 0x505 /* w0 slot, c0 */
#define PROCESS_SET_SPACE 0x506 /* c0: space, page or virtual page */
#define PROCESS_SET_KEEPER 0x507 /* c0: an entry; it gets this process's faults (FAULT_*) */
#define PROCESS_SET_ENDPOINT 0x508 /* c0: the endpoint at which RETURN waits */
#define PROCESS_STEP 0x509 /* one instruction, then it is stopped: FAULT_EXCEPTION, code 1 */
#define PROCESS_GET_SPACE 0x50a /* -> c0 */

/* endpoint */
#define ENDPOINT_ENTRY 0x600 /* w0 badge -> c0 an entry */
#define ENDPOINT_VIRTUAL_PAGE 0x601 /* w0 badge, w1 restrictions -> c0 an entry that poses as a page */

/* reply: any CALL, RETURN or SEND to it answers with that message; of one use */
#define REPLY_FAULT 0x700 /* w0 FAULT_*, w1 code: whom it answers gets this fault instead */

/* forwarder */
#define FORWARDER_SET_TARGET 0x800 /* c0: on the capability that the bank gave */
#define FORWARDER_BLOCK 0x801 /* w0: 1 those who come wait, 0 they go on */
#define FORWARDER_RESCIND 0x802 /* all capabilities of it are null now */
#define FORWARDER_GET 0x803 /* w0: badge of an entry behind it that has badge 0 -> c0 the capability to hand out */

/* notification: 64 bits that gather */
#define NOTIFICATION_SIGNAL 0x900 /* w0 bits */
#define NOTIFICATION_WAIT 0x901 /* -> w0 bits, which are cleared; waits for one */
#define NOTIFICATION_POLL 0x902 /* -> w0 bits, which are cleared */

/* channel: a one-way ring in a page, negotiated once */
#define CHANNEL_CONNECT_WRITER 0xa00 /* -> c0 the ring's page, read and write; once */
#define CHANNEL_CONNECT_READER 0xa01 /* -> c0 the ring's page, read-only; once */
#define CHANNEL_WAIT 0xa02 /* until the writer signals */
#define CHANNEL_SIGNAL 0xa03

/* bank */
#define BANK_ALLOC                                                                                                     \
	0xb00 /* w0 TYPE_* (page, space, node, process, endpoint, forwarder, notification, channel, bank), w1: a       \
		 space's slot size -> c0 */
#define BANK_FREE 0xb01 /* c0: destroyed, every capability of it null */
#define BANK_DESTROY 0xb02 /* all that it and its sub-banks gave */
#define BANK_COUNT 0xb03 /* -> w0 live objects, w1 room left */

/* discrim */
#define DISCRIM_TYPE 0xc00 /* c0 -> w0 TYPE_*, w1 restrictions, w2 1 if virtual or forwarded: a debug view */
#define DISCRIM_SAME 0xc01 /* c0, c1 -> w0 1 if they are the same object with the same rights */
#define DISCRIM_IS_DISCREET 0xc02 /* c0 -> w0: nothing can be sent through it */

/* console, clock */
#define CONSOLE_WRITE 0xd00 /* s */
#define CONSOLE_EXIT 0xd01 /* w0: the machine's exit status */
#define CLOCK_NOW 0xe00 /* -> w0 time stamp counter, w1 ticks of the timer */
#define CLOCK_SLEEP 0xe01 /* w0 ticks */

/* --- what a keeper gets: orders that the kernel sends ----------------------------- */

/*
 * A keeper of a virtual page gets a CALL with order ACCESS_*, and a reply capability.
 *
 *	w0 access id     w1 offset in the page     w2 size, part, flags: see ACCESS_INFO_*
 *	w3 the capability's restrictions           s: struct keeper_access, of STORE and STEPPED
 *
 * It answers by the order ANSWER_* through the reply.
 */
#define ACCESS_ADMIT 0x1000
#define ACCESS_LOAD 0x1001
#define ACCESS_STORE 0x1002
#define ACCESS_STEPPED 0x1003 /* a STEP is done: what changed. Answer ANSWER_ACCEPT or ANSWER_UNDO */
#define ACCESS_GONE 0x1004 /* by SEND: a held or stepped access will not be completed. Only w0 */

/* w2 */
#define ACCESS_INFO_SIZE(w2) ((unsigned)(w2)&0xff)
#define ACCESS_INFO_PART(w2) ((unsigned)((w2) >> 8) & 0xff)
#define ACCESS_INFO_PARTS(w2) ((unsigned)((w2) >> 16) & 0xff)
#define ACCESS_INFO_LOCKED (1ull << 24)
#define ACCESS_INFO_IMPLICIT (1ull << 25)
#define ACCESS_INFO_MODIFY (1ull << 26) /* a load whose store follows, or its store */
#define ACCESS_INFO_FETCH (1ull << 27)
#define ACCESS_INFO_FAULTED (1ull << 28) /* STEPPED, by SEND: the instruction faulted; nothing changed */

#ifndef __ASSEMBLER__
struct keeper_access {
	unsigned char before[64]; /* STORE of a modify: what LOAD gave. STEPPED: the bytes before */
	unsigned char after[64]; /* STORE: what is stored. STEPPED: the bytes after */
};
#endif

#define ANSWER_DONE 0 /* LOAD: s is the value, of exactly the size asked */
#define ANSWER_RETRY 0x1101 /* let it run again; it will ask again */
#define ANSWER_MAP                                                                                                     \
	0x1102 /* c0 page, w0 RESTRICT_*, w1 lease in ticks, 0: until the virtual page's capability is rescinded or    \
		  destroyed */
#define ANSWER_STEP                                                                                                    \
	0x1103 /* c0 page with the object's bytes: run this one instruction on them, alone, and invoke me again */
#define ANSWER_FAULT 0x1104 /* w0 FAULT_*, w1 code */
#define ANSWER_FORWARD 0x1105 /* c0: ask that instead, a page or an entry posing as one */
#define ANSWER_ACCEPT ANSWER_DONE
#define ANSWER_UNDO 0x1106 /* page and registers as before; then the instruction is asked again */

/* A process's keeper gets a CALL with this order; any answer lets the process run again. */
#define PROCESS_FAULT 0x1200 /* w0 FAULT_*, w1 address, w2 code, w3 RIP; c0 the process, restricted to resume */

/* The keeper of a space: as PROCESS_FAULT, for a missing or forbidden page; w2 FAULT_CODE_*, c0 the space. */
#define SPACE_FAULT 0x1201

#define FAULT_CODE_WRITE 0x1
#define FAULT_CODE_EXECUTE 0x2

#define FAULT_NONE 0
#define FAULT_INVALID_ADDRESS 1 /* nothing there */
#define FAULT_ACCESS 2 /* read-only, no-execute */
#define FAULT_MALFORMED_SPACE 3 /* too deep, a loop, a capability that is no memory */
#define FAULT_MALFORMED_ANSWER 4 /* the keeper's answer made no sense */
#define FAULT_GONE 5 /* the virtual page's capability, or what its keeper forwards to, was rescinded or destroyed */
#define FAULT_NOT_CARRIED_OUT 6 /* this instruction cannot be carried out on a virtual page here */
#define FAULT_EXCEPTION 7 /* the CPU's own: code is its vector, address its error code */
#define FAULT_USER 64 /* a keeper's own begin here */

#ifndef __ASSEMBLER__
struct process_registers {
	unsigned long long rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	unsigned long long r8, r9, r10, r11, r12, r13, r14, r15;
	unsigned long long rip, rflags, fs_base, gs_base;
	unsigned long long fault, fault_address, fault_code; /* why it stopped; FAULT_NONE if it did not */
};

_Static_assert(sizeof(struct keeper_access) == 128, "process ABI: access");
_Static_assert(sizeof(struct process_registers) == 184, "process ABI: registers");
#endif

#endif
