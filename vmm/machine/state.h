/*
 * state.h: the parts of one machine, for the files of this folder.
 */
#ifndef VMM_MACHINE_STATE_H
#define VMM_MACHINE_STATE_H

#include "vmm/access/run.h"
#include "vmm/access/step.h"
#include "vmm/device/platform.h"
#include "vmm/device/virtio/virtio.h"
#include "vmm/machine/exit.h"
#include "vmm/machine/hold.h"
#include "vmm/machine/machine.h"
#include "vmm/machine/msr.h"
#include "vmm/machine/vcpu.h"

#include <stdatomic.h>
#include <stdio.h>

enum stop_kind {
	STOP_NONE,
	STOP_HLT, /* a bare guest's own end */
	STOP_EXCEPTION, /* a bare guest's exception */
	STOP_POWER_OFF,
	STOP_RESET,
	STOP_DEBUG_EXIT, /* isa-debug-exit: the status is the guest's */
	STOP_QUIT, /* Ctrl-A x, or a command */
	STOP_TIMEOUT,
	STOP_SIGNAL,
	STOP_TRIPLE_FAULT,
	STOP_WATCH, /* a keeper asked for it */
	STOP_TRACED, /* the trace has what was asked for, or cannot be written */
	STOP_REFUSED, /* an access to nothing */
	STOP_UNSUPPORTED, /* cannot be carried out */
	STOP_HOST, /* KVM failed */
};

/* Why and where the guest stopped. */
struct stop {
	enum stop_kind kind;
	int status; /* of lodestore(1) */
	char text[512]; /* one line, no newline */
	struct regs regs; /* the guest's at the end; for an exception, those of the code that raised it */
	bool has_exception;
	uint8_t vector;
	bool has_error;
	uint64_t error_code, cr2;
};

/* One kept run of addresses. */
struct kept {
	const struct virtual_range *from;
	struct keeper *keeper;
	gpa_t start;
	uint64_t size;
};

#define KEPT_MAX 4096 /* a range of a process's may be as many separate pages */
#define HISTORY 8 /* the last accesses, shown when the guest dies */

struct past {
	uint64_t rip, gpa;
	enum access_op op;
	enum cpu_mode mode;
	uint8_t size;
	uint8_t code[INSN_MAX], code_size;
};

/* What began the way of an access. */
enum way {
	WAY_TRAP, /* an exit for a trapped page */
	WAY_EMULATION, /* KVM's emulator gave up */
	WAY_MMIO, /* KVM's emulator came to a trapped page */
	WAY_REPEAT, /* a further element of a REP, without an exit */
	WAY_RUN, /* the monitor went on by itself, and a keeper was asked */
	WAYS,
};

#define OUTCOMES (OUTCOME_STOP + 1)

struct stats {
	uint64_t exits[EXIT_KINDS];
	uint64_t begun[WAYS]; /* ways of accesses; those of WAY_RUN are counted in struct run_stats */
	uint64_t ended[WAYS][OUTCOMES];
	uint64_t mmio_absent, mmio_undone; /* exits by EXIT_MMIO that began none: nothing is there; not explained */
	uint64_t runs; /* KVM_RUN calls */
	uint64_t steps; /* private steps */
	uint64_t breakpoints; /* runs that were not begun, since the guest has some */
	uint64_t access_ns, run_ns; /* only with --stats */
	uint64_t first_exit_ns; /* start-up: from machine_run() to the first KVM_RUN */
};

/*
 * One vCPU, and all that its thread alone uses. What every access touches comes first, and the
 * plan's ends meet it: after an exit of the guest each page of it is cold.
 */
struct cpu {
	_Alignas(64) struct machine *machine; /* no two vCPUs in one line of a cache */
	bool timed; /* as options->stats says */
	bool halted; /* by the bare protocol's way to end */
	struct vcpu vcpu;
	struct access_env env;
	struct run *run; /* NULL: no runs */
	enum way way; /* of the access that is under way */
	uint64_t retry_rip; /* where RETRY last left the guest, and how often in a row */
	unsigned retries;
	unsigned nhistory;
	struct past history[HISTORY];
	struct stats stats;
	struct refused_msrs msrs;
	char watch[256]; /* why a keeper wants the guest to stop */
	struct regs end; /* the guest's when it ended: of every vCPU */
	struct translator translator;
	struct plan plan;
};

