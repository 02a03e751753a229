/*
 * stop.c: the end of a run: who asked for it, recorded once.
 */
#include "vmm/access/fault.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"

#include <stdarg.h>
#include <string.h>

void machine_stop(struct machine *m, enum stop_kind kind, int status, const char *format, ...)
{
	va_list args;

	if (m->stop.kind != STOP_NONE)
		return;
	m->stop.kind = kind;
	m->stop.status = status;
	va_start(args, format);
	vsnprintf(m->stop.text, sizeof(m->stop.text), format, args);
	va_end(args);
	fault_photo(&m->vcpu, &m->stop.regs);
}

static void take_request(struct machine *m)
{
	int request = atomic_exchange(&m->request, 0);

	if (request == 0)
		return;
	switch ((enum platform_request)(request - 1)) {
	case PLATFORM_POWER_OFF:
		machine_stop(m, STOP_POWER_OFF, STATUS_OK, "the guest powered off");
		return;
	case PLATFORM_RESET:
		machine_stop(m, STOP_RESET, STATUS_OK, "the guest asked for a reset");
		return;
	case PLATFORM_DEBUG_EXIT:
		machine_stop(m, STOP_DEBUG_EXIT, (int)(m->request_value & 0xff), "the guest ended with status %u",
			     m->request_value & 0xff);
		return;
	case PLATFORM_QUIT:
		machine_stop(m, STOP_QUIT, STATUS_OK, "quit from the terminal");
		return;
	}
}

static void take_signal(struct machine *m)
{
	int signal = 0;

	switch (kick_cause(&signal)) {
	case KICK_NONE:
		return;
	case KICK_TIMEOUT:
		machine_stop(m, STOP_TIMEOUT, STATUS_TIMEOUT, "the time limit of %g s ran out at rip 0x%llx",
			     m->options->timeout, (unsigned long long)m->vcpu.run->s.regs.regs.rip);
		return;
	case KICK_SIGNAL:
		machine_stop(m, STOP_SIGNAL, STATUS_INTERRUPTED, "stopped by signal %d (%s) at rip 0x%llx", signal,
			     strsignal(signal), (unsigned long long)m->vcpu.run->s.regs.regs.rip);
		return;
	}
}

void stop_poll(struct machine *m)
{
	if (m->watch[0])
		machine_stop(m, STOP_WATCH, STATUS_GUEST, "%s", m->watch);
	take_signal(m);
	take_request(m);
}
