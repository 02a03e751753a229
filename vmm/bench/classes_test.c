/* Each class of the benchmark does what its name says; else its time would be of something else. */
#include "tests/check.h"
#include "vmm/bench/own.h"

#include <string.h>

#define OLD 0x1122334455667788ull

static struct rig *rig;

static void run(const char *key)
{
	CHECK(class_find(key) >= 0);
	CHECK(class_run(&classes[class_find(key)], rig, 1));
}

static uint64_t memory(uint64_t gpa)
{
	uint64_t value;

	memcpy(&value, ram_bytes(&rig->ram, (gpa_t){gpa}, 8), 8);
	return value;
}

static void put_memory(uint64_t gpa, uint64_t value)
{
	memcpy(ram_bytes(&rig->ram, (gpa_t){gpa}, 8), &value, 8);
}

static void integers_load_and_store(void)
{
	put_memory(RIG_VIRTUAL, OLD);
	run("mov_load");
	CHECK_EQ(rig->plan.after.regs.gpr[GPR_RAX], OLD);
	CHECK_EQ(rig->vcpu.run->s.regs.regs.rax, OLD); /* commit is in it */
	CHECK_EQ(rig->vcpu.run->s.regs.regs.rip, RIG_CODE + 3);
	run("add");
	run("lock_xadd");
	CHECK_EQ(memory(RIG_VIRTUAL), OLD);
	CHECK_EQ(rig->plan.after.regs.gpr[GPR_RAX], OLD);
	run("mov_store");
	CHECK_EQ(memory(RIG_VIRTUAL), 0);
	CHECK_EQ(rig->keeper->loads, 3);
	CHECK_EQ(rig->keeper->stores, 3);
}

static void a_page_is_moved_element_by_element(void)
{
	uint64_t loads = rig->keeper->loads, stores = rig->keeper->stores;

	put_memory(RIG_MEMORY + PAGE_SIZE - 8, OLD);
	put_memory(RIG_VIRTUAL + PAGE_SIZE, 1);
	run("rep_movsb_in");
	CHECK_EQ(memory(RIG_VIRTUAL + PAGE_SIZE - 8), OLD);
	CHECK_EQ(memory(RIG_VIRTUAL + PAGE_SIZE), 1);
	CHECK_EQ(rig->plan.after.regs.gpr[GPR_RCX], 0);
	CHECK_EQ(rig->keeper->stores, stores + PAGE_SIZE);
	put_memory(RIG_MEMORY + PAGE_SIZE - 8, 0);
	run("rep_movsb_out");
	CHECK_EQ(memory(RIG_MEMORY + PAGE_SIZE - 8), OLD);
	CHECK_EQ(rig->keeper->loads, loads + PAGE_SIZE);
}

static void vectors_are_loaded(void)
{
	uint8_t zmm[64];
	uint64_t low;

	put_memory(RIG_VIRTUAL, OLD);
	for (unsigned i = 0; i < CLASSES; i++) {
		if (!classes[i].features || !class_fits(&classes[i], rig))
			continue;
		memset(rig->vector.area + 160, 0, 16); /* XMM0 */
		CHECK(class_run(&classes[i], rig, 1));
		vector_register(&rig->vector, 0, zmm);
		memcpy(&low, zmm, 8);
		CHECK(low != 0);
	}
}

static void own_refuses_and_measures_nothing_else(void)
{
	struct error e;

	CHECK_EQ(own_repeat("frob", 1, &e), -1);
	CHECK_EQ(e.status, STATUS_USAGE);
	CHECK_EQ(own_repeat("mov_load", 3, &e), 0);
}

static void the_rig_starts(void)
{
	struct error e;

	rig = rig_new(&e);
	CHECK(rig != NULL);
}

static void the_rig_ends(void)
{
	rig_free(rig);
}

CHECK_MAIN(CHECK_TEST(the_rig_starts), CHECK_TEST(integers_load_and_store),
	   CHECK_TEST(a_page_is_moved_element_by_element), CHECK_TEST(vectors_are_loaded),
	   CHECK_TEST(own_refuses_and_measures_nothing_else), CHECK_TEST(the_rig_ends))