/* What all vCPUs share. docs/adr/0008 says by which lock. */
struct machine {
	const struct machine_options *options;
	unsigned ncpus;
	struct cpu *cpus;
	atomic_bool stopped; /* stop is filled, or being filled */
	struct trap *trap;
	struct hold *hold;
	struct step *step;
	struct declared *declared; /* NULL if the guest does not answer for pages */
	struct traced *traced; /* traced.h; NULL: nothing is recorded */
	struct control *control; /* control.h */
	struct armed *armed; /* arm.c: a list */
	atomic_uint ndeferred;
	/* asked for by a device or another thread */
	atomic_int request; /* enum platform_request + 1, or 0 */
	_Atomic uint32_t request_value;
	atomic_bool virtio_due; /* a device has work that no access begins */
	atomic_uint running; /* vCPUs that have not halted */
	struct stop stop;
	struct cpu *stopper; /* whose end it is */
	/* the others */
	struct ram ram;
	struct kvm kvm;
	struct space *space;
	struct boot *boot;
	struct boot_state boot_state;
	struct bus bus;
	struct platform *platform;
	struct walk_memory tables;
	FILE *log;
	struct virtio *virtio[VIRTIO_SLOTS]; /* NULL: none there */
	struct virtual_range virtio_ranges[VIRTIO_SLOTS]; /* their registers */
	char virtio_texts[VIRTIO_SLOTS][24]; /* and how a user would write that */
	atomic_ullong dma_kept; /* times that a device reached bytes of a keeper's which is not asked */
	unsigned nkept;
	struct kept kept[KEPT_MAX];
	bool deferred[OPTIONS_VIRTUAL_MAX]; /* va ranges that nothing maps yet; ndeferred of them */
	struct ticker *ticker; /* makes the guest come by while */
	atomic_bool awaits_program; /* a range waits for a program that maps it */
};

/* Everything up to the first instruction. NULL with *e filled; then nothing is left behind. */
struct machine *machine_build(const struct machine_options *options, struct error *e);
void machine_demolish(struct machine *m);

/* cpus.c: as many vCPUs as the options say; KVM's, in their first state; what each thread uses. 0, or -1 with *e
 * filled. */
int cpus_new(struct machine *m, struct error *e);
int cpus_check(unsigned wanted, int kvm_max, struct error *e); /* kvm_max: KVM_CAP_MAX_VCPUS, 0 if it does not say */
int cpus_open(struct machine *m, struct error *e);
int cpus_equip(struct machine *m, struct error *e);
void cpus_free(struct machine *m);

/* Run the guest until machine->stop says why it ended: the first vCPU on this thread, each other on one of its own. */
void loop_run(struct machine *m);

/* An access that access_run() ended so, and whose registers before it are the vCPU's: commit it, fault, or step. */
void loop_settle(struct cpu *c, enum outcome end);

/* dense.c: after an access at rip, go on with the next instructions while it pays. */
void dense_run(struct cpu *c, uint64_t rip);

/* serve.c: the exits that are not an access. */
void serve_port(struct cpu *c);
void serve_absent(struct cpu *c);
void serve_hlt(struct cpu *c);
void serve_internal(struct cpu *c);
void serve_system(struct cpu *c);
/* As struct step_host: a port or an absent device in the middle of a private step of this vCPU's. */
void serve_in_step(void *machine, struct vcpu *vcpu, enum exit_kind kind);

