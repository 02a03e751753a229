/* Parts of types by BTF: a small one made here, the same one broken, and the host's own. */
#include "vmm/trace/read/btf.h"

#include "tests/check.h"
#include "vmm/trace/read/places.h"

#include <stdlib.h>
#include <unistd.h>

#define INFO(kind, vlen) ((uint32_t)(kind) << 24 | (vlen))

static const char strings[] = "\0u32\0node\0head\0list\0whole\0node_t\0loop\0bits";
enum { S_U32 = 1, S_NODE = 5, S_HEAD = 10, S_LIST = 15, S_WHOLE = 20, S_NODE_T = 26, S_LOOP = 33, S_BITS = 38 };

static const uint32_t types[] = {
	S_U32,    INFO(1, 0),
	4,        32, /* 1: a number */
	0,        INFO(3, 0),
	0,        1,
	1,        3, /* 2: three of them */
	S_NODE,   INFO(4, 4),
	28, /* 3 */
	S_HEAD,   1,
	0,        S_LIST,
	2,        32,
	0,        4,
	128,      S_BITS,
	7,        192, /* ... */
	0,        INFO(5, 1),
	8,        S_WHOLE,
	1,        0, /* 4: a union without a name */
	S_NODE_T, INFO(8, 0),
	3, /* 5 */
	S_LOOP,   INFO(8, 0),
	6, /* 6: a typedef of itself */
	0,        INFO(4, 1) | 1u << 31,
	4,        S_BITS,
	1,        4u << 24 | 8, /* 7: with a field of 4 bits */
};

struct blob {
	uint32_t header[6];
	uint8_t rest[sizeof(types) + sizeof(strings)];
};

static struct blob blob_make(void)
{
	struct blob b = {.header = {0x0001eb9f, 24, 0, sizeof(types), sizeof(types), sizeof(strings)}};

	memcpy(b.rest, types, sizeof(types));
	memcpy(b.rest + sizeof(types), strings, sizeof(strings));
	return b;
}

static char path[] = "/tmp/btf_test.XXXXXX";

static struct btf *opened(const void *bytes, size_t size, struct error *e)
{
	FILE *file = fopen(path, "w");

	fwrite(bytes, 1, size, file);
	fclose(file);
	return btf_open(path, e);
}

static void parts(void)
{
	static const struct {
		const char *type;
		uint64_t offset;
		const char *expected;
	} rows[] = {
		{"node", 0, ".head"},         {"node", 2, ".head+0x2"},  {"node", 4, ".list[0]"},
		{"node", 13, ".list[2]+0x1"}, {"node", 16, ".whole"},    {"node", 20, "+0x4"},
		{"node", 25, ".bits.bits"},   {"node_t", 8, ".list[1]"}, {"u32", 0, ""},
		{"u32", 1, "+0x1"},
	};
	struct blob blob = blob_make();
	struct error e = {0};
	struct btf *b = opened(&blob, sizeof(blob), &e);
	uint64_t size = 0;

	CHECK_AT(b, "%s", e.text);
	CHECK_EQ(btf_find(b, "node", &size), 3);
	CHECK_EQ(size, 28);
	CHECK_EQ(btf_find(b, "loop", &size), 0);
	CHECK_EQ(btf_find(b, "frob", &size), 0);
	CHECK_EQ(size, 28);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[PLACE_TEXT] = "";

		check_row = rows[i].expected;
		btf_part(b, btf_find(b, rows[i].type, &size), rows[i].offset, &(struct words){text, sizeof(text)});
		CHECK_STR(text, rows[i].expected);
	}
	btf_close(b);
}

/* Whatever it says, it is refused or answers. */
static void broken_ones(void)
{
	struct blob blob = blob_make();
	unsigned refused = 0;

	for (size_t size = 1; size < sizeof(blob.header) + sizeof(blob.rest); size++) {
		struct error e = {0};

		CHECK(!opened(&blob, size, &e));
		CHECK_EQ(e.status, STATUS_INPUT);
	}
	for (size_t at = 0; at < sizeof(blob); at++) {
		struct blob broken = blob;
		struct error e;
		struct btf *b;
		uint64_t size;

		((uint8_t *)&broken)[at] ^= 0xff;
		b = opened(&broken, sizeof(broken), &e);
		refused += !b;
		for (uint32_t id = 0; b && id < 10; id++) {
			char text[PLACE_TEXT] = "";

			btf_part(b, id, 9, &(struct words){text, sizeof(text)});
			btf_find(b, "node", &size);
		}
		btf_close(b);
	}
	CHECK(refused > 20 && refused < sizeof(blob));
}

static void declared_objects(void)
{
	struct blob blob = blob_make();
	struct places *p = places_new();
	char text[PLACE_TEXT];
	struct error e;

	btf_close(opened(&blob, sizeof(blob), &e));
	CHECK_EQ(places_declare(p, "0x1000=node", &e), -1);
	CHECK_STR(e.text, "--object: no type 'node' in the DWARF of --symbols; --btf names BTF");
	CHECK_EQ(places_add_types(p, path, &e), 0);
	CHECK_EQ(places_declare(p, "0x1000=node", &e), 0);
	CHECK(places_any(p));
	CHECK(places_object(p, 0x1008, text));
	CHECK_STR(text, "0x1000.list[1]");
	CHECK(!places_object(p, 0x101c, text));
	CHECK(!places_object(p, 0xfff, text));
	CHECK_EQ(places_declare(p, "0x1000", &e), -1);
	CHECK_EQ(places_declare(p, "=node", &e), -1);
	CHECK_EQ(places_declare(p, "frob=node", &e), -1);
	CHECK_EQ(places_declare(p, "0x1000=frob", &e), -1);
	CHECK_EQ(places_add_types(p, "/nowhere", &e), -1);
	places_free(p);
}

static void the_hosts_own(void)
{
	struct error e;
	struct btf *b;
	uint64_t size;

	if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
		SKIP("no /sys/kernel/btf/vmlinux");
		return;
	}
	b = btf_open("/sys/kernel/btf/vmlinux", &e);
	CHECK_AT(b, "%s", e.text);
	CHECK(b && btf_find(b, "task_struct", &size) && size > 1000 && size < 100000);
	btf_close(b);
}

static void prepare(void)
{
	close(mkstemp(path));
}

static void clean(void)
{
	unlink(path);
}

CHECK_MAIN(CHECK_TEST(prepare), CHECK_TEST(parts), CHECK_TEST(broken_ones), CHECK_TEST(declared_objects),
	   CHECK_TEST(the_hosts_own), CHECK_TEST(clean))
