#include "vmm/device/display.h"
#include "vmm/background.h"

#include "vmm/device/output.h"
#include "vmm/device/screen.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAME_NS 50000000
#define PATIENCE_MS 1000 /* for an output that nobody reads */

struct display {
	const uint8_t *text;
	struct output output;
	bool tty, started;
	struct display_host host;
	pthread_t thread;
	pthread_mutex_t lock; /* of stopping */
	pthread_cond_t wake;
	bool stopping;
	struct screen screen;
	char frame[SCREEN_FRAME];
};

struct display *display_new(const uint8_t *text, int output, const struct display_host *host)
{
	struct display *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->text = text;
	output_init(&d->output, output);
	d->tty = isatty(output);
	d->host = *host;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, NULL);
	return d;
}

/* All of it, unless the reader is gone or does not read for a second. */
static void write_all(const struct display *d, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = output_wait(&d->output, PATIENCE_MS) == 0 ? -1 : output_try(&d->output, bytes, size);

		if (n < 0)
			return;
		bytes += n;
		size -= (size_t)n;
	}
}

/* The cells shown now: the text wraps at the end of its memory, as on the card. Returns the cursor's cell. */
static unsigned look(const struct display *d, uint8_t cells[SCREEN_SIZE])
{
	uint16_t start, cursor;
	bool is_on;

	d->host.look(d->host.self, &start, &cursor, &is_on);
	for (unsigned i = 0; i < SCREEN_SIZE; i++)
		cells[i] = *(const volatile uint8_t *)(d->text + (2u * start + i) % VGA_TEXT_SIZE);
	return is_on ? (uint16_t)(cursor - start) : SCREEN_SIZE;
}

static void draw(struct display *d)
{
	uint8_t cells[SCREEN_SIZE];
	unsigned cursor = look(d, cells);

	if (!d->tty)
		return;
	write_all(d, d->frame, screen_draw(&d->screen, cells, cursor, d->frame));
}

static void *draw_on(void *self)
{
	struct display *d = self;
	struct timespec next;

	pthread_mutex_lock(&d->lock);
	while (!d->stopping) {
		pthread_mutex_unlock(&d->lock);
		draw(d);
		clock_gettime(CLOCK_REALTIME, &next);
		next.tv_nsec += FRAME_NS;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		pthread_mutex_lock(&d->lock);
		if (!d->stopping)
			pthread_cond_timedwait(&d->wake, &d->lock, &next);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

int display_start(struct display *d, struct error *e)
{
	int err;

	if (d->started)
		return 0;
	d->stopping = false;
	err = background_start(&d->thread, 0, draw_on, d);
	if (err)
		return error_set(e, STATUS_HOST, "screen: thread: %s", strerror(err));
	d->started = true;
	return 0;
}

/* The cursor goes below the picture, so that what is said next does not stand in it. */
static void draw_last(struct display *d)
{
	static const char below[] = "\033[26;1H\033[0m\n";

	draw(d);
	write_all(d, below, sizeof(below) - 1);
}

static void print_lines(struct display *d)
{
	uint8_t cells[SCREEN_SIZE];

	look(d, cells);
	write_all(d, d->frame, screen_lines(cells, d->frame));
}

void display_stop(struct display *d)
{
	if (!d->started)
		return;
	d->started = false;
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	if (d->tty)
		draw_last(d);
	else
		print_lines(d);
}

void display_free(struct display *d)
{
	if (!d)
		return;
	display_stop(d);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