/* Record the end, on the vCPU's thread or before it runs; the first one wins (true), and the others are told. */
bool machine_stop(struct cpu *c, enum stop_kind kind, int status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Have all other vCPUs stopped between two exits, until machine_release(): what every running one looks at without a
 * lock is changed so. False: one does not stop, and the guest is stopped for it. No object is waited for meanwhile.
 */
bool machine_hold(struct cpu *c);
void machine_release(struct cpu *c);

/*
 * From a thread that is no vCPU's, one at a time: all vCPUs stopped between two exits, no access under way and no
 * object owned, for as long as one likes; and going on. It nests. 0, or -1 with *e filled: one does not stop in time,
 * and all go on. End the guest as Ctrl-A x does.
 */
int machine_pause(struct machine *m, struct error *e);
void machine_resume(struct machine *m);
void machine_quit(struct machine *m);

/* Is the end recorded, or being recorded? */
static inline bool machine_stops(const struct machine *m)
{
	return atomic_load_explicit(&m->stopped, memory_order_acquire);
}

/* The guest has ended or is asked to, by whomever; from any thread. */
bool machine_ends(const struct machine *m);

/* Look at what keepers, signals and devices have asked for. */
void stop_poll(struct cpu *c);

/* What all vCPUs have counted. */
struct stats machine_stats(const struct machine *m);
struct run_stats machine_run_stats(const struct machine *m);
struct decoder_stats machine_decoder_stats(const struct machine *m);
uint32_t machine_differed(const struct machine *m, enum other_decoder who, unsigned row); /* as decoder_differed() */
uint64_t machine_absent_accesses(const struct machine *m);

/*
 * virtio.c: the virtio devices of the options. Their registers get room before boot_plan(); they are made when there is
 * a platform; and put in their places after the keepers of the options, which may be stacked on them. 0, or -1 with *e
 * filled.
 */
int virtio_plan(struct machine *m, struct error *e);
int virtio_make(struct machine *m, struct error *e);
int virtio_start(struct machine *m, struct error *e);
void virtio_free_all(struct machine *m);
/* The device whose registers are just there, to be kept; NULL: none, or it is kept already. */
struct keeper *virtio_at(const struct machine *m, gpa_t start, uint64_t size);
/* From any thread: have virtio_poll() done soon by a vCPU's, between two instructions. */
void virtio_later(void *machine);
void virtio_poll(struct cpu *c);
void virtio_report(const struct machine *m);

/* keep.c: put the keepers of the options over the memory. Before boot_plan(): room for ranges without memory. */
int keep_plan(struct machine *m, struct error *e);
/* After boot_load(): make the keepers, trap their pages. */
int keep_start(struct machine *m, struct error *e);
/*
 * Try again to translate the va ranges that nothing mapped, with the others held. regs: the vCPU's now. 0, or -1 with
 * *e filled. Before: is there anything to be done?
 */
bool keep_is_due(struct cpu *c, const struct regs *regs);
int keep_deferred(struct cpu *c, const struct regs *regs, struct error *e);
void keep_free(struct machine *m);

/* One keeper over [start, start+size), which is one run of memory, and its pages trapped. 0, or -1 with *e filled. */
int keep_run(struct machine *m, const struct virtual_range *from, gpa_t start, uint64_t size, struct error *e);

/*
 * Do so for each run of physical addresses that a range is. 1: done; 0: nothing maps it yet; -1 with *e filled. regs:
 * the guest's now.
 */
typedef int keep_each(struct machine *m, const struct virtual_range *from, gpa_t start, uint64_t size, struct error *e);
int keep_range(struct cpu *c, const struct virtual_range *from, const struct regs *regs, keep_each *each,
	       struct error *e);

/*
 * programs.c: after keep_start() and traced_start(): while a range at a program's addresses is not found the guest
 * comes by often. 0, or -1 with *e filled. Then, while m->awaits_program: is it still so?
 */
int programs_await(struct machine *m, struct error *e);
void programs_look(struct machine *m);

/* exception.c: the bare protocol's handler of vector ran into its HLT; the frame it was given tells the rest. */
void exception_stop(struct cpu *c, unsigned vector);

/* report.c: what is told on stderr at the end. */
void report_stop(const struct machine *m);
void report_stats(const struct machine *m);

/* Can the files that --dump, --save and --screen name be written? 0, or -1 with *e filled. */
int dump_check(const struct machine *m, struct error *e);
/* dump.c: the final state as JSON, and saved memory. 0, or -1 with *e filled. */
int dump_state(struct machine *m, struct error *e);
int dump_memory(struct machine *m, struct error *e);

/* picture.c: as options->screen says. Before the guest runs: is there all that it takes? 0, or -1 with *e filled. */
int picture_check(const struct machine *m, struct error *e);
int picture_write(struct machine *m, struct error *e);

/* Resolve a range to its first gpa and size. False: *why says which part has no answer (yet). */
bool keep_resolve(struct cpu *c, const struct range *range, const struct regs *regs, uint64_t *start, uint64_t *size,
		  bool *physical, char why[128]);

#endif
