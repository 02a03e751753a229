#include "capmodel/catalog.h"

#include "tests/check.h"

#include <stdlib.h>

static uint8_t bytes[4096];

static struct keeper *parse(const char *spec, char error[KEEPER_ERROR])
{
	const struct keeper_env env = {.bytes = bytes, .size = sizeof(bytes), .log = stderr};

	strcpy(error, "untouched");
	return keeper_parse(spec, &env, error);
}

static void good_specs_make_keepers(void)
{
	static const char *const specs[] = {
		"memory",
		"memory,map=0",
		"memory,map=0xffffffffffffffff",
		"zero",
		"rom",
		"rom,ignore",
		"counter",
		"log:memory",
		"log,op=rw:counter",
		"log:log:log:zero",
		"deny",
		"deny,fault=gp",
		"deny,fault=PF,error=7",
		"deny,vector=20",
		"deny,vector=14,error=0xffff",
		"deny,op=w:memory",
		"deny,op=r,fault=ss:log:rom,ignore",
		"log:deny,fault=de",
		"watch:memory",
		"watch,new=0:log:memory",
		"watch,new>=1,new<=5,new!=3,old&0x80,size=8,changed,op=w,report:memory",
		"watch,offset=8..16,addr=0x5000+4096,stop:memory,map=3",
		"watch,offset=0..0xffffffffffffffff:memory",
		"watch,addr=0xffffffffffffffff+1:memory",
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		char error[KEEPER_ERROR];
		struct keeper *k = parse(specs[i], error);

		check_row = specs[i];
		CHECK_AT(k != NULL, "%s", error);
		CHECK_STR(error, "untouched");
		if (k)
			CHECK_STR(k->spec, specs[i]);
		keeper_free(k);
	}
}

#define NAMES "memory, zero, rom, counter, log, deny, watch, step, flip, device"

