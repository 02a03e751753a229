/*
 * stop.c: the end of a run: who asked for it, recorded once.
 */
#include "vmm/access/fault.h"
#include "vmm/machine/control.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"

#include <stdarg.h>
#include <string.h>

bool machine_stop(struct cpu *c, enum stop_kind kind, int status, const char *format, ...)
{
	struct machine *m = c->machine;
	va_list args;

	if (atomic_exchange(&m->stopped, true))
		return false;
	m->stop.kind = kind;
	m->stop.status = status;
	va_start(args, format);
	vsnprintf(m->stop.text, sizeof(m->stop.text), format, args);
	va_end(args);
	fault_photo(&c->vcpu, &m->stop.regs);
	m->stopper = c;
	if (m->ncpus > 1)
		kick_all();
	control_let_go(m);
	return true;
}

bool machine_hold(struct cpu *c)
{
	unsigned late;

	if (hold_begin(c->machine->hold, c->vcpu.id, HOLD_LIMIT_NS, &late) == 0)
		return true;
	machine_stop(c, STOP_HOST, STATUS_HOST, "vCPU %u does not stop within %llu s", late,
		     HOLD_LIMIT_NS / 1000000000ull);
	return false;
}

void machine_release(struct cpu *c)
{
	hold_end(c->machine->hold, c->vcpu.id);
}

#define OUTSIDE CPUS_MAX /* holds, and is no member */

int machine_pause(struct machine *m, struct error *e)
{
	unsigned late;

	if (hold_begin_quiet(m->hold, OUTSIDE, HOLD_LIMIT_NS, &late) == 0)
		return 0;
	return error_set(e, STATUS_HOST, "vCPU %u does not stop within %llu s", late, HOLD_LIMIT_NS / 1000000000ull);
}

void machine_resume(struct machine *m)
{
	hold_end(m->hold, OUTSIDE);
}

void machine_quit(struct machine *m)
{
	atomic_store(&m->request, PLATFORM_QUIT + 1);
	kick_all();
}

static void take_request(struct cpu *c)
{
	struct machine *m = c->machine;
	int request = atomic_load(&m->request); /* it stays: who asked must not go on before the end is known */
	uint32_t value = atomic_load(&m->request_value) & 0xff;

	if (request == 0)
		return;
	switch ((enum platform_request)(request - 1)) {
	case PLATFORM_POWER_OFF:
		machine_stop(c, STOP_POWER_OFF, STATUS_OK, "the guest powered off");
		return;
	case PLATFORM_RESET:
		machine_stop(c, STOP_RESET, STATUS_OK, "the guest asked for a reset");
		return;
	case PLATFORM_DEBUG_EXIT:
		machine_stop(c, STOP_DEBUG_EXIT, (int)value, "the guest ended with status %u", value);
		return;
	case PLATFORM_QUIT:
		machine_stop(c, STOP_QUIT, STATUS_OK, "quit by command");
		return;
	}
}

static void take_signal(struct cpu *c)
{
	int signal = 0;

	switch (kick_cause(&signal)) {
	case KICK_NONE:
		return;
	case KICK_TIMEOUT:
		machine_stop(c, STOP_TIMEOUT, STATUS_TIMEOUT, "the time limit of %g s ran out at rip 0x%llx",
			     c->machine->options->timeout, (unsigned long long)c->vcpu.run->s.regs.regs.rip);
		return;
	case KICK_SIGNAL:
		machine_stop(c, STOP_SIGNAL, STATUS_INTERRUPTED, "stopped by signal %d (%s) at rip 0x%llx", signal,
			     strsignal(signal), (unsigned long long)c->vcpu.run->s.regs.regs.rip);
		return;
	}
}

void stop_poll(struct cpu *c)
{
	if (c->watch[0])
		machine_stop(c, STOP_WATCH, STATUS_GUEST, "%s", c->watch);
	take_signal(c);
	take_request(c);
}
