/* Entries of the table of interrupts, by mode. */
#include "vmm/access/step_state.h"

#include "tests/check.h"

#include <stdlib.h>

static void each_mode_has_its_gates(void)
{
	static const struct {
		const char *name;
		uint64_t cr0, efer;
		uint64_t entry[2];
		struct step_gate gate;
	} rows[] = {
		{"long mode",
		 CR0_PE | CR0_PG,
		 EFER_LMA,
		 {0x2233ee0300084455, 0x0000000000000011},
		 {.handler = 0x1122334455, .selector = 8, .ist = 3, .dpl = 3, .word = 8, .present = true}},
		{"32-bit interrupt gate",
		 CR0_PE,
		 0,
		 {0x22338e0700084455, 0xffffffffffffffff},
		 {.handler = 0x22334455, .selector = 8, .dpl = 0, .word = 4, .present = true}},
		{"16-bit trap gate",
		 CR0_PE,
		 0,
		 {0xffffa70000104455, 0},
		 {.handler = 0x4455, .selector = 0x10, .dpl = 1, .word = 2, .present = true}},
		{"task gate",
		 CR0_PE,
		 0,
		 {0x0000850000280000, 0},
		 {.handler = 0, .selector = 0x28, .dpl = 0, .word = 2, .task = true, .present = true}},
		{"absent", CR0_PE, 0, {0x00000e0000080000, 0}, {.selector = 8, .word = 4}},
		{"real mode",
		 0,
		 0,
		 {0xffffffff12345678, 0},
		 {.handler = 0x5678, .selector = 0x1234, .dpl = 3, .word = 2, .present = true}},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct plan plan;
		struct step s = {.plan = &plan};
		struct step_gate gate;

		check_row = rows[i].name;
		plan.before = (struct regs){.cr0 = rows[i].cr0, .efer = rows[i].efer};
		gate = step_gate_of(&s, (const uint8_t *)rows[i].entry);
		CHECK_EQ(gate.handler, rows[i].gate.handler);
		CHECK_EQ(gate.selector, rows[i].gate.selector);
		CHECK_EQ(gate.ist, rows[i].gate.ist);
		CHECK_EQ(gate.dpl, rows[i].gate.dpl);
		CHECK_EQ(gate.word, rows[i].gate.word);
		CHECK_EQ(gate.task, rows[i].gate.task);
		CHECK_EQ(gate.present, rows[i].gate.present);
	}
}

static void the_table_ends_at_its_limit(void)
{
	static const struct {
		const char *name;
		uint64_t cr0, efer;
		unsigned size;
	} rows[] = {
		{"long mode", CR0_PE, EFER_LMA, 16},
		{"protected mode", CR0_PE, 0, 8},
		{"real mode", 0, 0, 4},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct plan plan;
		struct kvm_run *run = calloc(1, sizeof(*run));
		struct vcpu vcpu = {.run = run};
		struct step s = {.plan = &plan, .vcpu = &vcpu};

		check_row = rows[i].name;
		plan.before = (struct regs){.cr0 = rows[i].cr0, .efer = rows[i].efer};
		run->s.regs.sregs.idt = (struct kvm_dtable){.base = 0x1000, .limit = (uint16_t)(4 * rows[i].size - 1)};
		CHECK_EQ(step_gate_size(&s), rows[i].size);
		CHECK_EQ(step_gate_at(&s, 3).v, 0x1000 + 3 * rows[i].size);
		CHECK(step_gate_in_table(&s, 3));
		CHECK(!step_gate_in_table(&s, 4));
		run->s.regs.sregs.idt.limit--;
		CHECK(!step_gate_in_table(&s, 3));
		free(run);
	}
}

CHECK_MAIN(CHECK_TEST(each_mode_has_its_gates), CHECK_TEST(the_table_ends_at_its_limit))
