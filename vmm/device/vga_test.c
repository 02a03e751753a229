#include "vmm/device/vga.h"

#include "tests/check.h"

#define PORT(port) (uint16_t)((port)-VGA_PORT)

static void put(struct vga *v, uint16_t port, uint8_t value)
{
	vga_out(v, PORT(port), 1, value);
}

static uint32_t get(struct vga *v, uint16_t port)
{
	return vga_in(v, PORT(port), 1);
}

static void indexed_registers_read_back(void)
{
	static const struct {
		const char *name;
		uint16_t index, value;
		unsigned count;
	} rows[] = {
		{"sequencer", 0x3c4, 0x3c5, 8},
		{"graphics", 0x3ce, 0x3cf, 0x10},
		{"CRTC", 0x3d4, 0x3d5, 0x20},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vga v;

		check_row = rows[i].name;
		vga_init(&v);
		for (unsigned k = 0; k < rows[i].count; k++) {
			put(&v, rows[i].index, (uint8_t)k);
			put(&v, rows[i].value, (uint8_t)(k ^ 0xa5));
		}
		for (unsigned k = 0; k < 0x100; k++) { /* an index that is none is another's: nothing is beyond */
			put(&v, rows[i].index, (uint8_t)k);
			CHECK_EQ(get(&v, rows[i].index), k);
			CHECK_EQ(get(&v, rows[i].value), (k % rows[i].count) ^ 0xa5);
		}
	}
}

static void attributes_share_a_port(void)
{
	struct vga v;

	vga_init(&v);
	get(&v, 0x3da); /* the next byte is an index */
	put(&v, 0x3c0, 0x13);
	put(&v, 0x3c0, 0x77);
	put(&v, 0x3c0, 0x14);
	get(&v, 0x3da);
	put(&v, 0x3c0, 0x13);
	CHECK_EQ(get(&v, 0x3c1), 0x77);
	CHECK_EQ(get(&v, 0x3c0), 0x13);
}

static void the_palette_counts_up_and_wraps(void)
{
	struct vga v;

	vga_init(&v);
	put(&v, 0x3c8, 0xff);
	for (unsigned i = 0; i < 6; i++) /* the last colour, and then the first */
		put(&v, 0x3c9, (uint8_t)(10 + i));
	CHECK_EQ(get(&v, 0x3c8), 1);
	put(&v, 0x3c7, 0xff);
	for (unsigned i = 0; i < 6; i++)
		CHECK_EQ(get(&v, 0x3c9), 10 + i);
}

static void the_retrace_comes_and_goes(void)
{
	struct vga v;
	uint32_t first;

	vga_init(&v);
	first = get(&v, 0x3da);
	CHECK_EQ(get(&v, 0x3da), first ^ 9);
	CHECK_EQ(get(&v, 0x3da), first);
}

static void the_crtc_says_what_is_shown(void)
{
	struct vga v;

	vga_init(&v);
	CHECK(vga_start(&v) == 0 && vga_cursor(&v) == 0 && vga_cursor_is_on(&v));
	put(&v, 0x3d4, 0x0c);
	put(&v, 0x3d5, 0x12);
	put(&v, 0x3d4, 0x0d);
	put(&v, 0x3d5, 0x34);
	put(&v, 0x3d4, 0x0e);
	put(&v, 0x3d5, 0x56);
	put(&v, 0x3d4, 0x0f);
	put(&v, 0x3d5, 0x78);
	CHECK_EQ(vga_start(&v), 0x1234);
	CHECK_EQ(vga_cursor(&v), 0x5678);
	put(&v, 0x3d4, 0x0a);
	put(&v, 0x3d5, 0x20);
	CHECK(!vga_cursor_is_on(&v));
	CHECK_EQ(get(&v, 0x3b4), 0xff); /* the monochrome ports are not its own; no harm is done */
}

CHECK_MAIN(CHECK_TEST(indexed_registers_read_back), CHECK_TEST(attributes_share_a_port),
	   CHECK_TEST(the_palette_counts_up_and_wraps), CHECK_TEST(the_retrace_comes_and_goes),
	   CHECK_TEST(the_crtc_says_what_is_shown))
