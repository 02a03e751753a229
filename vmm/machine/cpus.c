/*
 * cpus.c: the vCPUs of a machine, each with what its thread uses for itself.
 */
#include "vmm/access/alignment.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

_Static_assert(CPUS_MAX <= KICK_VCPUS_MAX && CPUS_MAX <= RECORDER_VCPUS && CPUS_MAX < HOLD_MEMBERS_MAX,
	       "each vCPU has a place in all of them");

int cpus_check(unsigned wanted, int kvm_max, struct error *e)
{
	if (wanted > CPUS_MAX)
		return error_set(e, STATUS_USAGE, "%u vCPUs: lodestore runs %u at most", wanted, CPUS_MAX);
	if (kvm_max > 0 && wanted > (unsigned)kvm_max)
		return error_set(e, STATUS_USAGE, "%u vCPUs: this KVM allows %d", wanted, kvm_max);
	return 0;
}

int cpus_new(struct machine *m, struct error *e)
{
	unsigned ncpus = m->options->boot.cpus ? m->options->boot.cpus : 1;

	if (cpus_check(ncpus, 0, e) < 0)
		return -1;
	m->cpus = aligned_alloc(_Alignof(struct cpu), ncpus * sizeof(*m->cpus));
	if (!m->cpus)
		return error_set(e, STATUS_HOST, "out of memory");
	m->ncpus = ncpus;
	memset(m->cpus, 0, m->ncpus * sizeof(*m->cpus));
	for (unsigned i = 0; i < m->ncpus; i++) {
		m->cpus[i].machine = m;
		m->cpus[i].timed = m->options->stats;
		m->cpus[i].vcpu.fd = -1;
	}
	return 0;
}

/* Of a bare guest all; of others the first, which starts the others. */
static int start(struct machine *m, unsigned i, struct error *e)
{
	struct boot_state state;

	if (m->ncpus == 1 || !m->boot_state.all_start)
		return i == 0 ? vcpu_start(&m->cpus[0].vcpu, &m->boot_state, e) : 0;
	state = boot_state_of(&m->boot_state, i);
	return vcpu_start(&m->cpus[i].vcpu, &state, e);
}

/* What the boot protocol's first state has of the CPU, as far as the guest is shown it. */
static int choose_cpu(struct machine *m, struct error *e)
{
	const struct cpu_model *model = &m->options->cpu;
	struct regs *regs = &m->boot_state.regs;

	if (kvm_choose_cpu(&m->kvm, model, e) < 0)
		return -1;
	if (cpu_model_hides(model, "xsave"))
		regs->cr4 &= ~CR4_OSXSAVE;
	if ((regs->efer & EFER_LMA) && cpu_model_hides(model, "lm"))
		return error_set(e, STATUS_USAGE, "--cpu: without lm, and the guest starts in 64-bit mode");
	return 0;
}

int cpus_open(struct machine *m, struct error *e)
{
	int max = ioctl(m->kvm.device_fd, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);

	if (cpus_check(m->ncpus, max, e) < 0 || choose_cpu(m, e) < 0)
		return -1;
	for (unsigned i = 0; i < m->ncpus; i++)
		if (vcpu_open(&m->cpus[i].vcpu, &m->kvm, i, e) < 0 || start(m, i, e) < 0 ||
		    vcpu_sync(&m->cpus[i].vcpu, e) < 0)
			return -1;
	return 0;
}

/* --- what keepers may ask ---------------------------------------------------- */

/* A transaction lives in its vCPU's plan. */
static struct cpu *cpu_of(const struct transaction *t)
{
	return (struct cpu *)(uintptr_t)((const char *)plan_of(t) - offsetof(struct cpu, plan));
}

static void witness_stop(const struct transaction *t, const char *reason)
{
	struct cpu *c = cpu_of(t);

	snprintf(c->watch, sizeof(c->watch), "%s", reason);
}

static void witness_record(const struct transaction *t, const struct access *a, const char *keeper, uint8_t verdict)
{
	struct cpu *c = cpu_of(t);

	if (c->machine->traced)
		traced_access(c, a, keeper, (enum verdict)verdict);
}

static const struct witness witness = {.tell = access_line, .stop = witness_stop, .record = witness_record};

/* --- what each has ----------------------------------------------------------- */

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
static void offer_features(const struct cpu *c)
{
	const struct kvm_cpuid2 *cpuid = c->machine->kvm.cpuid;
	struct features features;

	features_none(&features);
	for (unsigned i = 0; i < cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];
		const uint32_t reg[4] = {entry->eax, entry->ebx, entry->ecx, entry->edx};

		features_add(&features, entry->function, entry->index, reg);
	}
	if (c->vcpu.features & XSTATE_AVX)
		features.has |= 1ull << FEATURE_XSAVE;
	executor_offer(c->env.executor, &features);
}

/* What a vCPU's thread uses for itself. */
static int equip(struct cpu *c, struct error *e)
{
	struct machine *m = c->machine;

	c->translator.memory = &m->tables;
	c->translator.trap = m->trap;
	c->translator.phys_bits = m->kvm.phys_bits;
	c->env = (struct access_env){
		.space = m->space,
		.ram = &m->ram,
		.trap = m->trap,
		.decoder = decoder_new(),
		.executor = executor_new(),
		.translator = &c->translator,
		.ones_for_absent = ones_for_absent(m),
		.wide_alignment = alignment_is_wide(),
		.shadow_paging = !kvm_pages_are_nested(),
		.has_irqchip = m->boot_state.needs_irqchip,
		.vector = vcpu_vector,
		.vector_self = &c->vcpu,
		.witness = &witness,
		.vcpu = c->vcpu.id,
		.hold = m->hold,
	};
	if (!c->env.decoder || !c->env.executor)
		return error_set(e, STATUS_HOST, "the decoder or the executor cannot start: %s", strerror(errno));
	if (m->options->run_length > 0 && !(c->run = run_new(m->options->run_length, RUN_NS_DEFAULT)))
		return error_set(e, STATUS_HOST, "out of memory");
	offer_features(c);
	return 0;
}

int cpus_equip(struct machine *m, struct error *e)
{
	for (unsigned i = 0; i < m->ncpus; i++)
		if (equip(&m->cpus[i], e) < 0)
			return -1;
	return 0;
}

/* --- the end ------------------------------------------------------------------ */

static void strip(struct cpu *c)
{
	run_free(c->run);
	executor_free(c->env.executor);
	decoder_free(c->env.decoder);
	vcpu_close(&c->vcpu);
}

void cpus_free(struct machine *m)
{
	for (unsigned i = 0; i < m->ncpus; i++)
		strip(&m->cpus[i]);
	free(m->cpus);
}
