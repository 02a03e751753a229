#include "vmm/device/keyboard.h"

#include <string.h>

/* Bits of the status port. */
#define STATUS_FULL 0x01u
#define STATUS_TESTED 0x04u
#define STATUS_COMMAND 0x08u
#define STATUS_UNLOCKED 0x10u

/* Bits of the configuration byte. */
#define CONFIG_INTERRUPT 0x01u
#define CONFIG_TESTED 0x04u
#define CONFIG_OFF 0x10u
#define CONFIG_NO_MOUSE 0x20u
#define CONFIG_TRANSLATE 0x40u

/* Commands of the controller. */
enum {
	READ_CONFIG = 0x20,
	WRITE_CONFIG = 0x60,
	TEST = 0xaa,
	TEST_KEYBOARD = 0xab,
	TURN_OFF = 0xad,
	TURN_ON = 0xae,
	READ_OUTPUT_PORT = 0xd0,
	WRITE_OUTPUT_PORT = 0xd1,
	WRITE_ANSWER = 0xd2,
};

/* Commands of the keyboard. */
enum {
	SET_LEDS = 0xed,
	ECHO = 0xee,
	CODE_SET = 0xf0,
	IDENTIFY = 0xf2,
	SET_RATE = 0xf3,
	ENABLE = 0xf4,
	DISABLE = 0xf5,
	DEFAULTS = 0xf6,
	RESET = 0xff,
};

#define CONTROLLER_GOOD 0x55
#define KEYBOARD_GOOD 0xaa
#define ACKNOWLEDGE 0xfa
#define AGAIN 0xfe
#define OUTPUT_PORT 0x03u /* A20 open, no reset */

void keyboard_init(struct keyboard *k, const struct platform_host *host, struct reset *reset)
{
	*k = (struct keyboard){.host = *host,
			       .reset = reset,
			       .config = CONFIG_INTERRUPT | CONFIG_TESTED | CONFIG_NO_MOUSE | CONFIG_TRANSLATE,
			       .scans = true};
}

static void interrupt(struct keyboard *k)
{
	k->host.irq(k->host.self, KEYBOARD_IRQ, k->full && (k->config & CONFIG_INTERRUPT));
}

/* The next byte into the output buffer, if it is empty. */
static void advance(struct keyboard *k)
{
	if (k->full)
		return;
	if (k->nanswers > 0) {
		k->data = k->answers[0];
		k->nanswers--;
		for (unsigned i = 0; i < k->nanswers; i++)
			k->answers[i] = k->answers[i + 1];
		k->full = true;
	} else if (k->keys.count > 0 && k->scans && !(k->config & CONFIG_OFF)) {
		k->data = k->keys.codes[k->keys.head];
		k->keys.head = (k->keys.head + 1) % KEYBOARD_KEYS;
		k->keys.count--;
		k->full = true;
	}
	interrupt(k);
}

static void answer(struct keyboard *k, uint8_t byte)
{
	if (k->nanswers < KEYBOARD_ANSWERS)
		k->answers[k->nanswers++] = byte;
}

bool keyboard_has_room(const struct keyboard *k)
{
	return k->keys.count + 2 * KEYMAP_CODES <= KEYBOARD_KEYS;
}

bool keyboard_is_empty(const struct keyboard *k)
{
	return k->keys.count == 0 && !k->full;
}

static void queue(struct key_queue *q, const uint8_t *codes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		q->codes[(q->head + q->count++) % KEYBOARD_KEYS] = codes[i];
}

static void release(struct keyboard *k)
{
	queue(&k->keys, k->release, k->nrelease);
	k->nrelease = 0;
	advance(k);
}

void keyboard_press(struct keyboard *k, const uint8_t *codes, unsigned count)
{
	unsigned half = count / 2; /* pressing it; letting it go has as many */

	if (half == 0 || !keyboard_has_room(k))
		return;
	if (k->nrelease != half || memcmp(k->release, codes + half, half) != 0)
		release(k);
	queue(&k->keys, codes, half);
	memcpy(k->release, codes + half, half);
	k->nrelease = half;
	k->ticks = KEYBOARD_HOLD;
	advance(k);
}

