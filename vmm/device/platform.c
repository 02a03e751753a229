#include "vmm/device/platform.h"

#include "vmm/device/cmos.h"
#include "vmm/device/debug_exit.h"
#include "vmm/device/display.h"
#include "vmm/device/fw_cfg.h"
#include "vmm/device/keyboard.h"
#include "vmm/device/keymap.h"
#include "vmm/device/keys.h"
#include "vmm/device/reset.h"
#include "vmm/device/terminal.h"
#include "vmm/device/uart.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UART_PORT 0x3f8
#define UART_IRQ 4
#define DEVICES_MAX 12
#define CTRL_C 0x03

/* A device behind the platform's lock. */
struct guarded {
	struct platform *platform;
	struct port_device device;
};

/* What a device wants done; carried out when the lock is free, for it may wait or call back. */
struct effects {
	bool output, request, wake, ready;
	uint8_t byte;
	enum platform_request what;
	uint32_t value;
};

struct platform {
	pthread_mutex_t lock; /* of all below but host, terminal and display */
	struct platform_host host;
	struct terminal *terminal;
	struct display *display; /* NULL: there is no screen */
	struct uart uart;
	struct cmos cmos;
	struct reset reset;
	struct debug_exit debug_exit;
	struct fw_cfg fw_cfg;
	struct vga vga; /* with a display, as the keyboard */
	struct keyboard keyboard;
	bool silent; /* the serial line's output would spoil the screen */
	bool console; /* platform_take() has the keys; the serial line none */
	struct effects effects;
	struct keys keys; /* typed, not yet taken by a device */
	bool starved; /* the terminal's thread waits for room */
	bool ctrl_c_unread; /* a Ctrl-C was typed, and the guest has not read all keys since */
	unsigned nguarded;
	struct guarded guarded[DEVICES_MAX];
};

static void lock(struct platform *p)
{
	pthread_mutex_lock(&p->lock);
}

/* Also lets go what the device wanted done. */
static void unlock(struct platform *p)
{
	struct effects effects = p->effects;

	p->effects = (struct effects){0};
	pthread_mutex_unlock(&p->lock);
	if (effects.output && !p->silent)
		terminal_write(p->terminal, effects.byte);
	if (effects.wake)
		terminal_wake(p->terminal);
	if (effects.ready)
		p->host.ready(p->host.self);
	if (effects.request)
		p->host.request(p->host.self, effects.what, effects.value);
}

static void feed_uart(struct platform *p)
{
	uint8_t key;

	while (uart_room(&p->uart) && keys_first(&p->keys, &key, 1)) {
		keys_drop(&p->keys, 1);
		uart_receive(&p->uart, key);
	}
}

static void feed_keyboard(struct platform *p)
{
	uint8_t keys[8], codes[KEYMAP_CODES];
	unsigned ncodes;

	while (p->keys.count && keyboard_has_room(&p->keyboard)) {
		keys_drop(&p->keys, keymap_next(keys, keys_first(&p->keys, keys, sizeof(keys)), codes, &ncodes));
		keyboard_press(&p->keyboard, codes, ncodes);
	}
}

/* From the keys to the device that takes them, as far as it has room. */
static void feed(struct platform *p)
{
	if (p->display)
		feed_keyboard(p);
	else if (!p->console)
		feed_uart(p);
	if (p->keys.count == 0 && (p->display ? keyboard_is_empty(&p->keyboard) : p->uart.count == 0))
		p->ctrl_c_unread = false;
	if (p->starved && p->keys.count < KEYS_MAX) {
		p->starved = false;
		p->effects.wake = true;
	}
}

/* The devices' host: under the lock. */
static void device_irq(void *self, bool level)
{
	struct platform *p = self;

	p->host.irq(p->host.self, UART_IRQ, level);
}

static void keyboard_irq(void *self, unsigned line, bool level)
{
	struct platform *p = self;

	p->host.irq(p->host.self, line, level);
}

static void device_transmit(void *self, uint8_t byte)
{
	struct platform *p = self;

	p->effects.output = true;
	p->effects.byte = byte;
}

static void device_request(void *self, enum platform_request what, uint32_t value)
{
	struct platform *p = self;

	p->effects.request = true;
	p->effects.what = what;
	p->effects.value = value;
}

