/*
 * timer.c: Intel 8254 and 8259A data sheets. All lines but the timer's are masked.
 */
#include "guest/kernel/timer.h"

#include "guest/kernel/cpu.h"
#include "guest/kernel/machine.h"
#include "guest/kernel/trap.h"

#define PIT_HZ 1193182u
#define PIT_CHANNEL0 0x40
#define PIT_COMMAND 0x43
#define PIT_ONCE 0x30 /* channel 0, low byte then high, mode 0: one interrupt when the count is over */
#define PIT_COUNT (PIT_HZ / TIMER_HZ)

#define PIC_MASTER 0x20
#define PIC_SLAVE 0xa0
#define PIC_INIT 0x11 /* edge, cascade, ICW4 follows */
#define PIC_8086 0x01
#define PIC_END 0x20 /* of interrupt, non-specific */

static uint64_t ticks;
static bool running;

static void init_pic(uint16_t port, uint8_t vector, uint8_t cascade, uint8_t mask)
{
	cpu_out8(port, PIC_INIT);
	cpu_out8(port + 1, vector);
	cpu_out8(port + 1, cascade);
	cpu_out8(port + 1, PIC_8086);
	cpu_out8(port + 1, mask);
}

void timer_init(void)
{
	init_pic(PIC_MASTER, TRAP_INTERRUPTS, 0x04, 0xff & ~(1u << TIMER_LINE));
	init_pic(PIC_SLAVE, TRAP_INTERRUPTS + 8, 0x02, 0xff);
	cpu_out8(PIT_COMMAND, PIT_ONCE);
}

void timer_run(void)
{
	if (running)
		return;
	running = true;
	cpu_out8(PIT_CHANNEL0, PIT_COUNT & 0xff);
	cpu_out8(PIT_CHANNEL0, PIT_COUNT >> 8);
}

void timer_acknowledge(unsigned line)
{
	if (line != TIMER_LINE)
		return; /* spurious: nothing is in service */
	ticks++;
	running = false;
	cpu_out8(PIC_MASTER, PIC_END);
}

uint64_t machine_ticks(void)
{
	return ticks;
}

uint64_t machine_time(void)
{
	return cpu_time_stamp();
}
