#include "vmm/trace/file/foot.h"

#include <stdlib.h>
#include <string.h>

int index_init(struct index *index)
{
	*index = (struct index){.step = 1};
	index->entries = calloc(FOOT_INDEX_MAX, sizeof(*index->entries));
	return index->entries ? 0 : -1;
}

void index_free(struct index *index)
{
	free(index->entries);
	*index = (struct index){.step = 1};
}

void index_add(struct index *index, const struct index_entry *entry)
{
	if (index->skipped) {
		index->skipped--;
		return;
	}
	if (index->count == FOOT_INDEX_MAX) {
		for (unsigned i = 0; i < FOOT_INDEX_MAX / 2; i++)
			index->entries[i] = index->entries[2 * i];
		index->count /= 2;
		index->step *= 2;
	}
	index->entries[index->count++] = *entry;
	index->skipped = index->step - 1;
}

const struct index_entry *index_find(const struct index *index, uint64_t sequence)
{
	unsigned low = 0, high = index->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (index->entries[middle].sequence <= sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &index->entries[low - 1] : NULL;
}
