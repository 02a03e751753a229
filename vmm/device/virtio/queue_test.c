#include "vmm/device/virtio/queue.h"

#include "tests/virtio_rig.h"

#define BUFFER(i) (RIG_BUFFERS + 0x1000u * (i))

static struct virtio_rig rig;
static struct queue queue;
static struct chain chain;
static const char *why;

static void begin(void)
{
	virtio_rig_init(&rig);
	queue = (struct queue){.size = RIG_QUEUE_SIZE,
			       .ready = true,
			       .table = RIG_TABLE(0),
			       .driver = RIG_DRIVER(0),
			       .device = RIG_DEVICE(0)};
	why = NULL;
}

static enum queue_take take(uint16_t head)
{
	rig_offer_quietly(&rig, 0, head);
	return queue_take(&queue, &rig.host.dma, &chain, &why);
}

static void a_queue_must_lie_in_memory_and_be_aligned(void)
{
	static const struct {
		const char *name;
		uint32_t size;
		uint64_t table, driver, device;
		bool good;
	} rows[] = {
		{"good", 16, RIG_TABLE(0), RIG_DRIVER(0), RIG_DEVICE(0), true},
		{"largest", 256, RIG_TABLE(0), RIG_TABLE(1), RIG_TABLE(2), true},
		{"size 0", 0, RIG_TABLE(0), RIG_DRIVER(0), RIG_DEVICE(0), false},
		{"size 3", 3, RIG_TABLE(0), RIG_DRIVER(0), RIG_DEVICE(0), false},
		{"size 512", 512, RIG_TABLE(0), RIG_TABLE(2), RIG_TABLE(3), false},
		{"size 2^31", 1u << 31, RIG_TABLE(0), RIG_DRIVER(0), RIG_DEVICE(0), false},
		{"table unaligned", 16, RIG_TABLE(0) + 8, RIG_DRIVER(0), RIG_DEVICE(0), false},
		{"available unaligned", 16, RIG_TABLE(0), RIG_DRIVER(0) + 1, RIG_DEVICE(0), false},
		{"used unaligned", 16, RIG_TABLE(0), RIG_DRIVER(0), RIG_DEVICE(0) + 2, false},
		{"table outside", 16, RIG_BASE + RIG_MEMORY - 16, RIG_DRIVER(0), RIG_DEVICE(0), false},
		{"available outside", 16, RIG_TABLE(0), RIG_BASE - 2, RIG_DEVICE(0), false},
		{"used outside", 16, RIG_TABLE(0), RIG_DRIVER(0), RIG_BASE + RIG_MEMORY - 8, false},
		{"all at the end of addresses", 16, ~15ull, ~1ull, ~3ull, false},
	};

	begin();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct queue q = {.size = rows[i].size,
				  .table = rows[i].table,
				  .driver = rows[i].driver,
				  .device = rows[i].device};

		check_row = rows[i].name;
		CHECK_EQ(queue_check(&q, &rig.host.dma) == NULL, rows[i].good);
	}
	virtio_rig_free(&rig);
}

