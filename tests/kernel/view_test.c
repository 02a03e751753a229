/* view_test.c: leases end at their ticks, each at its own; views are found again, and idle ones make room. */
#include "tests/kernel/scene.h"

static void leases_end_in_their_order(void)
{
	static const struct {
		const char *name;
		uint64_t ticks[3]; /* of the leases: 0 for ever */
		int ended_early; /* the one that is taken back at once, or -1 */
	} rows[] = {
		{"the first ends first", {2, 5, 9}, -1},
		{"the last ends first", {9, 5, 2}, -1},
		{"all at once", {4, 4, 4}, -1},
		{"one for ever", {3, 0, 6}, -1},
		{"none ends", {0, 0, 0}, -1},
		{"the first is taken back", {2, 5, 9}, 0},
		{"all but one for ever", {0, 0, 7}, 1},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process *p = scene_make().maker;
		struct view *view[3];

		check_row = rows[i].name;
		for (unsigned k = 0; k < 3; k++) {
			struct capability cap = p->slot[SLOT_VIRTUAL];

			cap.badge = 100 + k;
			view[k] = view_of(&cap);
			view_lease(view[k], &p->slot[SLOT_BEHIND], 0, rows[i].ticks[k]);
		}
		if (rows[i].ended_early >= 0)
			view_lease_end(view[rows[i].ended_early]);
		for (uint64_t tick = 1; tick <= 10; tick++) {
			rig_tick();
			for (int k = 0; k < 3; k++) {
				uint64_t ticks = rows[i].ticks[k];
				bool ended = k == rows[i].ended_early || (ticks && ticks <= tick);

				CHECK_EQ(view_leased(view[k]).type, ended ? TYPE_NULL : TYPE_PAGE);
			}
		}
	}
}

static void views_are_found_again(void)
{
	struct process *p = scene_make().maker;
	struct capability cap = p->slot[SLOT_VIRTUAL];
	uint64_t object[VIEWS];

	for (unsigned i = 0; i < VIEWS; i++) {
		cap.badge = 1000 + i;
		object[i] = view_of(&cap)->object;
	}
	for (unsigned i = 0; i < VIEWS; i++) {
		cap.badge = 1000 + i;
		CHECK_EQ(view_of(&cap)->object, object[i]);
		CHECK(view_of_object(object[i]) == view_of(&cap));
	}
	cap.badge = 1; /* one more than there are: an idle one makes room, and its object is no more */
	CHECK(view_of(&cap) != NULL);
	for (unsigned i = 0, gone = 0; i < VIEWS; i++) {
		gone += view_of_object(object[i]) == NULL;
		if (i == VIEWS - 1)
			CHECK_EQ(gone, 1);
	}
}

CHECK_MAIN(CHECK_TEST(leases_end_in_their_order), CHECK_TEST(views_are_found_again))
