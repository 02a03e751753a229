#include "vmm/device/virtio/virtio.h"

#include "tests/virtio_rig.h"

#define FEATURE (1ull << 7)
#define ALL_STATUS                                                                                                     \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK)

/* A device that gives back whatever it gets. */
struct toy {
	struct virtio v;
	unsigned served, resets;
	bool greedy; /* takes without end */
};

static void toy_serve(struct virtio *v, unsigned queue)
{
	struct toy *toy = (struct toy *)v;
	struct chain c;

	toy->served++;
	while (virtio_take(v, queue, &c)) {
		virtio_return(v, queue, &c, 0);
		if (toy->greedy)
			queue_put_back(&v->queues[queue]);
	}
}

static void toy_reset(struct virtio *v)
{
	((struct toy *)v)->resets++;
}

static const struct virtio_ops toy_ops = {
	.name = "toy", .id = 42, .nqueues = 2, .serve = toy_serve, .reset = toy_reset, .free = virtio_destroy};

static struct virtio_rig rig;
static struct toy toy;

static void begin(void)
{
	virtio_rig_init(&rig);
	toy = (struct toy){.served = 0};
	virtio_init(&toy.v, &toy_ops, &rig.host, 5, FEATURE, "toy");
	for (unsigned i = 0; i < 8; i++)
		toy.v.config[i] = (uint8_t)(0x10 + i);
	rig.v = &toy.v;
}

static void it_says_what_it_is(void)
{
	begin();
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_MAGIC), 0x74726976);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_VERSION), 2);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_DEVICE), 42);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_FEATURES), FEATURE | VIRTIO_FEATURE_INDIRECT);
	reg_store(&rig, VIRTIO_REG_FEATURES_SELECT, 1);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_FEATURES), 1);
	reg_store(&rig, VIRTIO_REG_FEATURES_SELECT, 2);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_FEATURES), 0);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_QUEUE_SIZE_MAX), QUEUE_SIZE_MAX);
	reg_store(&rig, VIRTIO_REG_QUEUE_SELECT, 2);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_QUEUE_SIZE_MAX), 0);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_SHARED_MEMORY), UINT32_MAX);
	CHECK_EQ(toy.v.counts.strange, 0);
	virtio_rig_free(&rig);
}

static void its_configuration_is_read_in_any_way(void)
{
	struct access a;

	begin();
	a = virtio_rig_access(&rig, ACCESS_LOAD, VIRTIO_REG_CONFIG + 3, 1, NULL);
	CHECK_EQ(a.before[0], 0x13);
	a = virtio_rig_access(&rig, ACCESS_LOAD, VIRTIO_REG_CONFIG, 64, NULL);
	CHECK_EQ(a.before[7], 0x17);
	CHECK_EQ(a.before[63], 0);
	a = virtio_rig_access(&rig, ACCESS_LOAD, 0x1000 - 8, 8, NULL);
	CHECK_EQ(a.size, 8);
	CHECK_EQ(toy.v.counts.strange, 0);
	CHECK_EQ(virtio_rig_access(&rig, ACCESS_LOAD, 0x1000 - 4, 8, NULL).size, 0);
	reg_store(&rig, VIRTIO_REG_CONFIG, 1);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_CONFIG), 0x13121110);
	CHECK_EQ(toy.v.counts.strange, 1);
	virtio_rig_free(&rig);
}

static void strange_accesses_give_zeros_and_are_counted(void)
{
	begin();
	CHECK_EQ(virtio_rig_access(&rig, ACCESS_LOAD, 0, 8, NULL).before[0], 0);
	CHECK_EQ(virtio_rig_access(&rig, ACCESS_LOAD, 1, 4, NULL).before[0], 0);
	CHECK_EQ(virtio_rig_access(&rig, ACCESS_LOAD, 0, 1, NULL).before[0], 0);
	virtio_rig_access(&rig, ACCESS_STORE, VIRTIO_REG_STATUS, 1, "\x01");
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_STATUS), 0);
	reg_store(&rig, VIRTIO_REG_MAGIC, 1);
	reg_store(&rig, VIRTIO_REG_QUEUE_NOTIFY, 0); /* it does not run */
	CHECK_EQ(toy.v.counts.strange, 6);
	CHECK_EQ(toy.served, 0);
	virtio_rig_free(&rig);
}