static void a_chain_has_what_is_read_before_what_is_written(void)
{
	uint8_t bytes[8] = "abcdefgh", got[8] = "";

	begin();
	CHECK_EQ(queue_take(&queue, &rig.host.dma, &chain, &why), QUEUE_EMPTY);
	rig_descriptor(&rig, 0, 5, BUFFER(0), 3, RIG_NEXT, 2);
	rig_descriptor(&rig, 0, 2, BUFFER(1), 5, RIG_NEXT, 7);
	rig_descriptor(&rig, 0, 7, BUFFER(2), 0, RIG_NEXT | RIG_WRITE, 0); /* empty: no piece */
	rig_descriptor(&rig, 0, 0, BUFFER(3), 6, RIG_WRITE, 9);
	memcpy(rig_at(&rig, BUFFER(0)), bytes, 3);
	memcpy(rig_at(&rig, BUFFER(1)), bytes + 3, 5);
	CHECK_EQ(take(5), QUEUE_TAKEN);
	CHECK_EQ(chain.head, 5);
	CHECK_EQ(chain.nreadable, 2);
	CHECK_EQ(chain.nwritable, 1);
	CHECK_EQ(chain.readable, 8);
	CHECK_EQ(chain.writable, 6);
	CHECK_EQ(chain_read(&chain, 0, got, 8), 8);
	CHECK(memcmp(got, bytes, 8) == 0);
	CHECK_EQ(chain_read(&chain, 2, got, 8), 6);
	CHECK(memcmp(got, bytes + 2, 6) == 0);
	CHECK_EQ(chain_read(&chain, 8, got, 1), 0);
	CHECK_EQ(chain_write(&chain, 4, "xyz", 3), 2);
	CHECK(rig.wrote == 2 && rig.wrote_gpa == BUFFER(3) + 4);
	CHECK(memcmp(rig_at(&rig, BUFFER(3) + 4), "xy\0", 3) == 0);
	queue_put_back(&queue);
	CHECK_EQ(queue_take(&queue, &rig.host.dma, &chain, &why), QUEUE_TAKEN);
	CHECK_EQ(chain.head, 5);
	virtio_rig_free(&rig);
}

static void an_indirect_table_is_followed(void)
{
	begin();
	rig_descriptor(&rig, 0, 1, BUFFER(0), 4, RIG_NEXT, 3);
	rig_descriptor(&rig, 0, 3, RIG_INDIRECT, 48, RIG_IS_INDIRECT | RIG_WRITE, 0);
	rig_descriptor_at(&rig, RIG_INDIRECT, 0, BUFFER(1), 8, RIG_NEXT, 2);
	rig_descriptor_at(&rig, RIG_INDIRECT, 2, BUFFER(2), 16, RIG_WRITE, 0);
	CHECK_EQ(take(1), QUEUE_TAKEN);
	CHECK_EQ(chain.readable, 12);
	CHECK_EQ(chain.writable, 16);
	/* as long as the queue, and no longer */
	rig_descriptor(&rig, 0, 4, RIG_INDIRECT, 16 * (RIG_QUEUE_SIZE + 1), RIG_IS_INDIRECT, 0);
	for (unsigned i = 0; i < RIG_QUEUE_SIZE + 1; i++)
		rig_descriptor_at(&rig, RIG_INDIRECT, i, BUFFER(1), 1, i < RIG_QUEUE_SIZE - 1 ? RIG_NEXT : 0, i + 1);
	CHECK_EQ(take(4), QUEUE_TAKEN);
	CHECK_EQ(chain.nreadable, RIG_QUEUE_SIZE);
	rig_descriptor_at(&rig, RIG_INDIRECT, RIG_QUEUE_SIZE - 1, BUFFER(1), 1, RIG_NEXT, RIG_QUEUE_SIZE);
	CHECK_EQ(take(4), QUEUE_BROKEN);
	virtio_rig_free(&rig);
}

