#include "vmm/device/uart.h"

#define MSR_LINES (UART_MSR_CTS | UART_MSR_DSR | UART_MSR_RI | UART_MSR_DCD)
#define DIVISOR_9600 12

static bool fifo_enabled(const struct uart *u)
{
	return u->fcr & UART_FCR_ENABLE;
}

/* Received bytes that raise "data available" (FCR bits 7:6). */
static unsigned trigger_level(const struct uart *u)
{
	static const uint8_t levels[] = {1, 4, 8, 14};

	return fifo_enabled(u) ? levels[u->fcr >> 6] : 1;
}

/* The pending source of highest priority, as IIR shows it. */
static uint8_t pending_source(const struct uart *u)
{
	if ((u->ier & UART_IER_LINE) && u->overrun)
		return UART_IIR_LINE;
	if ((u->ier & UART_IER_RX) && u->count)
		return u->count >= trigger_level(u) ? UART_IIR_RX : UART_IIR_TIMEOUT;
	if ((u->ier & UART_IER_THRE) && u->thre_pending)
		return UART_IIR_THRE;
	if ((u->ier & UART_IER_MODEM) && (u->msr & ~MSR_LINES))
		return UART_IIR_MODEM;
	return UART_IIR_NONE;
}

/* On a PC the interrupt passes a gate that OUT2 opens; loopback takes OUT2's pin away. */
static void update_irq(struct uart *u)
{
	bool open = (u->mcr & UART_MCR_OUT2) && !(u->mcr & UART_MCR_LOOP);
	bool level = open && pending_source(u) != UART_IIR_NONE;

	if (level == u->level)
		return;
	u->level = level;
	u->host.irq(u->host.self, level);
}

/* The modem's lines now: the connected other end, or in loopback our own outputs. */
static uint8_t modem_lines(uint8_t mcr)
{
	if (!(mcr & UART_MCR_LOOP))
		return UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD;
	return (uint8_t)((mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) | (mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
			 (mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) | (mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0));
}

static void write_mcr(struct uart *u, uint8_t value)
{
	uint8_t lines, changed;

	u->mcr = value & 0x1f;
	lines = modem_lines(u->mcr);
	changed = (uint8_t)((u->msr ^ lines) & MSR_LINES);
	u->msr = (uint8_t)(lines | (u->msr & ~MSR_LINES));
	u->msr |= (uint8_t)((changed & (UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD)) >> 4);
	if ((changed & UART_MSR_RI) && !(lines & UART_MSR_RI))
		u->msr |= UART_MSR_TERI; /* only the trailing edge of RI is told */
}

static void write_fcr(struct uart *u, uint8_t value)
{
	bool toggled = (u->fcr ^ value) & UART_FCR_ENABLE;

	if (toggled || ((value & UART_FCR_ENABLE) && (value & UART_FCR_CLEAR_RX)))
		u->count = 0;
	u->fcr = value & UART_FCR_ENABLE ? value & (0xc0 | UART_FCR_ENABLE) : 0;
}

static void take_byte(struct uart *u, uint8_t byte)
{
	unsigned size = fifo_enabled(u) ? UART_FIFO_SIZE : 1;

	if (u->count == size) {
		u->overrun = true;
		if (!fifo_enabled(u))
			u->fifo[u->head] = byte; /* the holding register is overwritten, a FIFO is not */
		return;
	}
	u->fifo[(u->head + u->count++) % UART_FIFO_SIZE] = byte;
}

static void write_data(struct uart *u, uint8_t value)
{
	if (u->mcr & UART_MCR_LOOP)
		take_byte(u, value);
	else
		u->host.transmit(u->host.self, value);
	u->thre_pending = true;
}

static uint8_t read_data(struct uart *u)
{
	if (u->count) {
		u->last = u->fifo[u->head];
		u->head = (u->head + 1) % UART_FIFO_SIZE;
		u->count--;
	}
	return u->last;
}

/* Reading IIR acknowledges THRE, if that is what it shows. */
static uint8_t read_iir(struct uart *u)
{
	uint8_t source = pending_source(u);

	if (source == UART_IIR_THRE)
		u->thre_pending = false;
	return source | (fifo_enabled(u) ? UART_IIR_FIFO : 0);
}

static uint8_t read_lsr(struct uart *u)
{
	uint8_t lsr = UART_LSR_THRE | UART_LSR_TEMT;

	lsr |= u->count ? UART_LSR_DR : 0;
	lsr |= u->overrun ? UART_LSR_OE : 0;
	u->overrun = false;
	return lsr;
}

static uint8_t read_msr(struct uart *u)
{
	uint8_t msr = u->msr;

	u->msr &= MSR_LINES;
	return msr;
}

static uint8_t read_register(struct uart *u, uint16_t offset)
{
	bool dlab = u->lcr & UART_LCR_DLAB;

	switch (offset) {
	case UART_DATA:
		return dlab ? (uint8_t)u->divisor : read_data(u);
	case UART_IER:
		return dlab ? (uint8_t)(u->divisor >> 8) : u->ier;
	case UART_IIR:
		return read_iir(u);
	case UART_LCR:
		return u->lcr;
	case UART_MCR:
		return u->mcr;
	case UART_LSR:
		return read_lsr(u);
	case UART_MSR:
		return read_msr(u);
	default:
		return u->scr;
	}
}

static void write_ier(struct uart *u, uint8_t value)
{
	value &= 0x0f;
	if (value & ~u->ier & UART_IER_THRE)
		u->thre_pending = true; /* the transmitter is empty: say so to who begins to listen */
	u->ier = value;
}

static void write_register(struct uart *u, uint16_t offset, uint8_t value)
{
	bool dlab = u->lcr & UART_LCR_DLAB;

	switch (offset) {
	case UART_DATA:
		if (dlab)
			u->divisor = (uint16_t)((u->divisor & 0xff00) | value);
		else
			write_data(u, value);
		break;
	case UART_IER:
		if (dlab)
			u->divisor = (uint16_t)((u->divisor & 0xff) | value << 8);
		else
			write_ier(u, value);
		break;
	case UART_IIR:
		write_fcr(u, value);
		break;
	case UART_LCR:
		u->lcr = value;
		break;
	case UART_MCR:
		write_mcr(u, value);
		break;
	case UART_SCR:
		u->scr = value;
		break;
	default: /* LSR and MSR: written in the factory's tests only */
		break;
	}
}

void uart_init(struct uart *u, const struct uart_host *host)
{
	*u = (struct uart){.host = *host, .divisor = DIVISOR_9600, .msr = modem_lines(0)};
}

uint8_t uart_in(struct uart *u, uint16_t offset)
{
	uint8_t value = read_register(u, offset);

	update_irq(u);
	return value;
}

void uart_out(struct uart *u, uint16_t offset, uint8_t value)
{
	write_register(u, offset, value);
	update_irq(u);
}

unsigned uart_room(const struct uart *u)
{
	if (u->mcr & UART_MCR_LOOP)
		return 0;
	return (fifo_enabled(u) ? UART_FIFO_SIZE : 1) - u->count;
}

void uart_receive(struct uart *u, uint8_t byte)
{
	if (!(u->mcr & UART_MCR_LOOP))
		take_byte(u, byte);
	update_irq(u);
}

uint32_t uart_port_in(void *self, uint16_t offset, unsigned size)
{
	(void)size;
	return uart_in(self, offset);
}

void uart_port_out(void *self, uint16_t offset, unsigned size, uint32_t value)
{
	(void)size;
	uart_out(self, offset, (uint8_t)value);
}
