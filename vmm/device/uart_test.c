#include "vmm/device/uart.h"

#include "tests/check.h"

struct line {
	unsigned raised, lowered;
	bool level;
	unsigned nsent;
	uint8_t sent[64];
};

static void line_irq(void *self, bool level)
{
	struct line *l = self;

	CHECK_AT(level != l->level, "told the same level twice");
	l->level = level;
	l->raised += level;
	l->lowered += !level;
}

static void line_transmit(void *self, uint8_t byte)
{
	struct line *l = self;

	if (l->nsent < sizeof(l->sent))
		l->sent[l->nsent++] = byte;
}

static void start(struct uart *u, struct line *l)
{
	*l = (struct line){0};
	uart_init(u, &(struct uart_host){l, line_irq, line_transmit});
}

/* One exchange with a register: what is written, or what must be read. */
struct exchange {
	const char *name;
	char way; /* 'w' or 'r' */
	uint16_t offset;
	uint8_t value;
};

static void converse(struct uart *u, const struct exchange *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		check_row = list[i].name;
		if (list[i].way == 'w')
			uart_out(u, list[i].offset, list[i].value);
		else
			CHECK_EQ(uart_in(u, list[i].offset), list[i].value);
	}
	check_row = "";
}

#define CONVERSE(u, list) converse(u, list, sizeof(list) / sizeof((list)[0]))

/* What an operating system asks to find out that this is a 16550A and no relative of it. */
static void autodetection(void)
{
	static const struct exchange list[] = {
		{"IER can be cleared", 'w', UART_IER, 0},
		{"IER reads 0", 'r', UART_IER, 0},
		{"IER all ones", 'w', UART_IER, 0xff},
		{"IER has four bits", 'r', UART_IER, 0x0f},
		{"IER off", 'w', UART_IER, 0},
		{"loopback RTS OUT2", 'w', UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS},
		{"CTS and DCD, changes of DSR told", 'r', UART_MSR, UART_MSR_DCD | UART_MSR_CTS | UART_MSR_DDSR},
		{"changes told once", 'r', UART_MSR, UART_MSR_DCD | UART_MSR_CTS},
		{"loopback off", 'w', UART_MCR, 0},
		{"MCR off", 'r', UART_MCR, 0},
		{"no FIFO yet", 'r', UART_IIR, UART_IIR_NONE},
		{"FIFO on", 'w', UART_IIR, UART_FCR_ENABLE},
		{"16550A: both FIFO bits", 'r', UART_IIR, UART_IIR_FIFO | UART_IIR_NONE},
		{"DLAB", 'w', UART_LCR, UART_LCR_DLAB},
		{"no EFR: IIR stays", 'r', UART_IIR, UART_IIR_FIFO | UART_IIR_NONE},
		{"EFR page of others", 'w', UART_LCR, 0xbf},
		{"no EFR there either", 'r', UART_IIR, UART_IIR_FIFO | UART_IIR_NONE},
		{"64-byte FIFO of others", 'w', UART_IIR, UART_FCR_ENABLE | 0x20},
		{"has none", 'r', UART_IIR, UART_IIR_FIFO | UART_IIR_NONE},
		{"8n1", 'w', UART_LCR, 0x03},
		{"LCR", 'r', UART_LCR, 0x03},
		{"UUE of others", 'w', UART_IER, 0x40},
		{"has none", 'r', UART_IER, 0},
		{"scratch", 'w', UART_SCR, 0xa5},
		{"scratch holds", 'r', UART_SCR, 0xa5},
		{"FIFO off", 'w', UART_IIR, 0},
		{"FIFO bits off", 'r', UART_IIR, UART_IIR_NONE},
		{"MCR has five bits", 'w', UART_MCR, 0xef},
		{"MCR", 'r', UART_MCR, 0x0f},
	};
	struct uart u;
	struct line l;

	start(&u, &l);
	CONVERSE(&u, list);
	CHECK_EQ(l.nsent, 0);
	CHECK_EQ(l.raised, 0); /* OUT2 was closed while IER was on */
}

static void divisor_latch(void)
{
	static const struct exchange list[] = {
		{"DLAB", 'w', UART_LCR, UART_LCR_DLAB | 3},
		{"low", 'w', UART_DATA, 0x34},
		{"high", 'w', UART_IER, 0x12},
		{"low", 'r', UART_DATA, 0x34},
		{"high", 'r', UART_IER, 0x12},
		{"no DLAB", 'w', UART_LCR, 3},
		{"IER is apart", 'r', UART_IER, 0},
		{"nothing received", 'r', UART_DATA, 0},
		{"line is idle", 'r', UART_LSR, UART_LSR_THRE | UART_LSR_TEMT},
		{"DLAB", 'w', UART_LCR, UART_LCR_DLAB},
		{"kept", 'r', UART_DATA, 0x34},
	};
	struct uart u;
	struct line l;

	start(&u, &l);
	CONVERSE(&u, list);
	CHECK_EQ(l.nsent, 0);
}

static void transmit_interrupt(void)
{
	struct uart u;
	struct line l;

	start(&u, &l);
	uart_out(&u, UART_MCR, UART_MCR_OUT2);
	uart_out(&u, UART_DATA, 'a');
	CHECK_EQ(l.level, false); /* not asked for */
	uart_out(&u, UART_IER, UART_IER_THRE);
	CHECK_EQ(l.level, true); /* empty when asked for: told */
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_THRE, UART_LSR_THRE);
	CHECK_EQ(l.level, true); /* LSR acknowledges nothing of it */
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_THRE);
	CHECK_EQ(l.level, false); /* IIR does */
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_NONE);
	uart_out(&u, UART_DATA, 'b');
	CHECK_EQ(l.level, true); /* a new edge */
	uart_out(&u, UART_IER, 0);
	CHECK_EQ(l.level, false);
	uart_out(&u, UART_IER, UART_IER_THRE);
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_THRE);
	uart_out(&u, UART_IER, UART_IER_THRE);
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_NONE); /* no change of the enable bit, nothing new */
	CHECK_EQ(l.nsent, 2);
	CHECK_EQ(l.sent[0], 'a');
	CHECK_EQ(l.sent[1], 'b');
}