/* The bus: takes the lock. */
static uint32_t guarded_in(void *self, uint16_t offset, unsigned size)
{
	struct guarded *g = self;
	uint32_t value;

	lock(g->platform);
	value = g->device.in(g->device.self, offset, size);
	feed(g->platform);
	unlock(g->platform);
	return value;
}

static void guarded_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct guarded *g = self;

	lock(g->platform);
	g->device.out(g->device.self, offset, size, value);
	feed(g->platform);
	unlock(g->platform);
}

uint16_t platform_text_start(const struct platform *p)
{
	return vga_start(&p->vga); /* without a screen all its registers are 0 */
}

/* The display's host: called from its thread. */
static void display_look(void *self, uint16_t *start, uint16_t *cursor, bool *cursor_is_on)
{
	struct platform *p = self;

	lock(p);
	keyboard_tick(&p->keyboard); /* the pictures are its clock */
	feed(p);
	*start = vga_start(&p->vga);
	*cursor = vga_cursor(&p->vga);
	*cursor_is_on = vga_cursor_is_on(&p->vga);
	unlock(p);
}

/* The terminal's host: called from its thread. */
static size_t terminal_room(void *self)
{
	struct platform *p = self;
	size_t room;

	lock(p);
	room = KEYS_MAX - p->keys.count;
	p->starved = room == 0;
	unlock(p);
	return room;
}

/* Ctrl-C goes to the guest; but the second one, while the guest has not even read the first, ends it. */
static void terminal_input(void *self, const uint8_t *bytes, size_t count)
{
	struct platform *p = self;
	unsigned ctrl_c = terminal_is_tty(p->terminal) ? keys_same(bytes, count, CTRL_C) : 0;

	lock(p);
	if (ctrl_c > 0 && ctrl_c + p->ctrl_c_unread > 1)
		device_request(p, PLATFORM_QUIT, 0);
	keys_put(&p->keys, bytes, count);
	p->ctrl_c_unread |= ctrl_c > 0;
	p->effects.ready = p->console;
	feed(p);
	unlock(p);
}

static void terminal_quit(void *self)
{
	struct platform *p = self;

	p->host.request(p->host.self, PLATFORM_QUIT, 0);
}

static void terminal_writable(void *self)
{
	struct platform *p = self;

	if (p->host.ready)
		p->host.ready(p->host.self);
}

static enum escape terminal_escape(void *self, uint8_t key)
{
	struct platform *p = self;

	return p->host.escape ? p->host.escape(p->host.self, key) : ESCAPE_UNKNOWN;
}

static int add(struct platform *p, struct bus *bus, const struct port_device *device, struct error *e)
{
	struct guarded *g = &p->guarded[p->nguarded++];
	struct port_device outer = *device;
	int err;

	*g = (struct guarded){p, *device};
	outer.self = g;
	outer.in = guarded_in;
	outer.out = guarded_out;
	err = bus_add(bus, &outer);
	if (err < 0)
		return error_set(e, STATUS_HOST, "device %s at port 0x%x: %s", device->name, device->base,
				 strerror(-err));
	return 0;
}

/* The keyboard controller of a PC without a keyboard: it obeys its resets. */
static int add_resets(struct platform *p, struct bus *bus, struct error *e)
{
	const struct port_device data = {"keyboard data",  KEYBOARD_DATA_PORT, 1,   &p->reset,
					 keyboard_data_in, keyboard_data_out,  true};
	const struct port_device command = {"keyboard",         KEYBOARD_COMMAND_PORT, 1,   &p->reset,
					    keyboard_status_in, keyboard_command_out,  true};

	return add(p, bus, &data, e) < 0 ? -1 : add(p, bus, &command, e);
}

static int add_screen(struct platform *p, struct bus *bus, struct error *e)
{
	const struct port_device data = {"keyboard data", KEYBOARD_DATA_PORT, 1,   &p->keyboard,
					 keyboard_in,     keyboard_out,       true};
	const struct port_device control = {"keyboard",          KEYBOARD_COMMAND_PORT, 1,   &p->keyboard,
					    keyboard_control_in, keyboard_control_out,  true};
	const struct port_device vga = {"vga", VGA_PORT, VGA_PORTS, &p->vga, vga_in, vga_out, true};

	if (add(p, bus, &data, e) < 0 || add(p, bus, &control, e) < 0)
		return -1;
	return add(p, bus, &vga, e);
}

