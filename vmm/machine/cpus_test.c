#include "vmm/machine/state.h"

#include "tests/check.h"

static void as_many_as_there_can_be(void)
{
	static const struct {
		unsigned wanted;
		int kvm_max;
		const char *why; /* NULL: they can be had */
	} rows[] = {
		{1, 1, NULL},
		{64, 1024, NULL},
		{64, 0, NULL}, /* it does not say */
		{64, -1, NULL},
		{65, 1024, "65 vCPUs: lodestore runs 64 at most"},
		{2, 1, "2 vCPUs: this KVM allows 1"},
		{9, 8, "9 vCPUs: this KVM allows 8"},
		{4294967295u, 0, "4294967295 vCPUs: lodestore runs 64 at most"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error e = {.text = ""};

		check_row = rows[i].why ? rows[i].why : "can be";
		CHECK_EQ(cpus_check(rows[i].wanted, rows[i].kvm_max, &e), rows[i].why ? -1 : 0);
		CHECK_STR(e.text, rows[i].why ? rows[i].why : "");
	}
}

CHECK_MAIN(CHECK_TEST(as_many_as_there_can_be))
