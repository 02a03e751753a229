#include "guest/user/lib/child.h"

#include "guest/user/lib/start.h"

#define SLOTS_EXPONENT 8 /* of its space: 2^8 pages a slot */
#define IMAGE_SLOT (START_ADDRESS >> 20)

/* Two slots for what is needed only for a moment. */
#define SLOT_FROM 62
#define SLOT_TO 63

static uint64_t used = (1ull << (START_SLOT_MODULES + START_MODULES_MAX)) - 1; /* a bit for each slot */

uint8_t child_slot(void)
{
	for (uint8_t slot = 1; slot < SLOT_FROM; slot++) {
		if (used >> slot & 1)
			continue;
		used |= 1ull << slot;
		return slot;
	}
	return 0;
}

void child_slot_free(uint8_t slot)
{
	used &= ~(1ull << slot);
}

void child_forget(const struct child *child)
{
	child_slot_free(child->process);
	child_slot_free(child->space);
	child_slot_free(child->endpoint);
	child_slot_free(child->page);
}

uint8_t child_alloc(uint64_t type, uint64_t argument)
{
	uint8_t slot = child_slot();

	return slot && message_ask(START_SLOT_BANK, BANK_ALLOC, type, argument, 0, slot) == RESULT_OK ? slot : 0;
}

static bool same_name(const char *name, const char found[START_NAME_SIZE])
{
	for (unsigned i = 0; i < START_NAME_SIZE; i++) {
		if (name[i] != found[i])
			return false;
		if (!name[i])
			return true;
	}
	return false;
}

uint8_t child_module(const char *name)
{
	for (uint8_t slot = START_SLOT_MODULES; slot < START_SLOT_MODULES + START_MODULES_MAX; slot++) {
		char found[START_NAME_SIZE] = {0};
		struct message m = {.order = PAGE_READ,
				    .word = {START_NAME_OFFSET, sizeof(found)},
				    .buffer = found,
				    .room = sizeof(found)};

		if (message_ask(slot, SPACE_GET, 0, 0, 0, SLOT_FROM) == RESULT_OK &&
		    message_call(SLOT_FROM, &m) == RESULT_OK && same_name(name, found))
			return slot;
	}
	return 0;
}

/* Copies of the module's pages: each child has its own. */
static bool copy_image(uint8_t module, uint8_t image)
{
	for (uint64_t i = 0; i < START_IMAGE_PAGES; i++) {
		if (message_ask(module, SPACE_GET, i, 0, 0, SLOT_FROM) != RESULT_OK)
			return false;
		if (message_ask(SLOT_FROM, ORDER_TYPE, 0, 0, 0, 0) == RESULT_NULL)
			break;
		if (message_ask(START_SLOT_BANK, BANK_ALLOC, TYPE_PAGE, 0, 0, SLOT_TO) != RESULT_OK ||
		    message_ask(SLOT_TO, PAGE_COPY_FROM, 0, 0, SLOT_FROM, 0) != RESULT_OK ||
		    message_ask(image, SPACE_SET, i, 0, SLOT_TO, 0) != RESULT_OK)
			return false;
	}
	return true;
}

void child_give(const struct child *child, uint8_t slot, uint8_t own)
{
	message_ask(child->process, PROCESS_SET_SLOT, slot, 0, own, 0);
}

void child_map(const struct child *child, uint8_t own)
{
	message_ask(child->space, SPACE_SET, CHILD_OBJECT_SLOT, 0, own, 0);
}

static bool make_space(const struct child *child, uint8_t module)
{
	if (message_ask(START_SLOT_BANK, BANK_ALLOC, TYPE_SPACE, 0, 0, child->endpoint) != RESULT_OK)
		return false;
	return copy_image(module, child->endpoint) &&
	       message_ask(child->space, SPACE_SET, IMAGE_SLOT, 0, child->endpoint, 0) == RESULT_OK &&
	       message_ask(child->process, PROCESS_SET_SPACE, 0, 0, child->space, 0) == RESULT_OK;
}

bool child_make(const char *name, struct child *child)
{
	uint8_t module = child_module(name);

	if (!module)
		return false;
	child->process = child_alloc(TYPE_PROCESS, 0);
	child->space = child_alloc(TYPE_SPACE, SLOTS_EXPONENT);
	child->page = child_alloc(TYPE_PAGE, 0);
	child->endpoint = child_slot(); /* holds the image's space for a moment */
	if (!child->process || !child->space || !child->page || !child->endpoint || !make_space(child, module) ||
	    message_ask(START_SLOT_BANK, BANK_ALLOC, TYPE_ENDPOINT, 0, 0, child->endpoint) != RESULT_OK)
		return false;
	message_ask(child->process, PROCESS_SET_ENDPOINT, 0, 0, child->endpoint, 0);
	child_map(child, child->page);
	child_give(child, START_SLOT_BANK, START_SLOT_BANK);
	child_give(child, START_SLOT_CONSOLE, START_SLOT_CONSOLE);
	child_give(child, START_SLOT_CLOCK, START_SLOT_CLOCK);
	child_give(child, START_SLOT_PROCESS, child->process);
	child_give(child, START_SLOT_SPACE, child->space);
	child_give(child, CHILD_SLOT_ENDPOINT, child->endpoint);
	child_give(child, CHILD_SLOT_PAGE, child->page);
	return true;
}

uint8_t child_virtual_page(const struct child *child, uint64_t badge, uint64_t restrictions)
{
	uint8_t slot = child_slot();

	if (message_ask(child->endpoint, ENDPOINT_VIRTUAL_PAGE, badge, restrictions, 0, slot) != RESULT_OK)
		return 0;
	return slot;
}

uint8_t child_entry(const struct child *child, uint64_t badge)
{
	uint8_t slot = child_slot();

	return message_ask(child->endpoint, ENDPOINT_ENTRY, badge, 0, 0, slot) == RESULT_OK ? slot : 0;
}

void child_start(const struct child *child, uint64_t a, uint64_t b)
{
	struct process_registers registers = {
		.rip = START_ADDRESS, .rdi = start_flags, .rsi = a, .rdx = b, .rflags = 2};
	struct message m = {.order = PROCESS_SET_REGISTERS, .string = &registers, .length = sizeof(registers)};

	message_call(child->process, &m);
	message_ask(child->process, PROCESS_RESUME, 0, 0, 0, 0);
}
