/* control_fake.h: a machine for vmm/control/monitor.h that is none: it counts what is asked of it. */
#ifndef TESTS_CONTROL_FAKE_H
#define TESTS_CONTROL_FAKE_H

#include "vmm/control/monitor.h"

#include <string.h>

struct fake {
	int held; /* how often */
	unsigned holds, quits, marks;
	bool late; /* a vCPU does not stop */
	bool broken; /* asked for something while it ran */
	bool armed;
	char range[REQUEST_TEXT], keeper[REQUEST_TEXT];
};

static inline int fake_hold(void *self, struct error *e)
{
	struct fake *f = self;

	if (f->late)
		return error_set(e, STATUS_HOST, "vCPU 1 does not stop within 2 s");
	f->held++;
	f->holds++;
	return 0;
}

static inline void fake_release(void *self)
{
	struct fake *f = self;

	f->broken |= --f->held < 0;
}

static inline void fake_registers(void *self, unsigned vcpu, struct monitor_vcpu *out)
{
	struct fake *f = self;

	f->broken |= f->held <= 0;
	out->regs.rip = 0x1000 + vcpu;
	out->regs.gpr[GPR_R15] = UINT64_MAX;
	out->regs.mode = MODE_64;
	out->regs.seg[SEG_CS].selector = 8;
	out->halted = vcpu == 1;
	strcpy(out->symbol, "spin+0x2");
}

static inline void fake_ranges(void *self, monitor_each *each, void *to)
{
	struct fake *f = self;

	f->broken |= f->held <= 0;
	if (f->armed)
		each(to, &(struct monitor_range){f->range, f->keeper, "kept", 0x2000, 16, 3, 4});
	each(to, &(struct monitor_range){.range = "va:0x5000+1", .keeper = "zero", .state = "not mapped yet"});
}

static inline int fake_arm(void *self, const char *range, const char *keeper, unsigned vcpu, monitor_each *each,
			   void *to, struct error *e)
{
	struct fake *f = self;

	(void)vcpu;
	f->broken |= f->held <= 0;
	if (f->armed)
		return error_set(e, STATUS_USAGE, "range \"%s\": it overlaps another virtual range", range);
	f->armed = true;
	strcpy(f->range, range);
	strcpy(f->keeper, keeper);
	each(to, &(struct monitor_range){f->range, f->keeper, "kept", 0x2000, 16, 0, 0});
	return 0;
}

static inline int fake_disarm(void *self, const char *range, monitor_each *each, void *to, struct error *e)
{
	struct fake *f = self;

	f->broken |= f->held <= 0;
	if (!f->armed)
		return error_set(e, STATUS_USAGE, "range \"%s\" is not kept, or was given otherwise", range);
	each(to, &(struct monitor_range){f->range, f->keeper, "kept", 0x2000, 16, 5, 6});
	f->armed = false;
	return 0;
}

static inline int fake_mark(void *self, const char *text, struct error *e)
{
	struct fake *f = self;

	f->broken |= f->held <= 0;
	if (strcmp(text, "no") == 0)
		return error_set(e, STATUS_USAGE, "no trace is being made");
	f->marks++;
	return 0;
}

static inline void fake_quit(void *self)
{
	((struct fake *)self)->quits++;
}

static inline struct monitor *fake_monitor(struct fake *f)
{
	const struct monitor_host host = {.self = f,
					  .vcpus = 2,
					  .hold = fake_hold,
					  .release = fake_release,
					  .registers = fake_registers,
					  .ranges = fake_ranges,
					  .arm = fake_arm,
					  .disarm = fake_disarm,
					  .mark = fake_mark,
					  .quit = fake_quit};

	*f = (struct fake){.held = 0};
	return monitor_new(&host);
}

#endif