static void features_are_agreed_on_or_not(void)
{
	static const struct {
		const char *name;
		uint64_t accepted;
		bool agreed;
	} rows[] = {
		{"all", FEATURE | VIRTIO_FEATURE_INDIRECT | VIRTIO_FEATURE_VERSION_1, true},
		{"the least", VIRTIO_FEATURE_VERSION_1, true},
		{"a driver for version 0", FEATURE, false},
		{"not offered", VIRTIO_FEATURE_VERSION_1 | 1, false},
		{"not offered, high", VIRTIO_FEATURE_VERSION_1 | 1ull << 34, false},
	};

	begin();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row = rows[i].name;
		reg_store(&rig, VIRTIO_REG_STATUS, 0);
		reg_store(&rig, VIRTIO_REG_STATUS, 3);
		for (unsigned half = 0; half < 2; half++) {
			reg_store(&rig, VIRTIO_REG_DRIVER_FEATURES_SELECT, half);
			reg_store(&rig, VIRTIO_REG_DRIVER_FEATURES, (uint32_t)(rows[i].accepted >> 32 * half));
		}
		reg_store(&rig, VIRTIO_REG_STATUS, 3 | VIRTIO_STATUS_FEATURES_OK);
		CHECK_EQ(reg_load(&rig, VIRTIO_REG_STATUS), 3 | (rows[i].agreed ? VIRTIO_STATUS_FEATURES_OK : 0));
		reg_store(&rig, VIRTIO_REG_STATUS, ALL_STATUS);
		CHECK_EQ(rig_needs_reset(&rig), !rows[i].agreed);
	}
	CHECK_EQ(toy.resets, 5);
	virtio_rig_free(&rig);
}

static void chains_come_back_with_an_interrupt(void)
{
	begin();
	rig_start(&rig);
	toy.served = 0;
	rig_descriptor(&rig, 1, 0, RIG_BUFFERS, 16, 0, 0);
	rig_offer(&rig, 1, 0);
	CHECK_EQ(toy.served, 1);
	CHECK_EQ(rig_used(&rig, 1), 1);
	CHECK_EQ(rig_used(&rig, 0), 0);
	CHECK(rig.level);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_INTERRUPT), VIRTIO_INTERRUPT_USED);
	rig_offer(&rig, 1, 0); /* still the same level */
	CHECK_EQ(rig.edges, 1);
	reg_store(&rig, VIRTIO_REG_INTERRUPT_ACK, VIRTIO_INTERRUPT_USED);
	CHECK(!rig.level);
	*(uint8_t *)rig_at(&rig, RIG_DRIVER(1)) = 1; /* VIRTQ_AVAIL_F_NO_INTERRUPT */
	rig_offer(&rig, 1, 0);
	CHECK(!rig.level);
	CHECK_EQ(rig_used(&rig, 1), 3);
	CHECK_EQ(toy.v.counts.chains, 3);
	virtio_rig_free(&rig);
}

static void nothing_happens_before_the_access_has(void)
{
	struct transaction t = {.id = 1};
	struct access a = {.op = ACCESS_STORE, .offset = VIRTIO_REG_QUEUE_NOTIFY, .size = 4, .parts = 1};
	struct capability who = cap_entry(&toy.v.keeper, RIGHTS_ALL, 0);

	begin();
	rig_start(&rig);
	rig_descriptor(&rig, 0, 0, RIG_BUFFERS, 16, 0, 0);
	rig_offer_quietly(&rig, 0, 0);
	ask_store(who, &t, &a);
	CHECK_EQ(rig_used(&rig, 0), 0);
	ask_complete(who, &t, &a);
	CHECK_EQ(rig_used(&rig, 0), 1);
	virtio_rig_free(&rig);
}

