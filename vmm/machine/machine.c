#include "vmm/machine/machine.h"
#include "vmm/device/rawmode.h"

#include "vmm/clock.h"
#include "vmm/declared/declared.h"
#include "vmm/device/vga.h"
#include "vmm/doctor/doctor.h"
#include "vmm/machine/control.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MIN (16ull << 20)

/* --- what devices may ask ---------------------------------------------------- */

static void host_irq(void *self, unsigned line, bool level)
{
	struct machine *m = self;

	if (m->kvm.has_irqchip)
		kvm_irq(&m->kvm, line, level);
}

static bool host_ends(void *self)
{
	return machine_ends(self);
}

static void host_request(void *self, enum platform_request what, uint32_t value)
{
	struct machine *m = self;

	atomic_store(&m->request_value, value);
	atomic_store(&m->request, (int)what + 1);
	kick_all();
	control_let_go(m);
}

/* --- page tables -------------------------------------------------------------- */

static void *table_entry(void *self, gpa_t gpa, unsigned entry_size)
{
	struct machine *m = self;

	if (trap_get(m->trap, gpa) != TRAP_NONE)
		return NULL; /* an implicit access to a virtual page */
	return ram_bytes(&m->ram, gpa, entry_size);
}

/* --- building it --------------------------------------------------------------- */

static int plan_memory(struct machine *m, struct error *e)
{
	const struct machine_options *o = m->options;
	const char *why;

	ram_init(&m->ram);
	if (o->memory < MEMORY_MIN || o->memory % PAGE_SIZE != 0)
		return error_set(e, STATUS_USAGE, "memory of 0x%llx bytes: it must be 16M or more, in whole pages",
				 (unsigned long long)o->memory);
	if (ram_add_main(&m->ram, o->memory, &why) < 0)
		return error_set(e, STATUS_USAGE, "memory of 0x%llx bytes: %s", (unsigned long long)o->memory, why);
	for (unsigned i = 0; i < o->nextra; i++)
		if (ram_add(&m->ram, (gpa_t){o->extra[i].start}, o->extra[i].size, RAM_EXTRA, &why) < 0)
			return error_set(e, STATUS_USAGE, "memory \"%s\": %s", o->extra[i].text, why);
	return virtio_plan(m, e) < 0 ? -1 : keep_plan(m, e);
}

/* An image that takes calls wants to know by which instruction. A KVM that was not found to do it right does not. */
static void ask_syscall(struct machine *m)
{
	struct doctor_item item = {.result = DOCTOR_UNTRIED};
	char why[160];

	if (!boot_asks_syscall(m->boot))
		return;
	if (doctor_ask(DOCTOR_SYSCALL, &item, why, sizeof(why)) < 0 || item.result != DOCTOR_YES)
		boot_no_syscall(m->boot);
}

static int close_window(struct machine *m, struct error *e)
{
	const struct boot_state *b = &m->boot_state;
	int err = trap_set_range(m->trap, b->window, b->window_size, TRAP_ALL);

	return err < 0 ? error_set(e, STATUS_HOST, "the window at gpa 0x%llx cannot be trapped: %s",
				   (unsigned long long)b->window.v, strerror(-err))
		       : 0;
}

static int build_memory(struct machine *m, struct error *e)
{
	int err;

	if (plan_memory(m, e) < 0)
		return -1;
	m->boot = boot_plan(&m->options->boot, &m->ram, e);
	if (!m->boot)
		return -1;
	err = ram_map(&m->ram);
	if (err < 0)
		return error_set(e, STATUS_HOST, "guest memory of 0x%llx bytes: %s", (unsigned long long)m->ram.size,
				 strerror(-err));
	m->trap = trap_new(&m->ram);
	if (!m->trap)
		return error_set(e, STATUS_HOST, "out of memory");
	ask_syscall(m);
	if (boot_load(m->boot, &m->ram, &m->boot_state, e) < 0)
		return -1;
	return close_window(m, e);
}

static int build_space(struct machine *m, struct error *e)
{
	m->space = space_new();
	if (!m->space)
		return error_set(e, STATUS_HOST, "out of memory");
	for (unsigned i = 0; i < m->ram.nregions; i++) {
		const struct ram_region *r = &m->ram.regions[i];
		int err;

		if (r->kind == RAM_KEPT)
			continue; /* it backs a keeper; nobody has a page capability to it */
		err = space_put_memory(m->space, r->start, r->size, ram_bytes(&m->ram, r->start, r->size), RIGHTS_ALL);
		if (err < 0)
			return error_set(e, STATUS_HOST, "memory at gpa 0x%llx: %s", (unsigned long long)r->start.v,
					 strerror(-err));
	}
	return 0;
}

static bool host_steps(void *self)
{
	return step_possible(((struct machine *)self)->step, 3);
}

static int build_declared(struct machine *m, struct error *e)
{
	struct declared_host host = {
		.space = m->space,
		.ram = &m->ram,
		.trap = m->trap,
		.window = m->boot_state.window,
		.window_size = m->boot_state.window_size,
		.steps = host_steps,
		.yield = traced_yield,
		.resume = traced_resume,
		.self = m,
	};

	m->declared = space_share(m->space) == 0 ? declared_new(&host) : NULL;
	for (unsigned i = 0; i < m->ncpus; i++) {
		struct access_env *env = &m->cpus[i].env;

		env->declared = m->declared ? declared_cpu_new(m->declared) : NULL;
		if (!env->declared)
			return error_set(e, STATUS_HOST, "out of memory");
	}
	return 0;
}