static void what_breaks_a_rule_is_named(void)
{
	static const struct {
		const char *name;
		struct {
			uint64_t gpa;
			uint32_t size;
			unsigned flags, next;
		} first, second;
		uint16_t head;
		const char *why;
	} rows[] = {
		{"head beyond", {BUFFER(0), 1, 0, 0}, {0}, 16, "number is beyond"},
		{"next beyond", {BUFFER(0), 1, RIG_NEXT, 99}, {0}, 0, "number is beyond"},
		{"loop of one", {BUFFER(0), 1, RIG_NEXT, 0}, {0}, 0, "loop"},
		{"loop of two", {BUFFER(0), 1, RIG_NEXT, 1}, {BUFFER(0), 1, RIG_NEXT, 0}, 0, "loop"},
		{"loop of empties", {BUFFER(0), 0, RIG_NEXT, 0}, {0}, 0, "loop"},
		{"read after written", {BUFFER(0), 1, RIG_NEXT | RIG_WRITE, 1}, {BUFFER(1), 1, 0, 0}, 0, "comes after"},
		{"outside", {0x1000, 1, 0, 0}, {0}, 0, "buffer is not in memory"},
		{"past the end", {RIG_BASE + RIG_MEMORY - 1, 2, 0, 0}, {0}, 0, "buffer is not in memory"},
		{"wraps", {UINT64_MAX, UINT32_MAX, RIG_WRITE, 0}, {0}, 0, "buffer is not in memory"},
		{"indirect with next", {RIG_INDIRECT, 16, RIG_IS_INDIRECT | RIG_NEXT, 1}, {0}, 0, "has a next"},
		{"indirect of 0", {RIG_INDIRECT, 0, RIG_IS_INDIRECT, 0}, {0}, 0, "no number of descriptors"},
		{"indirect of 17", {RIG_INDIRECT, 17, RIG_IS_INDIRECT, 0}, {0}, 0, "no number of descriptors"},
		{"indirect outside", {0, 16, RIG_IS_INDIRECT, 0}, {0}, 0, "table is not in memory"},
		{"indirect in itself", {RIG_TABLE(0), 16, RIG_IS_INDIRECT, 0}, {0}, 0, "in an indirect table"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		begin();
		rig_descriptor(&rig, 0, 0, rows[i].first.gpa, rows[i].first.size, rows[i].first.flags,
			       rows[i].first.next);
		rig_descriptor(&rig, 0, 1, rows[i].second.gpa, rows[i].second.size, rows[i].second.flags,
			       rows[i].second.next);
		CHECK_EQ(take(rows[i].head), QUEUE_BROKEN);
		CHECK_AT(why && strstr(why, rows[i].why), "it says \"%s\"", why ? why : "(nothing)");
		CHECK_EQ(queue.taken, 0);
		virtio_rig_free(&rig);
	}
}

static void more_chains_than_descriptors_are_refused(void)
{
	uint16_t index = RIG_QUEUE_SIZE + 1;

	begin();
	memcpy(rig_at(&rig, RIG_DRIVER(0) + 2), &index, sizeof(index));
	CHECK_EQ(queue_take(&queue, &rig.host.dma, &chain, &why), QUEUE_BROKEN);
	queue.taken = 1;
	rig_descriptor(&rig, 0, 0, BUFFER(0), 1, 0, 0);
	CHECK_EQ(queue_take(&queue, &rig.host.dma, &chain, &why), QUEUE_TAKEN);
	virtio_rig_free(&rig);
}

static void indexes_wrap(void)
{
	begin();
	rig_descriptor(&rig, 0, 3, BUFFER(0), 1, 0, 0);
	queue.taken = queue.returned = rig.available[0] = 65535;
	CHECK_EQ(take(3), QUEUE_TAKEN);
	CHECK_EQ(take(3), QUEUE_TAKEN);
	CHECK_EQ(queue_take(&queue, &rig.host.dma, &chain, &why), QUEUE_EMPTY);
	CHECK(queue_return(&queue, &rig.host.dma, 3, 7));
	CHECK_EQ(rig_used(&rig, 0), 0);
	CHECK_EQ(rig_entry(&rig, 0, 65535).head, 3);
	CHECK_EQ(rig_entry(&rig, 0, 65535).written, 7);
	virtio_rig_free(&rig);
}

static void a_driver_may_want_no_interrupt(void)
{
	begin();
	CHECK(queue_return(&queue, &rig.host.dma, 1, 0));
	CHECK(rig.wrote == 8 + 2 && rig.wrote_gpa == RIG_DEVICE(0) + 2);
	*(uint8_t *)rig_at(&rig, RIG_DRIVER(0)) = 1;
	CHECK(!queue_return(&queue, &rig.host.dma, 2, 0));
	CHECK_EQ(rig_used(&rig, 0), 2);
	virtio_rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(a_queue_must_lie_in_memory_and_be_aligned),
	   CHECK_TEST(a_chain_has_what_is_read_before_what_is_written), CHECK_TEST(an_indirect_table_is_followed),
	   CHECK_TEST(what_breaks_a_rule_is_named), CHECK_TEST(more_chains_than_descriptors_are_refused),
	   CHECK_TEST(indexes_wrap), CHECK_TEST(a_driver_may_want_no_interrupt))
