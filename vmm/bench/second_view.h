/*
 * second_view.h: what a private step would cost in a second VM, whose view of the memory has every page open.
 *
 * Not a way to run anything: it moves the state of a vCPU there, steps one instruction, and moves it back, as the
 * alternative of docs/adr/0009-one-table.md would have to. What that moves and this does not (the local APIC, MSRs that
 * nobody has named) would come on top.
 */
#ifndef VMM_BENCH_SECOND_VIEW_H
#define VMM_BENCH_SECOND_VIEW_H

#include "vmm/error.h"

struct second_view {
	double make_ns; /* the second VM and its vCPU, once */
	double move_ns; /* median: the state there, and back */
	double step_ns; /* median: the instruction, single-stepped there */
	double open_ns; /* median: instead, open and close a page of the first view, nobody held, and step it there */
};

/* 0, or -1 with *e filled. */
int second_view_measure(struct second_view *out, struct error *e);

#endif
