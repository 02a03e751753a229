/*
 * report.c: what is told on stderr when a guest has ended.
 */
#include "decoder/table.h"
#include "vmm/declared/declared.h"
#include "vmm/machine/state.h"

static void print_registers(const struct regs *regs)
{
	for (unsigned i = 0; i < GPR_COUNT; i++)
		fprintf(stderr, "%s=%016llx%s", gpr_name((enum gpr)i), (unsigned long long)regs->gpr[i],
			i % 4 == 3 ? "\n" : " ");
	fprintf(stderr, "rip=%016llx rflags=%08llx cr0=%llx cr2=%llx cr3=%llx cr4=%llx cpl=%u\n",
		(unsigned long long)regs->rip, (unsigned long long)regs->rflags, (unsigned long long)regs->cr0,
		(unsigned long long)regs->cr2, (unsigned long long)regs->cr3, (unsigned long long)regs->cr4, regs->cpl);
}

static void print_history(const struct cpu *c)
{
	static const char *const ops[] = {[ACCESS_LOAD] = "r", [ACCESS_STORE] = "w", [ACCESS_RMW] = "rw"};
	unsigned first = c->nhistory > HISTORY ? c->nhistory - HISTORY : 0;

	if (c->nhistory > 0)
		fprintf(stderr, "the last accesses:\n");
	for (unsigned i = first; i < c->nhistory; i++) {
		const struct past *past = &c->history[i % HISTORY];
		char text[INSN_TEXT] = "(bad)";

		decode_text(c->env.decoder, past->code, past->code_size, past->mode, text);
		fprintf(stderr, "  rip=0x%llx gpa=0x%llx %s%u | %s\n", (unsigned long long)past->rip,
			(unsigned long long)past->gpa, ops[past->op], past->size, text);
	}
}

/* Where the other vCPUs were. */
static void print_others(const struct machine *m)
{
	for (unsigned i = 0; i < m->ncpus; i++) {
		const struct cpu *c = &m->cpus[i];

		if (c != m->stopper)
			fprintf(stderr, "vCPU %u: rip=%016llx rsp=%016llx cpl=%u%s\n", i,
				(unsigned long long)c->end.rip, (unsigned long long)c->end.gpr[GPR_RSP], c->end.cpl,
				c->halted ? ", halted" : "");
	}
}

static bool is_death(enum stop_kind kind)
{
	switch (kind) {
	case STOP_EXCEPTION:
	case STOP_TIMEOUT:
	case STOP_SIGNAL:
	case STOP_TRIPLE_FAULT:
	case STOP_WATCH:
	case STOP_REFUSED:
	case STOP_UNSUPPORTED:
	case STOP_HOST:
		return true;
	case STOP_NONE:
	case STOP_HLT:
	case STOP_POWER_OFF:
	case STOP_RESET:
	case STOP_TRACED:
	case STOP_DEBUG_EXIT:
	case STOP_QUIT:
		break;
	}
	return false;
}

static void print_nearest_symbol(const struct machine *m)
{
	const struct regs *regs = &m->stop.regs;
	uint64_t linear = regs->mode == MODE_64 ? regs->rip : regs->seg[SEG_CS].base + regs->rip;
	const struct symbol *symbol = symbols_near(boot_symbols(m->boot), linear);

	if (symbol)
		fprintf(stderr, "in %s+0x%llx\n", symbol->name, (unsigned long long)(linear - symbol->address));
}

void report_stop(const struct machine *m)
{
	fflush(m->log);
	if (is_death(m->stop.kind) && m->ncpus > 1)
		fprintf(stderr, "vCPU %u:\n", m->stopper->vcpu.id);
	if (is_death(m->stop.kind)) {
		print_registers(&m->stop.regs);
		print_nearest_symbol(m);
		print_history(m->stopper);
		print_others(m);
	}
	for (unsigned i = 0; i < m->options->nvirtual; i++)
		if (m->deferred[i])
			fprintf(stderr,
				"lodestore: range \"%s\" was never mapped by the guest: nothing was kept there\n",
				m->options->virtual[i].range.text);
	if (m->bus.unknown > 0 && m->options->stats == false && m->stop.kind != STOP_HLT)
		fprintf(stderr, "lodestore: %llu accesses to ports that no device claims (read all ones)\n",
			(unsigned long long)m->bus.unknown);
	if (machine_absent_accesses(m) > 0)
		fprintf(stderr,
			"lodestore: %llu accesses to addresses that are neither memory nor kept (read all ones)\n",
			(unsigned long long)machine_absent_accesses(m));
}

