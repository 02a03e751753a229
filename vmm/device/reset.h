/*
 * reset.h: the ports by which a PC is reset or switched off.
 *
 * The keyboard controller (0x60, 0x64) has no keyboard: its buffers are empty and
 * it obeys only its reset commands. 0xcf9 is the chipset's reset register. The
 * ACPI PM1a registers know sleep state S5 only, and no event.
 * Sources: ACPI Specification, "PM1 Event Grouping", "PM1 Control Registers"; Intel I/O controller hub
 * data sheets, "Reset Control Register"; the 8042's commands 0xd1 and 0xfe.
 */
#ifndef VMM_DEVICE_RESET_H
#define VMM_DEVICE_RESET_H

#include "vmm/device/platform.h"

#define KEYBOARD_DATA_PORT 0x60
#define KEYBOARD_COMMAND_PORT 0x64
#define RESET_PORT 0xcf9
#define ACPI_PM1A_EVENT_PORTS 4 /* status and enable, two bytes each */
#define ACPI_PM1A_CONTROL_PORTS 2

struct reset {
	struct platform_host host;
	bool output_port_next; /* command 0xd1 was given: the next byte to 0x60 is the output port */
	uint8_t cf9;
	uint16_t pm1_enable; /* the events the guest wants: none ever comes */
	uint16_t pm1_control;
};

void reset_init(struct reset *r, const struct platform_host *host);

/* As in bus.h, each with a struct reset. */
uint32_t keyboard_data_in(void *self, uint16_t offset, unsigned size);
void keyboard_data_out(void *self, uint16_t offset, unsigned size, uint32_t value);
uint32_t keyboard_status_in(void *self, uint16_t offset, unsigned size);
void keyboard_command_out(void *self, uint16_t offset, unsigned size, uint32_t value);
uint32_t reset_in(void *self, uint16_t offset, unsigned size);
void reset_out(void *self, uint16_t offset, unsigned size, uint32_t value);
uint32_t pm1_event_in(void *self, uint16_t offset, unsigned size);
void pm1_event_out(void *self, uint16_t offset, unsigned size, uint32_t value);
uint32_t pm1_control_in(void *self, uint16_t offset, unsigned size);
void pm1_control_out(void *self, uint16_t offset, unsigned size, uint32_t value);

#endif
