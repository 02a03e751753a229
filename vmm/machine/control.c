#include "vmm/machine/control.h"

#include "vmm/access/fault.h"
#include "vmm/control/console.h"
#include "vmm/control/server.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/traced.h"

#include <stdlib.h>
#include <unistd.h>

struct control {
	struct monitor *monitor;
	struct server *server;
	struct console console; /* the terminal's thread only */
};

/* --- the machine as the monitor's host ----------------------------------------------------------- */

static int hold(void *self, struct error *e)
{
	return machine_pause(self, e);
}

static void release(void *self)
{
	machine_resume(self);
}

static struct monitor_table table_of(const struct kvm_dtable *t)
{
	return (struct monitor_table){.base = t->base, .limit = t->limit};
}

static struct monitor_table segment_table_of(const struct kvm_segment *s)
{
	return (struct monitor_table){.base = s->base, .limit = (uint16_t)s->limit, .selector = s->selector};
}

static void find_symbol(const struct machine *m, const struct regs *regs, char *out, size_t size)
{
	uint64_t linear = regs->mode == MODE_64 ? regs->rip : regs->seg[SEG_CS].base + regs->rip;
	const struct symbol *symbol = symbols_near(boot_symbols(m->boot), linear);

	if (symbol)
		snprintf(out, size, "%.128s+0x%llx", symbol->name, (unsigned long long)(linear - symbol->address));
}

static void registers(void *self, unsigned vcpu, struct monitor_vcpu *out)
{
	struct machine *m = self;
	const struct cpu *c = &m->cpus[vcpu];
	const struct kvm_sregs *s = &c->vcpu.run->s.regs.sregs;

	fault_photo(&c->vcpu, &out->regs); /* also of one that has halted: its last exit is there */
	out->halted = c->halted;
	out->gdt = table_of(&s->gdt);
	out->idt = table_of(&s->idt);
	out->tr = segment_table_of(&s->tr);
	out->ldt = segment_table_of(&s->ldt);
	find_symbol(m, &out->regs, out->symbol, sizeof(out->symbol));
}

static void ranges(void *self, monitor_each *each, void *to)
{
	arm_list(self, each, to);
}

static int arm(void *self, const char *range, const char *keeper, unsigned vcpu, monitor_each *each, void *to,
	       struct error *e)
{
	return arm_range(self, range, keeper, vcpu, each, to, e);
}

static int disarm(void *self, const char *range, monitor_each *each, void *to, struct error *e)
{
	return arm_undo(self, range, each, to, e);
}

static int mark(void *self, const char *text, struct error *e)
{
	struct machine *m = self;

	if (!m->traced)
		return error_set(e, STATUS_USAGE, "no trace is being made");
	return traced_mark(m, text) ? 0
				    : error_set(e, STATUS_HOST, "the trace does not take it: it is written no more");
}

static void quit(void *self)
{
	struct machine *m = self;

	platform_mute(m->platform); /* the guest must not wait for its output any more */
	machine_quit(m);
}

/* --- who gives commands ----------------------------------------------------------------------------- */

static char *answer(void *self, const char *line, size_t size)
{
	return monitor_line(((struct machine *)self)->control->monitor, line, size);
}

static void nudged(void *self)
{
	monitor_end(((struct machine *)self)->control->monitor);
}

enum escape control_key(void *machine, uint8_t key)
{
	return console_key(&((struct machine *)machine)->control->console, key);
}

static void on_signal(void *self)
{
	control_let_go(self);
}

void control_let_go(const struct machine *m)
{
	if (m->control)
		server_nudge(m->control->server);
}

/* --- beginning and end --------------------------------------------------------------------------------- */

int control_open(struct machine *m, struct error *e)
{
	const struct monitor_host host = {.self = m,
					  .vcpus = m->ncpus,
					  .hold = hold,
					  .release = release,
					  .registers = registers,
					  .ranges = ranges,
					  .arm = arm,
					  .disarm = disarm,
					  .mark = mark,
					  .quit = quit};
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return error_set(e, STATUS_HOST, "out of memory");
	m->control = c;
	c->monitor = monitor_new(&host);
	if (!c->monitor)
		return error_set(e, STATUS_HOST, "out of memory");
	console_init(&c->console, c->monitor, STDERR_FILENO);
	c->server = server_new(m->options->control, &(struct server_host){m, answer, nudged}, e);
	return c->server ? 0 : -1;
}

int control_start(struct machine *m, struct error *e)
{
	if (!m->options->control && !isatty(STDIN_FILENO))
		return 0; /* nobody can say anything */
	kick_tell(on_signal, m);
	return server_start(m->control->server, e);
}

void control_stop(struct machine *m)
{
	kick_tell(NULL, NULL);
	server_stop(m->control->server);
}

void control_free(struct machine *m)
{
	if (!m->control)
		return;
	server_free(m->control->server);
	monitor_free(m->control->monitor);
	free(m->control);
	m->control = NULL;
}
