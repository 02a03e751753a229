#include "vmm/control/monitor.h"

#include "tests/check.h"
#include "tests/control_fake.h"

#include <stdlib.h>

/* Is there this piece of text in the reply to a line? */
static void expect(struct monitor *m, const char *line, const char *piece)
{
	char *reply = monitor_line(m, line, strlen(line));

	CHECK_AT(reply && strstr(reply, piece), "\"%s\" gives \"%s\", which lacks \"%s\"", line, reply ? reply : "",
		 piece);
	CHECK(reply && reply[strlen(reply) - 1] == '\n' && strchr(reply, '\n') == reply + strlen(reply) - 1);
	free(reply);
}

static void pause_and_resume(void)
{
	struct fake f;
	struct monitor *m = fake_monitor(&f);

	expect(m, "{\"command\":\"status\"}", "\"state\":\"running\"");
	CHECK_EQ(f.holds, 0); /* a look costs the guest nothing */
	expect(m, "{\"command\":\"pause\"}", "\"state\":\"paused\"");
	expect(m, "{\"command\":\"pause\",\"id\":\"a\"}", "\"id\":\"a\"");
	CHECK_EQ(f.held, 1);
	expect(m, "{\"command\":\"list\"}", "\"state\":\"paused\"");
	CHECK_EQ(f.held, 1); /* still */
	expect(m, "{\"command\":\"resume\"}", "\"state\":\"running\"");
	expect(m, "{\"command\":\"resume\",\"id\":9}", "\"id\":9");
	CHECK_EQ(f.held, 0);
	CHECK(!f.broken);
	monitor_free(m);
}

static void registers(void)
{
	struct fake f;
	struct monitor *m = fake_monitor(&f);

	expect(m, "{\"command\":\"registers\"}", "\"rip\":\"0x1001\",\"symbol\":\"spin+0x2\"");
	expect(m, "{\"command\":\"registers\",\"vcpu\":0}", "\"vcpus\":[{\"vcpu\":0,\"halted\":false,\"bits\":64");
	expect(m, "{\"command\":\"registers\"}", "\"r15\":\"0xffffffffffffffff\"");
	expect(m, "{\"command\":\"registers\"}", "\"cs\":{\"selector\":\"0x8\"");
	expect(m, "{\"command\":\"registers\",\"vcpu\":2}", "there is no vCPU 2; they are 0 to 1");
	CHECK_EQ(f.held, 0);
	CHECK(!f.broken);
	monitor_free(m);
}

static void ranges(void)
{
	struct fake f;
	struct monitor *m = fake_monitor(&f);

	expect(m, "{\"command\":\"arm\",\"range\":\"gpa:0x2000+16\",\"keeper\":\"zero\"}",
	       "\"gpa\":\"0x2000\",\"size\":16,\"loads\":0,\"stores\":0}]");
	expect(m, "{\"command\":\"arm\",\"range\":\"gpa:0x2000+16\",\"keeper\":\"zero\"}",
	       "\"ok\":false,\"error\":\"range");
	expect(m, "{\"command\":\"list\"}", "\"keeper\":\"zero\",\"state\":\"not mapped yet\"}]");
	expect(m, "{\"command\":\"list\"}", "\"loads\":3,\"stores\":4");
	expect(m, "{\"command\":\"disarm\",\"range\":\"gpa:0x2000+16\"}", "\"loads\":5,\"stores\":6");
	expect(m, "{\"command\":\"disarm\",\"range\":\"gpa:0x2000+16\"}", "is not kept");
	expect(m, "{\"command\":\"mark\",\"text\":\"yes\"}", "\"ok\":true");
	expect(m, "{\"command\":\"mark\",\"text\":\"no\"}", "no trace is being made");
	CHECK_EQ(f.held, 0);
	CHECK_EQ(f.marks, 1);
	CHECK(!f.broken);
	monitor_free(m);
}

/* One that does not stop: the guest goes on, and is not called paused. */
static void who_does_not_stop(void)
{
	struct fake f;
	struct monitor *m = fake_monitor(&f);

	f.late = true;
	expect(m, "{\"command\":\"pause\"}", "{\"ok\":false,\"error\":\"vCPU 1 does not stop within 2 s\"}");
	expect(m, "{\"command\":\"list\"}", "\"ok\":false");
	expect(m, "{\"command\":\"status\"}", "\"state\":\"running\"");
	CHECK_EQ(f.held, 0);
	CHECK(!f.broken);
	monitor_free(m);
}

/* The end lets those go that are paused; afterwards nobody is held for long. */
static void ends(void)
{
	struct fake f;
	struct monitor *m = fake_monitor(&f);

	expect(m, "{\"command\":\"pause\"}", "paused");
	expect(m, "{\"command\":\"quit\"}", "\"state\":\"ending\"");
	CHECK_EQ(f.quits, 1);
	CHECK_EQ(f.held, 0);
	expect(m, "{\"command\":\"pause\"}", "the guest is about to end");
	monitor_free(m);
	m = fake_monitor(&f);
	expect(m, "{\"command\":\"pause\"}", "paused");
	monitor_end(m);
	CHECK_EQ(f.held, 0);
	CHECK_EQ(f.quits, 0);
	expect(m, "{\"command\":\"pause\"}", "the guest is about to end");
	CHECK_EQ(f.held, 0);
	monitor_free(m);
}

static void what_is_no_request(void)
{
	struct fake f;
	struct monitor *m = fake_monitor(&f);

	expect(m, "", "\"ok\":false");
	expect(m, "\xff\xfe", "\"ok\":false,\"error\":\"not JSON");
	expect(m, "{\"command\":\"frob\",\"id\":3}", "\"id\":3");
	expect(m, "{\"command\":\"frob\",\"id\":[3]}", "expected one of status");
	expect(m,
	       "{\"command\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	       "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4\"}",
	       "\"ok\":false,\"error\":"); /* cut in the middle of a character */
	CHECK_EQ(f.holds, 0);
	monitor_free(m);
}

CHECK_MAIN(CHECK_TEST(pause_and_resume), CHECK_TEST(registers), CHECK_TEST(ranges), CHECK_TEST(who_does_not_stop),
	   CHECK_TEST(ends), CHECK_TEST(what_is_no_request))
