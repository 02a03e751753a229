/*
 * request.h: what a running machine may be asked: one JSON object a line, and the same as words.
 *
 *   {"command": "arm", "range": "gpa:0x200000+4096", "keeper": "log:memory", "id": 7}
 *   arm gpa:0x200000+4096=log:memory
 *
 * docs/control.md describes it. Nothing is known here of machines: whether a range exists is found out later.
 */
#ifndef VMM_CONTROL_REQUEST_H
#define VMM_CONTROL_REQUEST_H

#include "vmm/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define REQUEST_LINE 4096 /* bytes of a line, its newline too */
#define REQUEST_TEXT 507 /* of one string; as much as a mark may have, and a zero */

enum command {
	COMMAND_STATUS,
	COMMAND_PAUSE,
	COMMAND_RESUME,
	COMMAND_REGISTERS,
	COMMAND_LIST,
	COMMAND_ARM,
	COMMAND_DISARM,
	COMMAND_MARK,
	COMMAND_QUIT,
	COMMANDS,
};

/* Strings live as long as the object it was made from. */
struct request {
	enum command command;
	bool has_vcpu;
	unsigned vcpu;
	const char *range, *keeper, *text; /* NULL where the command has none */
};

const char *command_name(enum command command);

/* The JSON object of a line without its newline, which may hold anything; json_decref() it. NULL with *e filled. */
json_t *request_read(const char *line, size_t size, struct error *e);

/* What an object asks for. 0, or -1 with *e naming what is wrong. */
int request_parse(const json_t *object, struct request *out, struct error *e);

/* The object of a command and its words; json_decref() it. NULL with *e filled. */
json_t *request_of_words(int nwords, char *const *words, struct error *e);

/* "  arm RANGE=KEEPER [VCPU]   meaning", a line each. */
void request_help(FILE *out);

#endif