/* Who read newly decoded instructions otherwise than the closed table, and at which forms. */
static void print_decoders(const struct machine *m)
{
	static const char *const names[OTHER_DECODERS] = {"Capstone", "Zydis"};
	const struct decoder_stats stats = machine_decoder_stats(m);

	fprintf(stderr, "decoders: %llu instructions, Capstone disagreed on %llu, Zydis on %llu, both on %llu\n",
		(unsigned long long)stats.instructions, (unsigned long long)stats.differed[OTHER_CAPSTONE],
		(unsigned long long)stats.differed[OTHER_ZYDIS], (unsigned long long)stats.refused);
	for (unsigned row = 0; row < table_rows(); row++)
		for (unsigned who = 0; who < OTHER_DECODERS; who++)
			if (machine_differed(m, (enum other_decoder)who, row))
				fprintf(stderr, "  %s on \"%s\": %u\n", names[who], table_row(row)->name,
					machine_differed(m, (enum other_decoder)who, row));
}

static void print_declared(const struct declared_stats *s)
{
	fprintf(stderr, "declared pages: %llu delivered, %llu answered, %llu restarted, %llu refused, %llu stepped\n",
		(unsigned long long)s->delivered, (unsigned long long)s->answered, (unsigned long long)s->restarted,
		(unsigned long long)s->refused, (unsigned long long)s->stepped);
	if (s->why[0])
		fprintf(stderr, "  the last refused at %s\n", s->why);
}

static void print_runs(const struct machine *m)
{
	const struct run_stats stats = machine_run_stats(m), *s = &stats;
	uint64_t breakpoints = machine_stats(m).breakpoints;

	fprintf(stderr, "runs: %llu, %llu instructions, %llu accesses; ended by", (unsigned long long)s->runs,
		(unsigned long long)s->instructions, (unsigned long long)s->accesses);
	for (unsigned i = 0; i < RUN_ENDS; i++)
		if (s->ends[i] > 0)
			fprintf(stderr, " %s %llu", run_end_name((enum run_end)i), (unsigned long long)s->ends[i]);
	if (breakpoints > 0)
		fprintf(stderr, "; not begun for breakpoints %llu", (unsigned long long)breakpoints);
	fprintf(stderr, "\n");
}

static void print_msrs(const struct machine *m)
{
	struct refused_msrs sum = {.accesses = 0};

	for (unsigned i = 0; i < m->ncpus; i++)
		msr_add(&sum, &m->cpus[i].msrs);
	if (m->kvm.tells_msrs)
		msr_print(&sum, stderr);
	else
		fprintf(stderr, "refused MSRs: not told by this KVM\n");
}

void report_stats(const struct machine *m)
{
	const struct stats stats = machine_stats(m), *s = &stats;
	uint64_t accesses = 0;

	fprintf(stderr, "exits:");
	for (unsigned i = 0; i < EXIT_KINDS; i++)
		if (s->exits[i] > 0)
			fprintf(stderr, " %s %llu", exit_kind_name((enum exit_kind)i), (unsigned long long)s->exits[i]);
	fprintf(stderr, "\nprivate steps: %llu\n", (unsigned long long)s->steps);
	print_runs(m);
	for (unsigned i = 0; i < m->nkept; i++) {
		const struct kept *k = &m->kept[i];

		accesses += k->keeper->loads + k->keeper->stores;
		fprintf(stderr, "keeper %s at gpa 0x%llx+0x%llx: %llu loads, %llu stores\n", k->keeper->spec,
			(unsigned long long)k->start.v, (unsigned long long)k->size,
			(unsigned long long)k->keeper->loads, (unsigned long long)k->keeper->stores);
	}
	virtio_report(m);
	for (unsigned i = 0; i < m->ncpus && m->declared; i++)
		print_declared(declared_stats_of(m->cpus[i].env.declared));
	print_decoders(m);
	fprintf(stderr, "time: %.3f ms to the first instruction, %.3f ms in KVM_RUN, %.3f ms in accesses",
		(double)s->first_exit_ns / 1e6, (double)s->run_ns / 1e6, (double)s->access_ns / 1e6);
	if (accesses > 0)
		fprintf(stderr, " (%llu ns each)", (unsigned long long)(s->access_ns / accesses));
	fprintf(stderr, "\nunclaimed ports: %llu accesses", (unsigned long long)m->bus.unknown);
	for (unsigned port = 0, shown = 0; port < 65536 && shown < 16; port++)
		if (m->bus.unknown_ports[port / 32] & (1u << (port % 32)))
			fprintf(stderr, "%s 0x%x", shown++ ? "" : ":", port);
	fprintf(stderr, "\nabsent addresses: %llu accesses\n", (unsigned long long)machine_absent_accesses(m));
	print_msrs(m);
}
