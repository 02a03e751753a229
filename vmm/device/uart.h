/*
 * uart.h: a 16550A serial port, as its registers tell it.
 *
 * Transmission takes no time, so the transmitter is always empty; a received
 * byte is told at once, as if the character timeout had passed. The modem lines
 * say that somebody is connected. No lock and no file: bytes go to the host and
 * come from uart_receive().
 * Source: PC16550D data sheet, "Registers", "Interrupt Identification Register".
 */
#ifndef VMM_DEVICE_UART_H
#define VMM_DEVICE_UART_H

#include <stdbool.h>
#include <stdint.h>

#define UART_FIFO_SIZE 16
#define UART_REGISTERS 8

/* Offsets from the base port. */
#define UART_DATA 0 /* RBR, THR; divisor's low byte with LCR.DLAB */
#define UART_IER 1 /* divisor's high byte with LCR.DLAB */
#define UART_IIR 2 /* FCR when written */
#define UART_LCR 3
#define UART_MCR 4
#define UART_LSR 5
#define UART_MSR 6
#define UART_SCR 7

#define UART_IER_RX 0x01
#define UART_IER_THRE 0x02
#define UART_IER_LINE 0x04
#define UART_IER_MODEM 0x08

#define UART_IIR_MODEM 0x00
#define UART_IIR_NONE 0x01
#define UART_IIR_THRE 0x02
#define UART_IIR_RX 0x04
#define UART_IIR_LINE 0x06
#define UART_IIR_TIMEOUT 0x0c
#define UART_IIR_FIFO 0xc0

#define UART_FCR_ENABLE 0x01
#define UART_FCR_CLEAR_RX 0x02

#define UART_LCR_DLAB 0x80

#define UART_MCR_DTR 0x01
#define UART_MCR_RTS 0x02
#define UART_MCR_OUT1 0x04
#define UART_MCR_OUT2 0x08 /* on a PC: lets the interrupt through */
#define UART_MCR_LOOP 0x10

#define UART_LSR_DR 0x01
#define UART_LSR_OE 0x02
#define UART_LSR_THRE 0x20
#define UART_LSR_TEMT 0x40

#define UART_MSR_DCTS 0x01
#define UART_MSR_DDSR 0x02
#define UART_MSR_TERI 0x04
#define UART_MSR_DDCD 0x08
#define UART_MSR_CTS 0x10
#define UART_MSR_DSR 0x20
#define UART_MSR_RI 0x40
#define UART_MSR_DCD 0x80

struct uart_host {
	void *self;
	void (*irq)(void *self, bool level); /* only when it changes */
	void (*transmit)(void *self, uint8_t byte);
};

struct uart {
	struct uart_host host;
	uint8_t ier, fcr, lcr, mcr, msr, scr;
	uint16_t divisor;
	bool overrun; /* LSR.OE */
	bool thre_pending; /* the transmitter became empty and nobody was told */
	bool level; /* of the interrupt line */
	uint8_t last; /* RBR once nothing is left */
	unsigned head, count;
	uint8_t fifo[UART_FIFO_SIZE]; /* received, not read */
};

void uart_init(struct uart *u, const struct uart_host *host);

/* offset is below UART_REGISTERS. */
uint8_t uart_in(struct uart *u, uint16_t offset);
void uart_out(struct uart *u, uint16_t offset, uint8_t value);

/* So many bytes can be received without an overrun; none in loopback, when the line is cut. */
unsigned uart_room(const struct uart *u);

/* A byte from the line. Without room it is lost, and LSR.OE says so. */
void uart_receive(struct uart *u, uint8_t byte);

/* As in bus.h, with a struct uart. */
uint32_t uart_port_in(void *self, uint16_t offset, unsigned size);
void uart_port_out(void *self, uint16_t offset, unsigned size, uint32_t value);

#endif
