/*
 * One instruction on the pages of two keepers, of which one steps, or both: the other is asked as ever, each hears of
 * its part, and one who undoes undoes all of it. Two pages lie one behind the other here, so that an operand can be on
 * both.
 *
 * modules: client stepper ram
 * line: from who steps to who does not
 * line:   stepper: 0x10 size 8: before 0x1111, after 0x1111
 * line: there: 0x1111
 * line: from who does not to who steps
 * line:   stepper: 0x20 size 8: before 0x0, after 0x2222
 * line: there: 0x2222
 * line: over both, the first steps
 * line:   stepper: 0xffc size 4: before 0x0, after 0x44444444
 * line: there: 0x55555555, here: 0x44444444
 * line: from one that steps to another
 * line:   stepper: 0x10 size 8: before 0x1111, after 0x1111
 * line:   stepper: 0x30 size 8: before 0x0, after 0x1111
 * line: there: 0x1111
 * line: the first undoes it once, the second undoes it once
 * line:   stepper: 0x20 size 8: before 0x2222, after 0x2222, undone
 * line:   stepper: 0x20 size 8: before 0x2222, after 0x2222
 * line:   stepper: 0x30 size 8: before 0x1111, after 0x2222, undone
 * line:   stepper: 0x20 size 8: before 0x2222, after 0x2222
 * line:   stepper: 0x30 size 8: before 0x1111, after 0x2222
 * line: there: 0x2222
 * line: over both to the second, both step
 * line:   stepper: 0xffc size 4: before 0x44444444, after 0x44444444
 * line:   stepper: 0x0 size 4: before 0x0, after 0x0
 * line:   stepper: 0x40 size 8: before 0x0, after 0x44444444
 * line: there: 0x44444444
 * line: without a handler, over both
 * line/not-pvm:   stepper: 0xfff size 1: before 0x23, after 0x23
 * line/not-pvm: fault 0 code 0
 * line/pvm:   stepper: 0xfff size 0: the instruction faulted
 * line/pvm: fault 6 code 0
 * line: it faults itself
 * line:   stepper: 0xfff size 0: the instruction faulted
 * line/not-pvm: fault 7 code 13
 * line/pvm: fault 6 code 0
 * line: with one who does not step
 * line/not-pvm:   stepper: 0xfff size 1: before 0x23, after 0x23
 * line/not-pvm: fault 0 code 0
 * line/pvm:   stepper: 0xfff size 0: the instruction faulted
 * line/pvm: fault 6 code 0
 * line: what only a step carries out, over both
 * line/not-pvm:   stepper: 0xffc size 4: before 0x23000000, after 0x23000000
 * line/not-pvm: fault 0 code 0
 * line/pvm: fault 6 code 0
 * line: with one who does not step
 * line/not-pvm:   stepper: 0xffc size 0: the instruction faulted
 * line: fault 6 code 0
 * line: and a page behind it goes on: 0x44444444
 */
#include "guest/user/keeper/stepper.h"
#include "tests/capability/test.h"

#define SECOND 0x1000 /* offset of the second page */

struct scene {
	struct child client, first, second, ram; /* first and second are steppers */
	uint8_t space, first_page, second_page, ram_page;
};

static void put(const struct scene *s, uint8_t first, uint8_t second)
{
	message_ask(s->space, SPACE_SET, 0, 0, first, 0);
	message_ask(s->space, SPACE_SET, 1, 0, second, 0);
}

static void poke(const struct child *keeper, uint64_t offset, uint64_t value)
{
	struct message write = {.order = PAGE_WRITE, .word = {offset}, .string = &value, .length = sizeof(value)};

	message_call(keeper->page, &write);
}

static uint64_t peek(const struct child *keeper, uint64_t offset)
{
	uint64_t value = 0;
	struct message read = {.order = PAGE_READ, .word = {offset, 8}, .buffer = &value, .room = sizeof(value)};

	message_call(keeper->page, &read);
	return value;
}

static void undo(const struct child *stepper, uint64_t times)
{
	message_ask(child_entry(stepper, 1), STEPPER_UNDO, times, 0, 0, 0);
}

static void move(const struct scene *s, uint64_t from, uint64_t to)
{
	uint64_t fault = client_do(&s->client, CLIENT_MOVE, from, to).fault;

	if (fault)
		print("fault %lu\n", fault);
}

