#include "vmm/device/platform_state.h"

#define CTRL_C 0x03

/* The display's host: called from its thread. */
static void display_look(void *self, uint16_t *start, uint16_t *cursor, bool *cursor_is_on)
{
	struct platform *p = self;

	platform_lock(p);
	keyboard_tick(&p->keyboard); /* the pictures are its clock */
	platform_feed(p);
	*start = vga_start(&p->vga);
	*cursor = vga_cursor(&p->vga);
	*cursor_is_on = vga_cursor_is_on(&p->vga);
	platform_unlock(p);
}

/* The terminal's host: called from its thread. */
static size_t terminal_room(void *self)
{
	struct platform *p = self;
	size_t room;

	platform_lock(p);
	room = KEYS_MAX - p->keys.count;
	p->starved = room == 0;
	platform_unlock(p);
	return room;
}

/* Ctrl-C goes to the guest; but the second one, while the guest has not even read the first, ends it. */
static void terminal_input(void *self, const uint8_t *bytes, size_t count)
{
	struct platform *p = self;
	unsigned ctrl_c = terminal_is_tty(p->terminal) ? keys_same(bytes, count, CTRL_C) : 0;

	platform_lock(p);
	if (ctrl_c > 0 && ctrl_c + p->ctrl_c_unread > 1)
		platform_request(p, PLATFORM_QUIT, 0);
	keys_put(&p->keys, bytes, count);
	p->ctrl_c_unread |= ctrl_c > 0;
	p->effects.ready = p->console;
	platform_feed(p);
	platform_unlock(p);
}

static void terminal_quit(void *self)
{
	struct platform *p = self;

	p->host.request(p->host.self, PLATFORM_QUIT, 0);
}

static bool terminal_ends(void *self)
{
	struct platform *p = self;

	return p->host.ends && p->host.ends(p->host.self);
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

struct terminal *platform_terminal(struct platform *p, int input, int output)
{
	return terminal_new(input, output,
			    &(struct terminal_host){.self = p,
						    .room = terminal_room,
						    .input = terminal_input,
						    .quit = terminal_quit,
						    .ends = terminal_ends,
						    .writable = terminal_writable,
						    .escape = terminal_escape});
}

struct display *platform_display(struct platform *p, const uint8_t *text, int output)
{
	return display_new(text, output, &(struct display_host){p, display_look});
}
