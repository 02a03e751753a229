#include "vmm/trace/file/foot.h"

#include "vmm/trace/file/bytes.h"

#include <stdlib.h>

static uint8_t *put_string(uint8_t *at, const char *string)
{
	size_t size = strlen(string);

	at = bytes_put_varint(at, size);
	memcpy(at, string, size);
	return at + size;
}

uint8_t *head_payload(const struct trace_field *fields, unsigned count, size_t *size)
{
	size_t room = VARINT_MAX;
	uint8_t *payload, *at;

	for (unsigned i = 0; i < count; i++)
		room += strlen(fields[i].name) + strlen(fields[i].value) + 2 * (size_t)VARINT_MAX;
	payload = count <= FOOT_FIELDS_MAX ? malloc(room) : NULL;
	if (!payload)
		return NULL;
	at = bytes_put_varint(payload, count);
	for (unsigned i = 0; i < count; i++)
		at = put_string(put_string(at, fields[i].name), fields[i].value);
	*size = (size_t)(at - payload);
	return payload;
}

static uint8_t *put_index(uint8_t *at, const struct index *index)
{
	struct index_entry last = {0};

	at = bytes_put_varint(at, index->count);
	for (unsigned i = 0; i < index->count; i++) {
		const struct index_entry *entry = &index->entries[i];

		at = bytes_put_varint(at, entry->offset - last.offset);
		at = bytes_put_varint(at, entry->sequence - last.sequence);
		at = bytes_put_varint(at, bytes_zigzag(entry->tsc - last.tsc));
		at = bytes_put64(at, entry->hash);
		last = *entry;
	}
	return at;
}

_Static_assert(FOOT_ENTRY_MAX == 3 * VARINT_MAX + 8, "as put_index() has it");

uint8_t *foot_payload(const struct trace_counter *counters, unsigned count, const struct index *index, size_t *size)
{
	size_t room = 2 * VARINT_MAX + (size_t)index->count * FOOT_ENTRY_MAX;
	uint8_t *payload, *at;

	for (unsigned i = 0; i < count; i++)
		room += strlen(counters[i].name) + 2 * (size_t)VARINT_MAX;
	payload = count <= FOOT_FIELDS_MAX ? malloc(room) : NULL;
	if (!payload)
		return NULL;
	at = bytes_put_varint(payload, count);
	for (unsigned i = 0; i < count; i++)
		at = bytes_put_varint(put_string(at, counters[i].name), counters[i].value);
	at = put_index(at, index);
	*size = (size_t)(at - payload);
	return payload;
}

/* --- reading ------------------------------------------------------------------ */

/* A string of the payload, ended by 0, into *room, which moves on. NULL: there is none. */
static const char *take_string(struct bytes_in *in, char **room)
{
	uint64_t size = bytes_take_varint(in);
	const uint8_t *from = bytes_take(in, size);
	char *string = *room;

	if (!from || memchr(from, 0, size)) {
		in->bad = true;
		return NULL;
	}
	memcpy(string, from, size);
	string[size] = 0;
	*room += size + 1;
	return string;
}

/* How many names; strings and their ends together are at most the payload's size and one for each. */
static const char *named_init(struct bytes_in *in, struct named *named)
{
	uint64_t count = bytes_take_varint(in);

	*named = (struct named){0};
	if (in->bad || count > FOOT_FIELDS_MAX)
		return "more names than there are";
	named->text = malloc(bytes_left(in) + 2 * FOOT_FIELDS_MAX + 1);
	named->fields = calloc(count + 1, sizeof(*named->fields));
	named->counters = calloc(count + 1, sizeof(*named->counters));
	if (!named->text || !named->fields || !named->counters) {
		named_free(named);
		return "no memory";
	}
	named->count = (unsigned)count;
	return NULL;
}

void named_free(struct named *named)
{
	free(named->text);
	free(named->fields);
	free(named->counters);
	*named = (struct named){0};
}

const char *head_read(const uint8_t *payload, size_t size, struct named *head)
{
	struct bytes_in in = {.at = payload, .end = payload + size};
	struct named named;
	const char *why = named_init(&in, &named);
	char *room = named.text;

	if (why)
		return why;
	for (unsigned i = 0; i < named.count && !in.bad; i++) {
		named.fields[i].name = take_string(&in, &room);
		named.fields[i].value = in.bad ? NULL : take_string(&in, &room);
	}
	if (in.bad || bytes_left(&in)) {
		named_free(&named);
		return "a field that is no name and value";
	}
	*head = named;
	return NULL;
}

static const char *read_index(struct bytes_in *in, struct index *index)
{
	uint64_t count = bytes_take_varint(in);
	struct index_entry entry = {0};

	if (count > FOOT_INDEX_MAX)
		return "an index of more frames than there can be";
	for (uint64_t i = 0; i < count && !in->bad; i++) {
		uint64_t offset = bytes_take_varint(in), sequence = bytes_take_varint(in);

		if (!offset || (i && !sequence) || entry.offset + offset < offset ||
		    entry.sequence + sequence < sequence)
			in->bad = true;
		entry.offset += offset;
		entry.sequence += sequence;
		entry.tsc += bytes_unzigzag(bytes_take_varint(in));
		entry.hash = bytes_take64(in);
		index_add(index, &entry);
	}
	return in->bad || bytes_left(in) ? "an index that is none" : NULL;
}

const char *foot_read(const uint8_t *payload, size_t size, struct named *foot, struct index *index)
{
	struct bytes_in in = {.at = payload, .end = payload + size};
	struct index found;
	struct named named;
	const char *why = named_init(&in, &named);
	char *room = named.text;

	if (why)
		return why;
	for (unsigned i = 0; i < named.count && !in.bad; i++) {
		named.counters[i].name = take_string(&in, &room);
		named.counters[i].value = bytes_take_varint(&in);
	}
	if (in.bad)
		why = "a counter that is no name and number";
	else
		why = index_init(&found) < 0 ? "no memory" : NULL;
	if (why) {
		named_free(&named);
		return why;
	}
	why = read_index(&in, &found);
	if (why) {
		named_free(&named);
		index_free(&found);
		return why;
	}
	*foot = named;
	*index = found;
	return NULL;
}