static void a_broken_queue_needs_a_reset(void)
{
	begin();
	rig_start(&rig);
	rig_descriptor(&rig, 0, 0, 0, 16, 0, 0);
	rig_offer(&rig, 0, 0);
	CHECK(rig_needs_reset(&rig));
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_INTERRUPT), VIRTIO_INTERRUPT_CONFIG);
	CHECK(rig.level);
	CHECK(strstr(virtio_rig_log(&rig),
		     "lodestore: virtio toy: a buffer is not in memory: the device needs a reset"));
	rig_descriptor(&rig, 1, 0, RIG_BUFFERS, 16, 0, 0);
	rig_offer(&rig, 1, 0);
	CHECK_EQ(rig_used(&rig, 1), 0); /* dead until then */
	reg_store(&rig, VIRTIO_REG_STATUS, ALL_STATUS);
	CHECK(rig_needs_reset(&rig));
	reg_store(&rig, VIRTIO_REG_STATUS, 0);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_STATUS), 0);
	CHECK(!rig.level);
	rig_start(&rig);
	rig_descriptor(&rig, 0, 0, RIG_BUFFERS, 16, 0, 0);
	rig_offer(&rig, 0, 0);
	CHECK_EQ(rig_used(&rig, 0), 1);
	CHECK_EQ(toy.v.counts.broken, 1);
	virtio_rig_free(&rig);
}

static void a_queue_is_made_in_order(void)
{
	begin();
	rig_queue(&rig, 0); /* before features */
	CHECK(rig_needs_reset(&rig));
	rig_negotiate(&rig);
	rig_queue(&rig, 0);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_QUEUE_READY), 1);
	reg_store(&rig, VIRTIO_REG_QUEUE_SIZE, 4); /* too late */
	CHECK_EQ(toy.v.queues[0].size, RIG_QUEUE_SIZE);
	reg_store(&rig, VIRTIO_REG_QUEUE_READY, 0);
	CHECK_EQ(reg_load(&rig, VIRTIO_REG_QUEUE_READY), 0);
	reg_store(&rig, VIRTIO_REG_QUEUE_SIZE, 5);
	reg_store(&rig, VIRTIO_REG_QUEUE_READY, 1);
	CHECK(rig_needs_reset(&rig));
	virtio_rig_free(&rig);
}

static void nobody_is_kept_busy_for_ever(void)
{
	begin();
	rig_start(&rig);
	toy.greedy = true;
	rig_descriptor(&rig, 0, 0, RIG_BUFFERS, 16, 0, 0);
	rig_offer(&rig, 0, 0);
	CHECK_EQ(toy.v.counts.chains, 256);
	CHECK_EQ(rig.laters, 1);
	virtio_look(&toy.v);
	CHECK_EQ(toy.v.counts.chains, 512);
	virtio_rig_free(&rig);
}

static void lines_of_a_noisy_driver_end(void)
{
	unsigned lines = 0;

	begin();
	for (unsigned i = 0; i < 100; i++) {
		rig_start(&rig);
		rig_offer(&rig, 0, 99);
	}
	CHECK_EQ(toy.v.counts.broken, 100);
	for (const char *at = virtio_rig_log(&rig); (at = strchr(at, '\n')); at++)
		lines++;
	CHECK_EQ(lines, 16);
	CHECK(strstr(rig.log, "only counted"));
	virtio_rig_free(&rig);
}

static void peek_has_no_effect(void)
{
	uint8_t bytes[8];

	begin();
	CHECK(ask_peek(cap_entry(&toy.v.keeper, RIGHTS_ALL, 0), VIRTIO_REG_DEVICE, 4, bytes));
	CHECK_EQ(bytes[0], 42);
	CHECK(ask_peek(cap_entry(&toy.v.keeper, RIGHTS_ALL, 0), 1, 8, bytes));
	CHECK(!ask_peek(cap_entry(&toy.v.keeper, RIGHTS_ALL, 0), 0xffc, 8, bytes));
	CHECK_EQ(toy.v.counts.strange, 0);
	virtio_rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(it_says_what_it_is), CHECK_TEST(its_configuration_is_read_in_any_way),
	   CHECK_TEST(strange_accesses_give_zeros_and_are_counted), CHECK_TEST(features_are_agreed_on_or_not),
	   CHECK_TEST(chains_come_back_with_an_interrupt), CHECK_TEST(nothing_happens_before_the_access_has),
	   CHECK_TEST(a_broken_queue_needs_a_reset), CHECK_TEST(a_queue_is_made_in_order),
	   CHECK_TEST(nobody_is_kept_busy_for_ever), CHECK_TEST(lines_of_a_noisy_driver_end),
	   CHECK_TEST(peek_has_no_effect))