static int build_env(struct machine *m, struct error *e)
{
	m->tables = (struct walk_memory){.self = m, .entry = table_entry};
	m->hold = hold_new();
	m->step = step_new(&(struct step_host){.hold = m->hold, .self = m, .serve = serve_in_step});
	if (!m->hold || !m->step)
		return error_set(e, STATUS_HOST, "out of memory");
	if (cpus_equip(m, e) < 0)
		return -1;
	return m->boot_state.answers_pages ? build_declared(m, e) : 0;
}

static int build_devices(struct machine *m, struct error *e)
{
	struct platform_options options = {
		.memory_size = m->options->memory,
		.cpus = m->ncpus,
		.input = 0,
		.output = m->options->serial_to_stderr || m->options->vga ? 2 : 1,
		.text = m->options->vga ? ram_bytes(&m->ram, (gpa_t){VGA_TEXT}, VGA_TEXT_SIZE) : NULL,
		.screen = m->options->serial_to_stderr ? 2 : 1,
		.console = m->options->boot.virtio & (1u << VIRTIO_SLOT_CONSOLE)};
	struct platform_host host = {.self = m,
				     .irq = host_irq,
				     .request = host_request,
				     .ends = host_ends,
				     .ready = virtio_later,
				     .escape = control_key};

	bus_init(&m->bus);
	m->platform = platform_new(&options, &host, &m->bus, e);
	return m->platform ? virtio_make(m, e) : -1;
}

static int build_kvm(struct machine *m, struct error *e)
{
	if (kvm_open(&m->kvm, e) < 0 || kvm_add_memory(&m->kvm, &m->ram, e) < 0)
		return -1;
	if (m->boot_state.needs_irqchip && kvm_add_irqchip(&m->kvm, e) < 0)
		return -1;
	if (m->options->stats)
		kvm_tell_msrs(&m->kvm);
	return cpus_open(m, e);
}

static int open_log(struct machine *m, struct error *e)
{
	m->log = stderr;
	if (!m->options->log)
		return 0;
	if (strcmp(m->options->log, "-") == 0) {
		m->log = stdout;
		return 0;
	}
	m->log = fopen(m->options->log, "we");
	if (m->log)
		return 0;
	m->log = stderr;
	return error_set(e, STATUS_INPUT, "%s: %s", m->options->log, strerror(errno));
}

static int build_all(struct machine *m, struct error *e)
{
	if (cpus_new(m, e) < 0 || open_log(m, e) < 0 || dump_check(m, e) < 0 || picture_check(m, e) < 0 ||
	    build_memory(m, e) < 0 || build_space(m, e) < 0 || build_kvm(m, e) < 0)
		return -1;
	if (build_env(m, e) < 0 || build_devices(m, e) < 0)
		return -1;
	if (keep_start(m, e) < 0 || virtio_start(m, e) < 0 || control_open(m, e) < 0)
		return -1;
	if (m->options->trace && traced_start(m, e) < 0)
		return -1;
	return programs_await(m, e);
}

struct machine *machine_build(const struct machine_options *options, struct error *e)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!m) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	m->options = options;
	m->kvm.device_fd = m->kvm.vm_fd = m->ram.memfd = -1;
	if (build_all(m, e) == 0)
		return m;
	machine_demolish(m);
	return NULL;
}

void machine_demolish(struct machine *m)
{
	ticker_free(m->ticker);
	if (m->platform)
		platform_free(m->platform); /* its terminal's thread gives commands too */
	control_free(m);
	step_free(m->step);
	declared_free(m->declared);
	hold_free(m->hold);
	cpus_free(m);
	kvm_close(&m->kvm);
	keep_free(m);
	virtio_free_all(m);
	arm_free(m);
	traced_free(m);
	space_free(m->space);
	trap_free(m->trap);
	if (m->boot)
		boot_free(m->boot);
	ram_unmap(&m->ram);
	if (m->log && m->log != stderr && m->log != stdout)
		fclose(m->log);
	free(m);
}

/* --- running it ----------------------------------------------------------------- */

static int run(struct machine *m, struct error *e)
{
	/* handlers first: the terminal then leaves those signals to them */
	if (kick_start(m->options->timeout, rawmode_leave, e) < 0)
		return -1;
	if (platform_start(m->platform, e) < 0) {
		kick_stop();
		return -1;
	}
	if (control_start(m, e) < 0) {
		platform_stop(m->platform);
		kick_stop();
		return -1;
	}
	loop_run(m);
	control_stop(m);
	platform_stop(m->platform); /* before the signals get their default actions back */
	kick_stop();
	report_stop(m);
	if (m->traced && traced_end(m, e) < 0)
		return -1;
	if (m->options->stats)
		report_stats(m);
	if (m->options->dump && dump_state(m, e) < 0)
		return -1;
	return picture_write(m, e) < 0 ? -1 : dump_memory(m, e);
}

/* A guest that ended well says nothing; anything else is told in a line. */
static int status_of(const struct machine *m, struct error *e)
{
	e->text[0] = '\0';
	if (m->stop.status != STATUS_OK && m->stop.kind != STOP_DEBUG_EXIT)
		snprintf(e->text, sizeof(e->text), "%s", m->stop.text);
	return m->stop.status;
}

int machine_run(const struct machine_options *options, struct error *e)
{
	uint64_t start = now_ns();
	struct machine *m = machine_build(options, e);
	int status;

	if (!m)
		return (int)e->status;
	m->cpus[0].stats.first_exit_ns = now_ns() - start;
	status = run(m, e) < 0 ? (int)e->status : status_of(m, e);
	machine_demolish(m);
	return status;
}