static void one_steps(const struct scene *s)
{
	put(s, s->first_page, s->ram_page);
	poke(&s->first, 0x10, 0x1111);
	print("from who steps to who does not\n");
	move(s, 0x10, SECOND + 0x10);
	print("there: 0x%lx\n", peek(&s->ram, 0x10));
	poke(&s->ram, 0x20, 0x2222);
	print("from who does not to who steps\n");
	move(s, SECOND + 0x20, 0x20);
	print("there: 0x%lx\n", peek(&s->first, 0x20));
	print("over both, the first steps\n");
	client_do(&s->client, CLIENT_STORE, SECOND - 4, 0x5555555544444444);
	print("there: 0x%lx, here: 0x%lx\n", peek(&s->ram, 0), peek(&s->first, SECOND - 8) >> 32);
}

static void both_step(const struct scene *s)
{
	put(s, s->first_page, s->second_page);
	print("from one that steps to another\n");
	move(s, 0x10, SECOND + 0x30);
	print("there: 0x%lx\n", peek(&s->second, 0x30));
	undo(&s->first, 1);
	undo(&s->second, 1);
	print("the first undoes it once, the second undoes it once\n");
	move(s, 0x20, SECOND + 0x30);
	print("there: 0x%lx\n", peek(&s->second, 0x30));
	print("over both to the second, both step\n");
	move(s, SECOND - 4, SECOND + 0x40);
	print("there: 0x%lx\n", peek(&s->second, 0x40));
}

static void try(const struct scene *s, uint64_t command, uint64_t offset)
{
	struct client_result r = client_do(&s->client, command, offset, 0);

	test_sleep(2); /* who steps is told of a fault by itself */
	print("fault %lu code %lu\n", r.fault, r.fault ? r.value : 0);
}

static void by_private_step(const struct scene *s)
{
	struct child quiet; /* of two who are told at once, either may print first */
	uint8_t quiet_page;

	if (!child_make("stepper", &quiet))
		test_end(1);
	child_start(&quiet, 0, 1);
	quiet_page = child_virtual_page(&quiet, 0, 0);
	put(s, s->first_page, quiet_page);
	print("without a handler, over both\n");
	poke(&s->first, SECOND - 8, 0x23ull << 56); /* a selector of user data, */
	try(s, CLIENT_SEGMENT, SECOND - 1);
	print("it faults itself\n");
	poke(&s->first, SECOND - 8, 0x47ull << 56); /* and one in an LDT that is not there */
	try(s, CLIENT_SEGMENT, SECOND - 1);
	print("with one who does not step\n");
	poke(&s->first, SECOND - 8, 0x23ull << 56);
	poke(&s->ram, 0, 0);
	put(s, s->first_page, s->ram_page);
	try(s, CLIENT_SEGMENT, SECOND - 1);
	print("what only a step carries out, over both\n");
	put(s, s->first_page, quiet_page);
	try(s, CLIENT_FAR, SECOND - 4);
	print("with one who does not step\n");
	put(s, s->first_page, s->ram_page);
	try(s, CLIENT_FAR, SECOND - 4);
}

/* Nothing of all that is left behind. */
static void go_on(const struct scene *s)
{
	put(s, s->ram_page, s->second_page);
	poke(&s->ram, 0, peek(&s->second, 0x40));
	print("and a page behind it goes on: 0x%lx\n", client_do(&s->client, CLIENT_LOAD, 0, 0).value);
}

void program(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct scene s;

	(void)a, (void)b, (void)c, (void)d;
	client_parent();
	s.client = test_client();
	s.first = test_start("stepper", 0, 0);
	s.second = test_start("stepper", 0, 0);
	s.ram = test_start("ram", 0, 0);
	s.first_page = child_virtual_page(&s.first, 0, 0);
	s.second_page = child_virtual_page(&s.second, 0, 0);
	s.ram_page = child_virtual_page(&s.ram, 0, 0);
	s.space = child_alloc(TYPE_SPACE, 0);
	child_map(&s.client, s.space);
	one_steps(&s);
	both_step(&s);
	by_private_step(&s);
	go_on(&s);
	test_end(0);
}
