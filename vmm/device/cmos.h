/*
 * cmos.h: the PC's CMOS memory and clock behind ports 0x70 and 0x71.
 *
 * The clock is the host's, UTC, in BCD and 24 hours, plus what the guest has set.
 * It raises no interrupts: the bits that ask for them read back as 0.
 * Sources: MC146818A data sheet, "Registers"; the memory sizes are where PC
 * firmware puts them.
 */
#ifndef VMM_DEVICE_CMOS_H
#define VMM_DEVICE_CMOS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CMOS_INDEX_PORT 0x70
#define CMOS_PORTS 2 /* index, byte */

#define CMOS_SECONDS 0x00
#define CMOS_MINUTES 0x02
#define CMOS_HOURS 0x04
#define CMOS_WEEKDAY 0x06
#define CMOS_DAY 0x07
#define CMOS_MONTH 0x08
#define CMOS_YEAR 0x09
#define CMOS_STATUS_A 0x0a
#define CMOS_STATUS_B 0x0b
#define CMOS_STATUS_C 0x0c
#define CMOS_STATUS_D 0x0d
#define CMOS_CENTURY 0x32

#define CMOS_A_UIP 0x80 /* an update is near: the time may change while it is read */
#define CMOS_B_SET 0x80 /* the clock stands, the guest sets it */
#define CMOS_B_24H 0x02
#define CMOS_D_VALID 0x80

struct cmos {
	void (*now)(struct timespec *out); /* the host's time */
	int64_t offset; /* seconds, guest minus host */
	struct tm setting; /* while B.SET is on */
	uint8_t index;
	bool set;
	uint8_t bytes[128];
};

/* memory_size is that of the main memory, in bytes; now NULL means the host's clock. */
void cmos_init(struct cmos *c, uint64_t memory_size, void (*now)(struct timespec *out));

/* offset 0 is the index port, 1 the byte's. */
uint8_t cmos_in(struct cmos *c, uint16_t offset);
void cmos_out(struct cmos *c, uint16_t offset, uint8_t value);

/* As in bus.h, with a struct cmos. */
uint32_t cmos_port_in(void *self, uint16_t offset, unsigned size);
void cmos_port_out(void *self, uint16_t offset, unsigned size, uint32_t value);

#endif
