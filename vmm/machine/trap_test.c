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

/* [0,0x4000) and [0x4000,0x8000) are two regions, [0x9000,0xa000) a third. */
static void ranges_go_over_regions(void)
{
	static const struct {
		const char *name;
		uint64_t start, size;
		int status;
	} ranges[] = {
		{"within one", 0x1000, 0x2000, 0},
		{"over two", 0x2000, 0x4000, 0},
		{"all of two", 0, 0x8000, 0},
		{"a hole in it", 0x6000, 0x4000, -ENOENT},
		{"begins in the hole", 0x8000, 0x2000, -ENOENT},
		{"beyond the end", 0x9000, 0x2000, -ENOENT},
		{"nothing", 0x9000, 0, 0},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const char *why = "";
		struct trap *trap;
		struct ram ram;

		check_row = ranges[i].name;
		ram_init(&ram);
		CHECK_EQ(ram_add(&ram, (gpa_t){0}, 0x4000, RAM_MAIN, &why), 0);
		CHECK_EQ(ram_add(&ram, (gpa_t){0x4000}, 0x4000, RAM_EXTRA, &why), 0);
		CHECK_EQ(ram_add(&ram, (gpa_t){0x9000}, 0x1000, RAM_KEPT, &why), 0);
		CHECK_EQ(ram_map(&ram), 0);
		trap = trap_new(&ram);
		CHECK_EQ(trap_set_range(trap, (gpa_t){ranges[i].start}, ranges[i].size, TRAP_ALL), ranges[i].status);
		for (uint64_t gpa = 0; gpa < 0xa000; gpa += PAGE_SIZE) {
			bool in = !ranges[i].status && gpa >= ranges[i].start && gpa - ranges[i].start < ranges[i].size;

			CHECK_EQ(trap_get(trap, (gpa_t){gpa}), in ? TRAP_ALL : TRAP_NONE);
			if (gpa != 0x8000)
				CHECK_EQ(can_read(ram_guest_bytes(&ram, (gpa_t){gpa}, 1)), !in);
		}
		trap_free(trap);
		ram_unmap(&ram);
	}
	check_row = "";
}

CHECK_MAIN(CHECK_TEST(ranges_go_over_regions), CHECK_TEST(modes_protect_the_guest_view_alone))
