#include "vmm/device/cmos.h"

#include "vmm/machine/ram.h"

#include <string.h>

#define STATUS_A_DIVIDER 0x26 /* 32.768 kHz, 1.024 kHz square wave: what PCs say */
#define YEAR_BASE 1900 /* of struct tm */
#define UIP_NS 244000 /* UIP comes so long before the second ends */

static void host_now(struct timespec *out)
{
	clock_gettime(CLOCK_REALTIME, out);
}

static uint8_t to_bcd(int value)
{
	unsigned n = value < 0 ? 0 : (unsigned)value; /* a guest can set the year before 0 */

	return (uint8_t)(n / 10 % 10 << 4 | n % 10);
}

/* Digits beyond 9 count as they stand; timegm() puts the sum right. */
static int from_bcd(uint8_t value)
{
	return (value >> 4) * 10 + (value & 15);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void put16(uint8_t *at, uint64_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void set_memory_size(struct cmos *c, uint64_t size)
{
	uint64_t low = smaller(size, RAM_GAP_START);
	uint64_t above_1m = low > 1 << 20 ? (low - (1 << 20)) >> 10 : 0; /* KiB */
	uint64_t above_16m = low > 16 << 20 ? (low - (16 << 20)) >> 16 : 0; /* 64 KiB */
	uint64_t above_4g = smaller((size - low) >> 16, 0xffffff);

	put16(c->bytes + 0x15, 640);
	put16(c->bytes + 0x17, smaller(above_1m, 0xfc00));
	put16(c->bytes + 0x30, smaller(above_1m, 0xfc00));
	put16(c->bytes + 0x34, smaller(above_16m, 0xffff));
	put16(c->bytes + 0x5b, above_4g);
	c->bytes[0x5d] = (uint8_t)(above_4g >> 16);
}

void cmos_init(struct cmos *c, uint64_t memory_size, void (*now)(struct timespec *out))
{
	memset(c, 0, sizeof(*c));
	c->now = now ? now : host_now;
	set_memory_size(c, memory_size);
}

/* The guest's time. */
static struct tm guest_time(const struct cmos *c, long *ns)
{
	struct timespec host;
	struct tm tm = {0};
	time_t seconds;

	c->now(&host);
	seconds = host.tv_sec + (time_t)c->offset;
	gmtime_r(&seconds, &tm);
	*ns = host.tv_nsec;
	return tm;
}

/* The clock's register as BCD; -1 if the index is none of them. */
static int clock_register(const struct tm *tm, uint8_t index)
{
	switch (index) {
	case CMOS_SECONDS:
		return to_bcd(tm->tm_sec);
	case CMOS_MINUTES:
		return to_bcd(tm->tm_min);
	case CMOS_HOURS:
		return to_bcd(tm->tm_hour);
	case CMOS_WEEKDAY:
		return to_bcd(tm->tm_wday + 1);
	case CMOS_DAY:
		return to_bcd(tm->tm_mday);
	case CMOS_MONTH:
		return to_bcd(tm->tm_mon + 1);
	case CMOS_YEAR:
		return to_bcd((tm->tm_year + YEAR_BASE) % 100);
	case CMOS_CENTURY:
		return to_bcd((tm->tm_year + YEAR_BASE) / 100);
	default:
		return -1;
	}
}

uint8_t cmos_in(struct cmos *c, uint16_t offset)
{
	struct tm tm;
	long ns = 0;
	int value;

	if (offset == 0)
		return 0xff; /* the index can't be read */
	tm = c->set ? c->setting : guest_time(c, &ns);
	value = clock_register(&tm, c->index);
	if (value >= 0)
		return (uint8_t)value;
	switch (c->index) {
	case CMOS_STATUS_A:
		return STATUS_A_DIVIDER | (ns >= 1000000000 - UIP_NS ? CMOS_A_UIP : 0);
	case CMOS_STATUS_B:
		return CMOS_B_24H | (c->set ? CMOS_B_SET : 0);
	case CMOS_STATUS_C:
		return 0;
	case CMOS_STATUS_D:
		return CMOS_D_VALID;
	default:
		return c->bytes[c->index];
	}
}

/* B.SET stops the clock for setting; when it goes, the clock runs on from what was set. */
static void write_status_b(struct cmos *c, uint8_t value)
{
	bool set = value & CMOS_B_SET;
	struct timespec host;
	long ns;

	if (set && !c->set)
		c->setting = guest_time(c, &ns);
	if (!set && c->set) {
		c->now(&host);
		c->offset = (int64_t)timegm(&c->setting) - (int64_t)host.tv_sec;
	}
	c->set = set;
}

/* True if the index is one of the clock's. Without B.SET the clock runs on unharmed. */
static bool write_clock(struct cmos *c, uint8_t value)
{
	int number = from_bcd(value);
	struct tm *tm = &c->setting;
	int year = tm->tm_year + YEAR_BASE;

	if (clock_register(tm, c->index) < 0)
		return false;
	if (!c->set)
		return true;
	switch (c->index) {
	case CMOS_SECONDS:
		tm->tm_sec = number;
		break;
	case CMOS_MINUTES:
		tm->tm_min = number;
		break;
	case CMOS_HOURS:
		tm->tm_hour = number;
		break;
	case CMOS_DAY:
		tm->tm_mday = number;
		break;
	case CMOS_MONTH:
		tm->tm_mon = number - 1;
		break;
	case CMOS_YEAR:
		tm->tm_year = year / 100 * 100 + number % 100 - YEAR_BASE;
		break;
	case CMOS_CENTURY:
		tm->tm_year = number * 100 + year % 100 - YEAR_BASE;
		break;
	default: /* the weekday follows from the date */
		break;
	}
	return true;
}

void cmos_out(struct cmos *c, uint16_t offset, uint8_t value)
{
	if (offset == 0)
		c->index = value & 0x7f; /* bit 7 masks the NMI, of which there is none */
	else if (c->index == CMOS_STATUS_B)
		write_status_b(c, value);
	else if (!write_clock(c, value) && c->index > CMOS_STATUS_D)
		c->bytes[c->index] = value;
}

uint32_t cmos_port_in(void *self, uint16_t offset, unsigned size)
{
	(void)size;
	return cmos_in(self, offset);
}

void cmos_port_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	(void)size;
	cmos_out(self, offset, (uint8_t)value);
}
