#include "vmm/device/virtio/entropy.h"

#include "tests/virtio_rig.h"

static struct virtio_rig rig;

static void begin(void)
{
	virtio_rig_init(&rig);
	rig.v = entropy_new(&rig.host, 3);
	rig_start(&rig);
}

static void requests_get_different_bytes(void)
{
	static const uint8_t zeros[32];
	uint8_t *first, *second;

	begin();
	first = rig_at(&rig, RIG_BUFFERS);
	second = rig_at(&rig, RIG_BUFFERS + 64);
	rig_descriptor(&rig, 0, 0, RIG_BUFFERS, 32, RIG_WRITE, 0);
	rig_descriptor(&rig, 0, 1, RIG_BUFFERS + 64, 32, RIG_WRITE, 0);
	rig_offer(&rig, 0, 0);
	rig_offer(&rig, 0, 1);
	CHECK_EQ(rig_entry(&rig, 0, 0).written, 32);
	CHECK_EQ(rig_entry(&rig, 0, 1).written, 32);
	CHECK(memcmp(first, zeros, 32) != 0);
	CHECK(memcmp(first, second, 32) != 0);
	CHECK(memcmp(first + 32, zeros, 32) == 0);
	virtio_rig_free(&rig);
}

static void a_large_request_gets_less_than_it_has_room_for(void)
{
	begin();
	rig_descriptor(&rig, 0, 0, RIG_BUFFERS, 0x10000, RIG_WRITE, 0);
	rig_offer(&rig, 0, 0);
	CHECK_EQ(rig_entry(&rig, 0, 0).written, ENTROPY_REQUEST_MAX);
	virtio_rig_free(&rig);
}

static void a_request_without_room_gets_nothing(void)
{
	begin();
	rig_descriptor(&rig, 0, 0, RIG_BUFFERS, 16, 0, 0);
	rig_offer(&rig, 0, 0);
	CHECK_EQ(rig_used(&rig, 0), 1);
	CHECK_EQ(rig_entry(&rig, 0, 0).written, 0);
	CHECK(!rig_needs_reset(&rig));
	virtio_rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(requests_get_different_bytes), CHECK_TEST(a_large_request_gets_less_than_it_has_room_for),
	   CHECK_TEST(a_request_without_room_gets_nothing))
