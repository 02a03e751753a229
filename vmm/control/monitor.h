/*
 * monitor.h: commands on a running machine, carried out in one place.
 *
 * Who types Ctrl-A on the terminal and who connects to the socket come here, one at a time. The machine is behind
 * struct monitor_host, so that this is tested without one. A reply is a JSON object: "ok" true and what was asked for,
 * or "ok" false and "error", a line that says what is wrong.
 */
#ifndef VMM_CONTROL_MONITOR_H
#define VMM_CONTROL_MONITOR_H

#include "decoder/regs.h"
#include "vmm/control/request.h"

struct monitor_table {
	uint64_t base;
	uint16_t limit, selector; /* selector: of tr and ldt */
};

struct monitor_vcpu {
	struct regs regs;
	struct monitor_table gdt, idt, tr, ldt;
	bool halted; /* by a bare guest's way to end: it runs no more */
	char symbol[160]; /* "name+0x12", where rip is; "" if that is not known */
};

/* One run of addresses with one keeper. Strings live during the call. */
struct monitor_range {
	const char *range, *keeper; /* as they were given */
	const char *state;
	uint64_t gpa, size, loads, stores; /* size 0: nothing maps it yet */
};

typedef void monitor_each(void *to, const struct monitor_range *range);

/*
 * Called by one thread at a time, which is no vCPU's. What can fail gives 0, or -1 with *e filled and nothing changed.
 */
struct monitor_host {
	void *self;
	unsigned vcpus;
	/* All vCPUs stopped within a bounded time, none of them in an access; nests. */
	int (*hold)(void *self, struct error *e);
	void (*release)(void *self);
	/* With all held: */
	void (*registers)(void *self, unsigned vcpu, struct monitor_vcpu *out);
	void (*ranges)(void *self, monitor_each *each, void *to);
	/* The new runs are told. Addresses are translated by the tables of the vCPU. */
	int (*arm)(void *self, const char *range, const char *keeper, unsigned vcpu, monitor_each *each, void *to,
		   struct error *e);
	/* Those that went are told, with their last counts. */
	int (*disarm)(void *self, const char *range, monitor_each *each, void *to, struct error *e);
	int (*mark)(void *self, const char *text, struct error *e);
	/* At any time: the guest is to end soon. */
	void (*quit)(void *self);
};

struct monitor;

/* NULL without memory. Time counts from here. */
struct monitor *monitor_new(const struct monitor_host *host);
void monitor_free(struct monitor *m);

/* Carry out; the reply, json_decref() it. NULL without memory. */
json_t *monitor_do(struct monitor *m, const struct request *request);

/* The same from line to line: the reply with its newline, free() it. Without memory NULL. */
char *monitor_line(struct monitor *m, const char *line, size_t size);

/* The reply to what cannot even be read. NULL without memory. */
json_t *monitor_refuse(const struct error *e);

/* The guest is to end: whoever paused it, it goes on, and is paused no more. */
void monitor_end(struct monitor *m);

#endif