static void receive_interrupt(void)
{
	struct uart u;
	struct line l;

	start(&u, &l);
	uart_out(&u, UART_IIR, UART_FCR_ENABLE | 0x40); /* trigger at 4 */
	uart_out(&u, UART_IER, UART_IER_RX);
	uart_receive(&u, 'a');
	CHECK_EQ(l.level, false); /* OUT2 is closed */
	uart_out(&u, UART_MCR, UART_MCR_OUT2);
	CHECK_EQ(l.level, true);
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_FIFO | UART_IIR_TIMEOUT);
	for (unsigned i = 1; i < 4; i++)
		uart_receive(&u, (uint8_t)('a' + i));
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_FIFO | UART_IIR_RX);
	CHECK_EQ(uart_in(&u, UART_LSR), UART_LSR_DR | UART_LSR_THRE | UART_LSR_TEMT);
	for (unsigned i = 0; i < 4; i++) {
		CHECK_EQ(l.level, true);
		CHECK_EQ(uart_in(&u, UART_DATA), 'a' + i);
	}
	CHECK_EQ(l.level, false);
	CHECK_EQ(l.raised, 1);
	CHECK_EQ(uart_in(&u, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
	CHECK_EQ(uart_in(&u, UART_DATA), 'd'); /* the register holds what it held */
}

/* Line status before data before transmitter before modem. */
static void priorities(void)
{
	struct uart u;
	struct line l;

	start(&u, &l);
	uart_out(&u, UART_MCR, UART_MCR_LOOP);
	uart_out(&u, UART_MCR, UART_MCR_OUT2);
	uart_out(&u, UART_IER, 0x0f);
	uart_receive(&u, 'a');
	uart_receive(&u, 'b'); /* no FIFO: overrun */
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_LINE);
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_LINE);
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_OE, UART_LSR_OE);
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_RX);
	CHECK_EQ(uart_in(&u, UART_DATA), 'b'); /* the later one is in the holding register */
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_THRE);
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_MODEM);
	CHECK_EQ(l.level, true);
	CHECK_EQ(uart_in(&u, UART_MSR) & 0x0f, UART_MSR_DCTS | UART_MSR_DDSR | UART_MSR_DDCD);
	CHECK_EQ(uart_in(&u, UART_IIR), UART_IIR_NONE);
	CHECK_EQ(l.level, false);
	CHECK_EQ(l.raised, 1);
}

static void fifo_overflow(void)
{
	struct uart u;
	struct line l;

	start(&u, &l);
	CHECK_EQ(uart_room(&u), 1);
	uart_out(&u, UART_IIR, UART_FCR_ENABLE);
	CHECK_EQ(uart_room(&u), UART_FIFO_SIZE);
	for (unsigned i = 0; i < UART_FIFO_SIZE; i++)
		uart_receive(&u, (uint8_t)i);
	CHECK_EQ(uart_room(&u), 0);
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_OE, 0);
	uart_receive(&u, 0xee);
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_OE, UART_LSR_OE);
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_OE, 0); /* told once */
	for (unsigned i = 0; i < UART_FIFO_SIZE; i++)
		CHECK_EQ(uart_in(&u, UART_DATA), i); /* what was in the FIFO is unharmed */
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_DR, 0);
	uart_receive(&u, 1);
	uart_out(&u, UART_IIR, UART_FCR_ENABLE | UART_FCR_CLEAR_RX);
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_DR, 0);
	uart_receive(&u, 2);
	uart_out(&u, UART_IIR, 0); /* switching clears too */
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_DR, 0);
}

static void loopback(void)
{
	struct uart u;
	struct line l;

	start(&u, &l);
	uart_out(&u, UART_IIR, UART_FCR_ENABLE);
	uart_out(&u, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2);
	CHECK_EQ(uart_room(&u), 0);
	uart_receive(&u, 'x'); /* the line is cut */
	CHECK_EQ(uart_in(&u, UART_LSR) & UART_LSR_DR, 0);
	uart_out(&u, UART_IER, UART_IER_RX);
	uart_out(&u, UART_DATA, 0xae);
	CHECK_EQ(l.nsent, 0);
	CHECK_EQ(uart_in(&u, UART_IIR) & 0x0f, UART_IIR_RX);
	CHECK_EQ(l.level, false); /* OUT2's pin is inactive in loopback */
	CHECK_EQ(uart_in(&u, UART_DATA), 0xae);
	uart_out(&u, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1);
	(void)uart_in(&u, UART_MSR);
	uart_out(&u, UART_MCR, UART_MCR_LOOP);
	CHECK_EQ(uart_in(&u, UART_MSR), UART_MSR_TERI);
	uart_out(&u, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1);
	CHECK_EQ(uart_in(&u, UART_MSR), UART_MSR_RI); /* the leading edge is not told */
}

CHECK_MAIN(CHECK_TEST(autodetection), CHECK_TEST(divisor_latch), CHECK_TEST(transmit_interrupt),
	   CHECK_TEST(receive_interrupt), CHECK_TEST(priorities), CHECK_TEST(fifo_overflow), CHECK_TEST(loopback))
