#include "tests/keeper_rig.h"

/* The object's bytes are 0, 1, 2, ...: 2 bytes at 0x10 hold 0x1110. */
static void conditions_choose(void)
{
	static const struct {
		const char *spec;
		enum access_op op;
		uint64_t offset;
		uint8_t size;
		uint64_t value;
		bool matches;
	} rows[] = {
		{"watch:memory", ACCESS_LOAD, 0, 1, 0, true},
		{"watch:memory", ACCESS_STORE, 0, 1, 0, true},
		{"watch,op=r:memory", ACCESS_STORE, 0, 1, 0, false},
		{"watch,op=r:memory", ACCESS_RMW, 0, 1, 0, true},
		{"watch,op=w:memory", ACCESS_LOAD, 0, 1, 0, false},
		{"watch,op=w:memory", ACCESS_RMW, 0, 1, 0, true},

		{"watch,size=2:memory", ACCESS_LOAD, 0, 2, 0, true},
		{"watch,size=2:memory", ACCESS_LOAD, 0, 4, 0, false},
		{"watch,size>8:memory", ACCESS_LOAD, 0, 16, 0, true},
		{"watch,size>8:memory", ACCESS_LOAD, 0, 8, 0, false},
		{"watch,size!=64:memory", ACCESS_LOAD, 0, 64, 0, false},

		{"watch,offset=16:memory", ACCESS_LOAD, 16, 1, 0, true},
		{"watch,offset=16:memory", ACCESS_LOAD, 15, 1, 0, false},
		{"watch,offset=16:memory", ACCESS_LOAD, 17, 1, 0, false},
		{"watch,offset=16:memory", ACCESS_LOAD, 9, 8, 0, true}, /* touches it with its last byte */
		{"watch,offset=16:memory", ACCESS_LOAD, 8, 8, 0, false},
		{"watch,offset=16..18:memory", ACCESS_LOAD, 17, 1, 0, true},
		{"watch,offset=16..18:memory", ACCESS_LOAD, 18, 1, 0, false},
		{"watch,offset=16+2:memory", ACCESS_LOAD, 17, 1, 0, true},
		{"watch,offset=16+2:memory", ACCESS_LOAD, 18, 1, 0, false},
		{"watch,offset=16+2:memory", ACCESS_LOAD, 0, 64, 0, true}, /* holds it */
		{"watch,addr=0x5010:memory", ACCESS_LOAD, 16, 1, 0, true},
		{"watch,addr=0x5010:memory", ACCESS_LOAD, 17, 1, 0, false},
		{"watch,addr=0x500f..0x5011,offset=16:memory", ACCESS_LOAD, 15, 1, 0, false}, /* both must hold */

		{"watch,new=0:memory", ACCESS_STORE, 16, 2, 0, true},
		{"watch,new=0:memory", ACCESS_STORE, 16, 2, 0xff0000, true}, /* only its own bytes count */
		{"watch,new=0:memory", ACCESS_STORE, 16, 2, 0x100, false},
		{"watch,new=0:memory", ACCESS_LOAD, 0, 1, 0, false}, /* a load puts nothing */
		{"watch,new!=0:memory", ACCESS_LOAD, 0, 1, 0, false},
		{"watch,new!=0:memory", ACCESS_RMW, 0, 1, 1, true},
		{"watch,new<5:memory", ACCESS_STORE, 0, 8, 4, true},
		{"watch,new<5:memory", ACCESS_STORE, 0, 8, 5, false},
		{"watch,new<=5:memory", ACCESS_STORE, 0, 8, 5, true},
		{"watch,new<=5:memory", ACCESS_STORE, 0, 8, 6, false},
		{"watch,new>5:memory", ACCESS_STORE, 0, 8, 0x8000000000000000, true}, /* unsigned */
		{"watch,new>5:memory", ACCESS_STORE, 0, 8, 5, false},
		{"watch,new>=5:memory", ACCESS_STORE, 0, 8, 5, true},
		{"watch,new>=5:memory", ACCESS_STORE, 0, 8, 4, false},
		{"watch,new&0x81:memory", ACCESS_STORE, 0, 1, 0x80, true},
		{"watch,new&0x81:memory", ACCESS_STORE, 0, 1, 0x7e, false},
		{"watch,new&0x100:memory", ACCESS_STORE, 0, 1, 0x100, false}, /* not among its bytes */
		{"watch,new>=3,new<=5:memory", ACCESS_STORE, 0, 4, 4, true},
		{"watch,new>=3,new<=5:memory", ACCESS_STORE, 0, 4, 6, false},
		{"watch,new>=3,new<=5:memory", ACCESS_STORE, 0, 4, 2, false},

		{"watch,old=0x1110:memory", ACCESS_LOAD, 16, 2, 0, true},
		{"watch,old=0x1110:memory", ACCESS_STORE, 16, 2, 7, true},
		{"watch,old=0x1110:memory", ACCESS_RMW, 16, 2, 7, true},
		{"watch,old=0x1110:memory", ACCESS_STORE, 17, 2, 7, false},
		{"watch,old>0xffffffffffffffff:memory", ACCESS_LOAD, 16, 16, 0, true}, /* 16 bytes are one number */
		{"watch,old=0x1716151413121110:memory", ACCESS_LOAD, 16, 16, 0, false},
		{"watch,old=0x1110,new=7:memory", ACCESS_STORE, 16, 2, 7, true},
		{"watch,old=0x1110,new=7:memory", ACCESS_STORE, 16, 2, 8, false},

		{"watch,changed:memory", ACCESS_STORE, 16, 2, 7, true},
		{"watch,changed:memory", ACCESS_STORE, 16, 2, 0x1110, false},
		{"watch,changed:memory", ACCESS_RMW, 16, 2, 0x1110, false},
		{"watch,changed:memory", ACCESS_RMW, 16, 2, 0x1111, true},
		{"watch,changed:memory", ACCESS_LOAD, 16, 2, 0, false},

		{"watch:rom", ACCESS_STORE, 0, 1, 0, false}, /* denied: it never happened */
		{"watch:deny", ACCESS_LOAD, 0, 1, 0, false},
		{"watch:memory,map=0", ACCESS_LOAD, 0, 1, 0, false},
		{"log:watch,new=9:memory", ACCESS_STORE, 0, 1, 9, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		check_row = rows[i].spec;
		rig_init(&rig, rows[i].spec);
		rig_access(&rig, rig_make(rows[i].op, rows[i].offset, rows[i].size, rows[i].value));
		CHECK_AT((*rig.stopped != '\0') == rows[i].matches, "row %zu: \"%s\"", i, rig.stopped);
		rig_free(&rig);
	}
}

static void the_reason_names_the_access(void)
{
	struct rig rig;

	rig_init(&rig, "watch,new=7:memory");
	rig_store(&rig, 16, 2, 7);
	CHECK_STR(rig.stopped, "watch rip=0x1000 gpa=0x5010 w2 | memory offset=0x10 old 0x1110 new 0x7 | "
			       "watch,new=7:memory");
	CHECK_EQ(rig.bytes[16], 7); /* stops after, does not prevent */
	CHECK_STR(rig_log(&rig), "");
	rig_free(&rig);

	rig_init(&rig, "watch,report:memory");
	rig_load(&rig, 0, 1);
	rig_rmw(&rig, 0x3f, 1, 0xab);
	CHECK_STR(rig_log(&rig), "watch rip=0x1000 gpa=0x5000 r1 | memory offset=0x0 old 0x0 | watch,report:memory\n"
				 "watch rip=0x1000 gpa=0x503f rw1 | memory offset=0x3f old 0x3f new 0xab | "
				 "watch,report:memory\n");
	CHECK_STR(rig.stopped, "");
	rig_free(&rig);
}

static void the_widest_values_are_shown_whole(void)
{
	struct access a = {.op = ACCESS_STORE, .size = 64};
	struct rig rig;

	memset(a.after, 0x9c, sizeof(a.after));
	rig_init(&rig, "watch:memory");
	CHECK_EQ(rig_access(&rig, a), VERDICT_DONE);
	CHECK(strstr(rig.stopped, "old 0x3f3e3d3c3b3a39") != NULL);
	CHECK(strstr(rig.stopped, "030201000") == NULL);
	CHECK(strstr(rig.stopped, "03020100 new 0x9c9c9c") != NULL);
	CHECK(strstr(rig.stopped, "9c9c | watch:memory") != NULL);
	rig_free(&rig);
}

CHECK_MAIN(CHECK_TEST(conditions_choose), CHECK_TEST(the_reason_names_the_access),
	   CHECK_TEST(the_widest_values_are_shown_whole))
