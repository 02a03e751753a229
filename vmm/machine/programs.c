/*
 * programs.c: ranges at the addresses of a program are found while the guest is at CPL 3, where it may be for long
 * without an exit: until they are, it is made to come by.
 */
#include "vmm/machine/kick.h"
#include "vmm/machine/ticker.h"
#include "vmm/machine/traced.h"

static bool is_awaited(const struct machine *m)
{
	const struct traced *t = m->traced;

	for (unsigned i = 0; i < m->options->nvirtual; i++)
		if (m->deferred[i] && m->options->virtual[i].range.of_user)
			return true;
	for (unsigned i = 0; t && i < t->options->nranges; i++)
		if (t->deferred[i] && t->options->ranges[i].range.of_user)
			return true;
	return false;
}

int programs_await(struct machine *m, struct error *e)
{
	if (!is_awaited(m))
		return 0;
	m->ticker = ticker_new(kick_all);
	if (!m->ticker)
		return error_set(e, STATUS_HOST, "no thread to look for programs with");
	m->awaits_program = true;
	ticker_go(m->ticker, true);
	return 0;
}

void programs_look(struct machine *m)
{
	if (is_awaited(m))
		return;
	m->awaits_program = false;
	ticker_go(m->ticker, false);
}