static int add_all(struct platform *p, struct bus *bus, struct error *e)
{
	const struct port_device list[] = {
		{"uart", UART_PORT, UART_REGISTERS, &p->uart, uart_port_in, uart_port_out, true},
		{"cmos", CMOS_INDEX_PORT, CMOS_PORTS, &p->cmos, cmos_port_in, cmos_port_out, true},
		{"reset", RESET_PORT, 1, &p->reset, reset_in, reset_out, true},
		{"pm1a event", ACPI_PM1A_EVENT_PORT, ACPI_PM1A_EVENT_PORTS, &p->reset, pm1_event_in, pm1_event_out,
		 false},
		{"pm1a control", ACPI_PM1A_CONTROL_PORT, ACPI_PM1A_CONTROL_PORTS, &p->reset, pm1_control_in,
		 pm1_control_out, false},
		{"debug exit", DEBUG_EXIT_PORT, 1, &p->debug_exit, debug_exit_in, debug_exit_out, false},
		{"fw_cfg", FW_CFG_PORT, FW_CFG_PORTS, &p->fw_cfg, fw_cfg_in, fw_cfg_out, false},
	};

	_Static_assert(sizeof(list) / sizeof(list[0]) + 3 <= DEVICES_MAX, "a guard for each device");
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (add(p, bus, &list[i], e) < 0)
			return -1;
	return p->display ? add_screen(p, bus, e) : add_resets(p, bus, e);
}

static int new_screen(struct platform *p, const struct platform_options *options, struct error *e)
{
	if (!options->text)
		return 0;
	p->display = display_new(options->text, options->screen, &(struct display_host){p, display_look});
	if (!p->display)
		return error_set(e, STATUS_HOST, "screen: no memory");
	p->silent = isatty(options->output);
	vga_init(&p->vga);
	keyboard_init(&p->keyboard, &(struct platform_host){.self = p, .irq = keyboard_irq}, &p->reset);
	return 0;
}

struct platform *platform_new(const struct platform_options *options, const struct platform_host *host, struct bus *bus,
			      struct error *e)
{
	struct platform *p = calloc(1, sizeof(*p));

	if (p)
		p->terminal = terminal_new(options->input, options->output,
					   &(struct terminal_host){p, terminal_room, terminal_input, terminal_quit,
								   terminal_writable, terminal_escape});
	if (!p || !p->terminal) {
		error_set(e, STATUS_HOST, "devices: no memory or file descriptors");
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	p->host = *host;
	p->console = options->console && !options->text;
	p->debug_exit.host = (struct platform_host){.self = p, .irq = host->irq, .request = device_request};
	uart_init(&p->uart, &(struct uart_host){p, device_irq, device_transmit});
	cmos_init(&p->cmos, options->memory_size, NULL);
	reset_init(&p->reset, &p->debug_exit.host);
	fw_cfg_init(&p->fw_cfg, options->memory_size, options->cpus);
	if (new_screen(p, options, e) < 0 || add_all(p, bus, e) < 0) {
		platform_free(p);
		return NULL;
	}
	return p;
}

int platform_start(struct platform *p, struct error *e)
{
	if (terminal_start(p->terminal, e) < 0)
		return -1;
	if (!p->display || display_start(p->display, e) == 0)
		return 0;
	terminal_stop(p->terminal);
	return -1;
}

size_t platform_take(struct platform *p, uint8_t *bytes, size_t room)
{
	size_t count;

	lock(p);
	count = p->console ? keys_first(&p->keys, bytes, room) : 0;
	keys_drop(&p->keys, count);
	feed(p);
	unlock(p);
	return count;
}

size_t platform_offer(struct platform *p, const uint8_t *bytes, size_t count)
{
	return p->silent ? count : terminal_offer(p->terminal, bytes, count);
}

void platform_stop(struct platform *p)
{
	if (p->display)
		display_stop(p->display); /* while the terminal is raw: the guest's picture is not the user's typing */
	terminal_stop(p->terminal);
}

void platform_mute(struct platform *p)
{
	terminal_mute(p->terminal);
}

void platform_free(struct platform *p)
{
	display_free(p->display);
	terminal_free(p->terminal);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
