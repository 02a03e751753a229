/*
 * shadow.h: what each traced byte must hold, as far as the records so far say it.
 *
 * Bytes are followed from where they are armed to where they are disarmed. Memory is bounded: pages
 * beyond the limit are not followed, and counted.
 */
#ifndef VMM_TRACE_READ_SHADOW_H
#define VMM_TRACE_READ_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHADOW_PAGES 32768

struct shadow;

/* NULL: no memory. */
struct shadow *shadow_new(void);
void shadow_free(struct shadow *s);

/* [gpa, gpa+count) is followed from here on; nbytes of it (at most count) are known, and set by record `sequence`. */
void shadow_arm(struct shadow *s, uint64_t gpa, uint64_t count, const uint8_t *bytes, size_t nbytes, uint64_t sequence);

/* They are not followed any more; all of them. */
void shadow_disarm(struct shadow *s, uint64_t gpa, uint64_t count);
void shadow_clear(struct shadow *s);

/* They are followed, but what they hold is not known any more. */
void shadow_forget(struct shadow *s, uint64_t gpa, uint64_t count);
void shadow_forget_all(struct shadow *s);

struct shadow_byte {
	uint8_t value;
	uint64_t sequence; /* of the record that said so, or of a later one that touched its neighbours */
};

/* False: it is not followed, or not known. */
bool shadow_get(const struct shadow *s, uint64_t gpa, struct shadow_byte *out);

/* What is followed of these bytes is known now. */
void shadow_set(struct shadow *s, uint64_t gpa, const uint8_t *bytes, size_t n, uint64_t sequence);

/* Pages followed; and how many were not for want of room. */
size_t shadow_pages(const struct shadow *s);
uint64_t shadow_spilled(const struct shadow *s);

#endif
