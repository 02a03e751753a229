#include "vmm/machine/trap.h"

#include "tests/check.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

/* May this process touch the byte? Asked of the kernel, which does not kill for it. */
static bool can_read(uint8_t *at)
{
	uint8_t byte;
	struct iovec to = {&byte, 1}, from = {at, 1};

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1;
}

static bool can_write(uint8_t *at)
{
	uint8_t byte = 0x77;
	struct iovec from = {&byte, 1}, to = {at, 1};

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == 1;
}

static const struct {
	const char *name;
	enum trap_mode mode;
	bool read, write, catches_load, catches_store;
} rows[] = {
	{"none", TRAP_NONE, true, true, false, false},
	{"stores", TRAP_STORES, true, false, false, true},
	{"all", TRAP_ALL, false, false, true, true},
	{"none again", TRAP_NONE, true, true, false, false},
};

static void modes_protect_the_guest_view_alone(void)
{
	const char *why = "";
	struct trap *trap;
	struct ram ram;
	gpa_t page = {0x5000};

	ram_init(&ram);
	CHECK_EQ(ram_add(&ram, (gpa_t){0}, 0x10000, RAM_MAIN, &why), 0);
	CHECK_EQ(ram_map(&ram), 0);
	trap = trap_new(&ram);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *guest = ram_guest_bytes(&ram, page, PAGE_SIZE);
		uint8_t *monitor = ram_bytes(&ram, page, PAGE_SIZE);

		check_row = rows[i].name;
		CHECK_EQ(trap_set(trap, (gpa_t){page.v + 0x123}, rows[i].mode), 0);
		CHECK_EQ(trap_get(trap, page), rows[i].mode);
		CHECK_EQ(trap_catches(trap, page, false), rows[i].catches_load);
		CHECK_EQ(trap_catches(trap, page, true), rows[i].catches_store);
		CHECK_EQ(can_read(guest), rows[i].read);
		CHECK_EQ(can_write(guest), rows[i].write);
		CHECK(can_read(monitor) && can_write(monitor));
		CHECK(can_write(guest - 1) && can_write(guest + PAGE_SIZE));
		CHECK_EQ(trap_get(trap, (gpa_t){page.v - 1}), TRAP_NONE);
	}
	check_row = "";
	CHECK_EQ(trap_set(trap, (gpa_t){0x10000}, TRAP_ALL), -ENOENT);
	CHECK_EQ(trap_get(trap, (gpa_t){0x10000}), TRAP_NONE);
	trap_free(trap);
	ram_unmap(&ram);
}

CHECK_MAIN(CHECK_TEST(modes_protect_the_guest_view_alone))
