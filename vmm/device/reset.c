#include "vmm/device/reset.h"

#define KEYBOARD_WRITE_OUTPUT_PORT 0xd1
#define KEYBOARD_PULSE_RESET 0xfe
#define OUTPUT_PORT_NO_RESET 0x01
#define CF9_CPU_RESET 0x04
#define PM1_ENABLE_SHIFT 16
#define PM1_SCI_ENABLED 0x0001u
#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE_MASK 7u
#define PM1_SLEEP_ENABLE 0x2000u

void reset_init(struct reset *r, const struct platform_host *host)
{
	*r = (struct reset){.host = *host};
}

static void request(struct reset *r, enum platform_request what)
{
	r->host.request(r->host.self, what, 0);
}

uint32_t keyboard_data_in(void *self, uint16_t offset, unsigned size)
{
	(void)self, (void)offset, (void)size;
	return 0;
}

void keyboard_data_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct reset *r = self;

	(void)offset, (void)size;
	if (r->output_port_next && !(value & OUTPUT_PORT_NO_RESET))
		request(r, PLATFORM_RESET);
	r->output_port_next = false;
}

/* Neither buffer holds anything. */
uint32_t keyboard_status_in(void *self, uint16_t offset, unsigned size)
{
	(void)self, (void)offset, (void)size;
	return 0;
}

void keyboard_command_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct reset *r = self;

	(void)offset, (void)size;
	r->output_port_next = (value & 0xff) == KEYBOARD_WRITE_OUTPUT_PORT;
	if ((value & 0xff) == KEYBOARD_PULSE_RESET)
		request(r, PLATFORM_RESET);
}

uint32_t reset_in(void *self, uint16_t offset, unsigned size)
{
	const struct reset *r = self;

	(void)offset, (void)size;
	return r->cf9;
}

void reset_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct reset *r = self;

	(void)offset, (void)size;
	if (value & CF9_CPU_RESET)
		request(r, PLATFORM_RESET);
	r->cf9 = (uint8_t)(value & ~(uint32_t)CF9_CPU_RESET);
}

/* Bits [8*offset, 8*(offset+size)) of old, as value says; the rest stays. */
static uint32_t replace(uint32_t old, uint16_t offset, unsigned size, uint32_t value)
{
	uint32_t mask = size >= 4 ? UINT32_MAX : (1u << 8 * size) - 1;

	return (old & ~(mask << 8 * offset)) | (value & mask) << 8 * offset;
}

/* Status in the low half, enable in the high one. No event ever comes; what is enabled reads back. */
uint32_t pm1_event_in(void *self, uint16_t offset, unsigned size)
{
	const struct reset *r = self;

	(void)size;
	return (uint32_t)r->pm1_enable << PM1_ENABLE_SHIFT >> 8 * offset;
}

void pm1_event_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct reset *r = self;

	r->pm1_enable = (uint16_t)(replace((uint32_t)r->pm1_enable << PM1_ENABLE_SHIFT, offset, size, value) >>
				   PM1_ENABLE_SHIFT);
}

/* ACPI mode is always on; SLP_EN reads as 0. */
uint32_t pm1_control_in(void *self, uint16_t offset, unsigned size)
{
	const struct reset *r = self;

	(void)size;
	return (r->pm1_control | PM1_SCI_ENABLED) >> 8 * offset;
}

void pm1_control_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	struct reset *r = self;
	uint32_t control = replace(r->pm1_control, offset, size, value);

	r->pm1_control = (uint16_t)(control & ~PM1_SLEEP_ENABLE);
	if ((control & PM1_SLEEP_ENABLE) && (control >> PM1_SLEEP_TYPE_SHIFT & PM1_SLEEP_TYPE_MASK) == ACPI_SLEEP_S5)
		request(r, PLATFORM_POWER_OFF);
}