static void bad_specs_say_what_and_where(void)
{
	static const struct {
		const char *spec, *error;
	} rows[] = {
		{"", "item 1 of the keeper has no name; expected one of " NAMES},
		{"log:", "item 2 of the keeper has no name; expected one of " NAMES},
		{":memory", "item 1 of the keeper has no name; expected one of " NAMES},
		{"log::memory", "item 2 of the keeper has no name; expected one of " NAMES},
		{",map=1", "item 1 of the keeper has no name; expected one of " NAMES},
		{"Memory", "unknown keeper \"Memory\"; expected one of " NAMES},
		{"log:memori", "unknown keeper \"memori\"; expected one of " NAMES},
		{"memory ", "character 7 of the keeper is 0x20; expected a printable one"},
		{"log:\x07", "character 5 of the keeper is 0x07; expected a printable one"},
		{"z\xc3\xa9ro", "character 2 of the keeper is 0xc3; expected a printable one"},

		{"log", "log: nothing follows for it to wrap; expected log:KEEPER, as in log:memory"},
		{"watch,new=0", "watch: nothing follows for it to wrap; expected watch:KEEPER, as in watch:memory"},
		{"memory:log:zero", "memory: wraps nothing, but \":log:zero\" follows"},

		{"device", "device: no device has just this range as its registers, or it is kept already"},
		{"log:device,x", "device: unknown option x; expected no option"},
		{"memory,", "memory: option 1 has no name; expected map=N"},
		{"memory,map", "memory: option map: expected map=N"},
		{"memory,map=", "memory: option map=: the value is missing"},
		{"memory,map=1,map=1", "memory: option map= is given twice"},
		{"memory,map>1", "memory: option map>1: expected map=N"},
		{"memory,map=-1", "memory: option map=-1: expected a number from 0 to 0xffffffffffffffff"},
		{"memory,map=+1", "memory: option map=+1: expected a number from 0 to 0xffffffffffffffff"},
		{"memory,map=0x", "memory: option map=0x: expected a number from 0 to 0xffffffffffffffff"},
		{"memory,map=0x0x1", "memory: option map=0x0x1: expected a number from 0 to 0xffffffffffffffff"},
		{"memory,map=1k", "memory: option map=1k: expected a number from 0 to 0xffffffffffffffff"},
		{"memory,map=a", "memory: option map=a: expected a number from 0 to 0xffffffffffffffff"},
		{"memory,map=18446744073709551616",
		 "memory: option map=18446744073709551616: expected a number from 0 to 0xffffffffffffffff"},
		{"memory,size=1", "memory: unknown option size=1; expected map=N"},
		{"zero,x", "zero: unknown option x; expected no option"},
		{"counter,start=5", "counter: unknown option start=5; expected no option"},
		{"rom,ignore=1", "rom: option ignore takes no value, but =1 follows"},
		{"rom,drop", "rom: unknown option drop; expected ignore"},
		{"log,op=x:zero", "log: option op=x: expected op=r, op=w or op=rw"},
		{"log,op:zero", "log: option op: expected op=VALUE"},
		{"log:log,wr:zero", "log: unknown option wr; expected op=r|w|rw"},

		{"deny,fault=nmi", "deny: option fault=nmi: expected one of de db bp of br ud nm df ts np ss gp pf mf "
				   "ac mc xm ve cp"},
		{"deny,fault=gp,vector=13", "deny: both fault=gp and vector=13; expected one of them"},
		{"deny,vector=2", "deny: option vector=2: is the NMI and no exception; expected 0 to 31 without it"},
		{"deny,vector=32", "deny: option vector=32: expected a number from 0 to 0x1f"},
		{"deny,fault=ud,error=0", "deny: option error=0: exception 6 has no error code"},
		{"deny,error=0x10000", "deny: option error=0x10000: expected a number from 0 to 0xffff"},
		{"deny,op=r", "deny: option op=r: nothing follows to answer the others; expected as in "
			      "deny,op=w:memory"},
		{"deny:memory", "deny: refuses all, so \":memory\" would never be asked; expected op=r or op=w before "
				"it"},
		{"deny,op=w:log:memory,map=9", "deny: \":log:memory,map=9\" may become an ordinary page, where nothing "
					       "can be refused"},

		{"watch,new:zero", "watch: option new: expected a relation, as in new=1 or new!=1"},
		{"watch,new==1:zero", "watch: option new==1: expected a number from 0 to 0xffffffffffffffff"},
		{"watch,size=65:zero", "watch: option size=65: expected a number from 1 to 0x40"},
		{"watch,old=0,old=1:zero", "watch: option old= is given twice"},
		{"watch,stop,report:zero", "watch: both stop and report; expected one of them"},
		{"watch,changed=1:zero", "watch: option changed takes no value, but =1 follows"},
		{"watch,offset=5..5:zero", "watch: option offset=5..5: expected offset=A, offset=A..B with A below B, "
					   "or offset=A+SIZE"},
		{"watch,addr=5+0:zero", "watch: option addr=5+0: expected addr=A, addr=A..B with A below B, or "
					"addr=A+SIZE"},
		{"watch,addr=2+0xffffffffffffffff:zero",
		 "watch: option addr=2+0xffffffffffffffff: expected addr=A, addr=A..B with A below B, or addr=A+SIZE"},
		{"watch,addr=..5:zero", "watch: option addr=..5: expected addr=A, addr=A..B with A below B, or "
					"addr=A+SIZE"},
		{"watch,offset=4096:zero", "watch: option offset=0x1000: the range has 0x1000 bytes, so it would never "
					   "match"},
		{"watch,=5:zero", "watch: option 1 has no name; expected offset=RANGE, addr=RANGE, op=r|w|rw, "
				  "size|old|new with = != < <= > >= & N, changed, stop, report"},
		{"zero,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "zero: more than 16 options"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char error[KEEPER_ERROR];
		struct keeper *k = parse(rows[i].spec, error);

		check_row = rows[i].spec;
		CHECK(k == NULL);
		CHECK_STR(error, rows[i].error);
		keeper_free(k);
	}
}

static void the_longest_spec_is_127_characters(void)
{
	char spec[1024], error[KEEPER_ERROR];
	struct keeper *k;

	spec[0] = '\0';
	for (unsigned i = 0; i < 30; i++)
		strcat(spec, "log:");
	strcat(spec, "counter");
	CHECK_EQ(strlen(spec), 127);
	k = parse(spec, error);
	CHECK(k && strcmp(k->spec, spec) == 0);
	keeper_free(k);

	memset(spec, 'a', sizeof(spec) - 1);
	spec[sizeof(spec) - 1] = '\0';
	for (unsigned i = 0; i < 2; i++) {
		spec[i == 0 ? 1023 : 128] = '\0';
		CHECK(parse(spec, error) == NULL);
		CHECK_STR(error, "the keeper \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is longer than 127 "
				 "characters");
	}
}

static void lines_need_a_place(void)
{
	const struct keeper_env env = {.bytes = bytes, .size = sizeof(bytes)};
	char error[KEEPER_ERROR];
	struct keeper *k;

	CHECK(keeper_parse("log:zero", &env, error) == NULL);
	CHECK_STR(error, "log: there is no place to write the lines to");
	CHECK(keeper_parse("watch,report:zero", &env, error) == NULL);
	CHECK_STR(error, "watch: option report: there is no place to write the lines to");
	k = keeper_parse("watch:zero", &env, error);
	CHECK(k != NULL);
	keeper_free(k);
}

static void help_has_one_line_per_keeper(void)
{
	char *text = NULL;
	size_t size = 0;
	unsigned lines = 0;
	FILE *out = open_memstream(&text, &size);

	keeper_catalog_print(out);
	fclose(out);
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	CHECK_EQ(lines, 10);
	CHECK(strstr(text, "  memory   ") == text);
	CHECK(strstr(text, "map=N") != NULL);
	free(text);
}

/* It is the machine's: stacked upon, but not freed. */
static void a_device_is_kept_but_not_freed(void)
{
	static const struct keeper_ops ops = {.name = "toy"};
	struct keeper device;
	struct keeper_env env = {.log = stderr, .device = &device};
	char error[KEEPER_ERROR] = "";
	struct keeper *k;

	keeper_init(&device, &ops);
	k = keeper_parse("log:watch,size=1:device", &env, error);
	CHECK_AT(k != NULL, "%s", error);
	CHECK_STR(device.spec, "device");
	keeper_free(k);
	CHECK(keeper_parse("watch,bad:device", &env, error) == NULL);
	CHECK(keeper_parse("device", &env, error) == &device);
	keeper_free(&device);
	CHECK(device.ops == &ops);
}

static void freeing_nothing_is_allowed(void)
{
	keeper_free(NULL);
}

CHECK_MAIN(CHECK_TEST(a_device_is_kept_but_not_freed), CHECK_TEST(good_specs_make_keepers),
	   CHECK_TEST(bad_specs_say_what_and_where), CHECK_TEST(the_longest_spec_is_127_characters),
	   CHECK_TEST(lines_need_a_place), CHECK_TEST(help_has_one_line_per_keeper),
	   CHECK_TEST(freeing_nothing_is_allowed))
