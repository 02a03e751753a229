#include "vmm/machine/machine.h"

#include "vmm/access/alignment.h"
#include "vmm/declared/declared.h"
#include "vmm/device/vga.h"
#include "vmm/doctor/doctor.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEMORY_MIN (16ull << 20)

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- what keepers may ask ---------------------------------------------------- */

static struct machine *machine_of(const struct transaction *t);

static void witness_stop(const struct transaction *t, const char *reason)
{
	struct machine *m = machine_of(t);

	snprintf(m->watch, sizeof(m->watch), "%s", reason);
}

static void witness_record(const struct transaction *t, const struct access *a, const char *keeper, uint8_t verdict)
{
	struct machine *m = machine_of(t);

	if (m->traced)
		traced_access(m, a, keeper, (enum verdict)verdict);
}

static const struct witness witness = {.tell = access_line, .stop = witness_stop, .record = witness_record};

/* A transaction lives in its machine's plan. */
static struct machine *machine_of(const struct transaction *t)
{
	return (struct machine *)(uintptr_t)((const char *)plan_of(t) - offsetof(struct machine, plan));
}

/* --- what devices may ask ---------------------------------------------------- */

static void host_irq(void *self, unsigned line, bool level)
{
	struct machine *m = self;

	if (m->env.has_irqchip)
		kvm_irq(&m->kvm, line, level);
}

static void host_request(void *self, enum platform_request what, uint32_t value)
{
	struct machine *m = self;

	m->request_value = value;
	atomic_store(&m->request, (int)what + 1);
	kick_vcpu();
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
	return keep_plan(m, e);
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

static bool ones_for_absent(const struct machine *m)
{
	switch (m->options->absent) {
	case ABSENT_STOP:
		return false;
	case ABSENT_ONES:
		return true;
	case ABSENT_DEFAULT:
		break;
	}
	return m->boot_state.ones_for_absent;
}

/*
 * The guest has the instructions that its CPUID offers. And XSAVE, where KVM took components for XCR0 that only XSAVE
 * saves: kvm_pvm does not list it, but user code there runs on the host's CPU and has them, so that a kernel whose
 * processes may not see each other's must be able to save them.
 */
static void offer_features(const struct machine *m)
{
	const struct kvm_cpuid2 *cpuid = m->kvm.cpuid;
	struct features features;

	features_none(&features);
	for (unsigned i = 0; i < cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];
		const uint32_t reg[4] = {entry->eax, entry->ebx, entry->ecx, entry->edx};

		features_add(&features, entry->function, entry->index, reg);
	}
	if (m->vcpu.features & XSTATE_AVX)
		features.has |= 1ull << FEATURE_XSAVE;
	executor_offer(m->env.executor, &features);
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
	m->env.declared = m->declared ? declared_cpu_new(m->declared) : NULL;
	return m->env.declared ? 0 : error_set(e, STATUS_HOST, "out of memory");
}

static int build_env(struct machine *m, struct error *e)
{
	m->tables = (struct walk_memory){.self = m, .entry = table_entry};
	m->translator.memory = &m->tables;
	m->translator.trap = m->trap;
	m->translator.phys_bits = m->kvm.phys_bits;
	m->env = (struct access_env){
		.space = m->space,
		.ram = &m->ram,
		.trap = m->trap,
		.decoder = decoder_new(),
		.executor = executor_new(),
		.translator = &m->translator,
		.ones_for_absent = ones_for_absent(m),
		.wide_alignment = alignment_is_wide(),
		.shadow_paging = !kvm_pages_are_nested(),
		.has_irqchip = m->boot_state.needs_irqchip,
		.vector = vcpu_vector,
		.vector_self = &m->vcpu,
		.witness = &witness,
	};
	if (!m->env.decoder || !m->env.executor)
		return error_set(e, STATUS_HOST, "the decoder or the executor cannot start: %s", strerror(errno));
	m->hold = hold_new();
	m->step = step_new(&(struct step_host){.hold = m->hold, .self = m, .serve = serve_in_step});
	if (!m->hold || !m->step)
		return error_set(e, STATUS_HOST, "out of memory");
	if (m->options->run_length > 0 && !(m->run = run_new(m->options->run_length, RUN_NS_DEFAULT)))
		return error_set(e, STATUS_HOST, "out of memory");
	offer_features(m);
	return m->boot_state.answers_pages ? build_declared(m, e) : 0;
}

static int build_devices(struct machine *m, struct error *e)
{
	struct platform_options options = {
		.memory_size = m->options->memory,
		.input = 0,
		.output = m->options->serial_to_stderr || m->options->vga ? 2 : 1,
		.text = m->options->vga ? ram_bytes(&m->ram, (gpa_t){VGA_TEXT}, VGA_TEXT_SIZE) : NULL,
		.screen = m->options->serial_to_stderr ? 2 : 1};
	struct platform_host host = {.self = m, .irq = host_irq, .request = host_request};

	bus_init(&m->bus);
	m->platform = platform_new(&options, &host, &m->bus, e);
	return m->platform ? 0 : -1;
}

static int build_kvm(struct machine *m, struct error *e)
{
	if (kvm_open(&m->kvm, e) < 0 || kvm_add_memory(&m->kvm, &m->ram, e) < 0)
		return -1;
	if (m->boot_state.needs_irqchip && kvm_add_irqchip(&m->kvm, e) < 0)
		return -1;
	if (vcpu_open(&m->vcpu, &m->kvm, 0, e) < 0)
		return -1;
	return vcpu_start(&m->vcpu, &m->boot_state, e);
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
	if (open_log(m, e) < 0 || build_memory(m, e) < 0 || build_space(m, e) < 0 || build_kvm(m, e) < 0)
		return -1;
	if (build_env(m, e) < 0 || build_devices(m, e) < 0)
		return -1;
	if (keep_start(m, e) < 0)
		return -1;
	return m->options->trace ? traced_start(m, e) : 0;
}

struct machine *machine_build(const struct machine_options *options, struct error *e)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!m) {
		error_set(e, STATUS_HOST, "out of memory");
		return NULL;
	}
	m->options = options;
	m->timed = options->stats;
	m->vcpu.fd = m->kvm.device_fd = m->kvm.vm_fd = m->ram.memfd = -1;
	if (build_all(m, e) == 0)
		return m;
	machine_demolish(m);
	return NULL;
}

void machine_demolish(struct machine *m)
{
	if (m->platform)
		platform_free(m->platform);
	step_free(m->step);
	declared_free(m->declared);
	run_free(m->run);
	hold_free(m->hold);
	executor_free(m->env.executor);
	decoder_free(m->env.decoder);
	vcpu_close(&m->vcpu);
	kvm_close(&m->kvm);
	keep_free(m);
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
	if (kick_start(m->vcpu.run, m->options->timeout, platform_restore_terminal, e) < 0)
		return -1;
	if (platform_start(m->platform, e) < 0) {
		kick_stop();
		return -1;
	}
	loop_run(m);
	platform_stop(m->platform); /* before the signals get their default actions back */
	kick_stop();
	report_stop(m);
	if (m->traced && traced_end(m, e) < 0)
		return -1;
	if (m->options->stats)
		report_stats(m);
	if (m->options->dump && dump_state(m, e) < 0)
		return -1;
	return dump_memory(m, e);
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
	m->stats.first_exit_ns = now_ns() - start;
	status = run(m, e) < 0 ? (int)e->status : status_of(m, e);
	machine_demolish(m);
	return status;
}