/* A key that the guest has not looked at yet is held until it has. */
void keyboard_tick(struct keyboard *k)
{
	if (k->nrelease == 0 || k->keys.count > 0 || --k->ticks > 0)
		return;
	release(k);
}

uint32_t keyboard_in(void *self, uint16_t offset, unsigned size)
{
	struct keyboard *k = self;
	uint8_t data = k->data;

	(void)offset, (void)size;
	k->full = false;
	interrupt(k); /* the line falls, so that the next byte raises it */
	advance(k);
	return data;
}

uint32_t keyboard_control_in(void *self, uint16_t offset, unsigned size)
{
	const struct keyboard *k = self;

	(void)offset, (void)size;
	return (k->full ? STATUS_FULL : 0) | (k->config & CONFIG_TESTED ? STATUS_TESTED : 0) |
	       (k->last_was_command ? STATUS_COMMAND : 0) | STATUS_UNLOCKED;
}

static void forget(struct keyboard *k)
{
	k->keys.count = 0;
	k->nrelease = 0;
	k->nanswers = 0;
	k->full = false;
	k->scans = true;
}

/* A byte to the keyboard itself, which says that it has it. */
static void command_keyboard(struct keyboard *k, uint8_t byte)
{
	uint8_t waiting = k->device_command;

	k->device_command = 0;
	if (waiting) {
		answer(k, ACKNOWLEDGE);
		if (waiting == CODE_SET && byte == 0)
			answer(k, 0x41); /* set 2, translated */
		return;
	}
	switch (byte) {
	case SET_LEDS:
	case CODE_SET:
	case SET_RATE:
		k->device_command = byte;
		break;
	case ECHO:
		answer(k, ECHO);
		return;
	case ENABLE:
	case DISABLE:
		k->scans = byte == ENABLE;
		break;
	case RESET:
	case DEFAULTS:
		forget(k);
		break;
	case IDENTIFY:
		break;
	default:
		answer(k, AGAIN);
		return;
	}
	answer(k, ACKNOWLEDGE);
	if (byte == RESET)
		answer(k, KEYBOARD_GOOD);
	if (byte == IDENTIFY) { /* 0xab 0x83, translated */
		answer(k, 0xab);
		answer(k, 0x41);
	}
}

void keyboard_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct keyboard *k = self;
	uint8_t byte = (uint8_t)value, waiting = k->command;

	k->command = 0;
	k->last_was_command = false;
	if (waiting == WRITE_CONFIG)
		k->config = byte;
	else if (waiting == WRITE_ANSWER)
		answer(k, byte);
	else if (waiting == WRITE_OUTPUT_PORT)
		keyboard_data_out(k->reset, offset, size, value);
	else
		command_keyboard(k, byte);
	interrupt(k); /* the configuration may have changed */
	advance(k);
}

void keyboard_control_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct keyboard *k = self;
	uint8_t byte = (uint8_t)value;

	k->command = 0;
	k->last_was_command = true;
	keyboard_command_out(k->reset, offset, size, value); /* the commands that reset, and that begin to */
	switch (byte) {
	case READ_CONFIG:
		answer(k, k->config);
		break;
	case TEST:
		k->config |= CONFIG_TESTED;
		answer(k, CONTROLLER_GOOD);
		break;
	case TEST_KEYBOARD:
		answer(k, 0);
		break;
	case TURN_OFF:
		k->config |= CONFIG_OFF;
		break;
	case TURN_ON:
		k->config &= (uint8_t)~CONFIG_OFF;
		break;
	case READ_OUTPUT_PORT:
		answer(k, OUTPUT_PORT);
		break;
	case WRITE_CONFIG:
	case WRITE_ANSWER:
	case WRITE_OUTPUT_PORT:
		k->command = byte;
		break;
	default: /* none that it knows: a mouse's, a reset */
		break;
	}
	advance(k);
}
