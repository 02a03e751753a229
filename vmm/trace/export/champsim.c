/*
 * champsim.c: the instructions that ChampSim's simulator reads, 64 bytes each, little-endian.
 *
 *   0 ip, 8 is branch, 9 branch taken, 10 two destination registers, 12 four source registers,
 *   16 two addresses stored to, 32 four addresses loaded from; 0: none
 *
 * What is put: instructions that touch traced memory, with those addresses; an instruction with
 * more of them than there is place for is put again with the others. Calls, jumps and returns through
 * traced memory are taken branches, with the three registers by which ChampSim tells their kinds; other
 * registers are not told. One virtual CPU only, as the simulator has a trace for each. Source: ChampSim,
 * inc/trace_instruction.h.
 */
#include "vmm/trace/export/format.h"

#include <string.h>

#define SIZE 64
#define STORES 2
#define LOADS 4
#define STORES_AT 16
#define LOADS_AT 32

/* ChampSim's numbers of registers, which are Pin's. */
enum { REGISTER_STACK = 6, REGISTER_IP = 26, REGISTER_OTHER = 1 };

struct champsim {
	struct export_last last;
	bool pending;
	unsigned nstores, nloads;
	uint8_t vcpu;
	uint8_t record[SIZE];
};

static void flush(struct export *x)
{
	struct champsim *c = x->state;

	if (c->pending)
		fwrite(c->record, SIZE, 1, x->out);
	c->pending = false;
}

static void put_branch(uint8_t record[SIZE], enum export_branch branch)
{
	static const struct {
		uint8_t writes[2], reads[4];
	} registers[] = {
		[BRANCH_DIRECT_CALL] = {{REGISTER_IP, REGISTER_STACK}, {REGISTER_IP, REGISTER_STACK}},
		[BRANCH_INDIRECT_CALL] = {{REGISTER_IP, REGISTER_STACK}, {REGISTER_IP, REGISTER_STACK, REGISTER_OTHER}},
		[BRANCH_INDIRECT_JUMP] = {{REGISTER_IP}, {REGISTER_OTHER}},
		[BRANCH_RETURN] = {{REGISTER_IP, REGISTER_STACK}, {REGISTER_STACK}},
	};

	if (branch == BRANCH_NONE)
		return;
	record[8] = record[9] = 1;
	memcpy(record + 10, registers[branch].writes, 2);
	memcpy(record + 12, registers[branch].reads, 4);
}

static void begin(struct export *x, const struct trace_record *r)
{
	struct champsim *c = x->state;

	flush(x);
	memset(c->record, 0, SIZE);
	export_put64(c->record, r->rip);
	put_branch(c->record, export_branch_of(x, r));
	c->nstores = c->nloads = 0;
	c->pending = true;
}

static void add(struct export *x, const struct trace_record *r, bool store)
{
	struct champsim *c = x->state;
	unsigned *count = store ? &c->nstores : &c->nloads;

	if (*count == (store ? STORES : LOADS))
		begin(x, r);
	export_put64(c->record + (store ? STORES_AT : LOADS_AT) + 8 * *count, export_address(x, r));
	++*count;
}

static int record(struct export *x, const struct trace_record *r, struct error *e)
{
	struct champsim *c = x->state;

	if (!export_happened(r))
		return 0;
	if (c->last.any && r->vcpu != c->vcpu)
		return error_set(e, STATUS_USAGE,
				 "champsim: a trace of one CPU, but records of virtual CPUs %u and %u; see --vcpu",
				 c->vcpu, r->vcpu);
	c->vcpu = r->vcpu;
	if (export_begins(&c->last, r))
		begin(x, r);
	if (r->kind == TRACE_LOAD || r->kind == TRACE_RMW)
		add(x, r, false);
	if (r->kind == TRACE_STORE || r->kind == TRACE_RMW)
		add(x, r, true);
	return 0;
}

static int close(struct export *x, struct error *e)
{
	(void)e;
	flush(x);
	return 0;
}

const struct export_format export_champsim = {
	.name = "champsim",
	.meaning = "ChampSim's input_instr, 64 bytes an instruction",
	.state_size = sizeof(struct champsim),
	.record = record,
	.close = close,
};
