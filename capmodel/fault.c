/* fault.c: one row per architectural exception. */
#include "capmodel/fault.h"

#include <stdio.h>
#include <strings.h>

static const struct {
	char name[3];
	bool has_error;
} exceptions[FAULT_VECTORS] = {
	[0] = {"DE", false},  [1] = {"DB", false},  [3] = {"BP", false},  [4] = {"OF", false},  [5] = {"BR", false},
	[6] = {"UD", false},  [7] = {"NM", false},  [8] = {"DF", true},   [10] = {"TS", true},  [11] = {"NP", true},
	[12] = {"SS", true},  [13] = {"GP", true},  [14] = {"PF", true},  [16] = {"MF", false}, [17] = {"AC", true},
	[18] = {"MC", false}, [19] = {"XM", false}, [20] = {"VE", false}, [21] = {"CP", true},
};

bool fault_vector_ok(uint64_t vector)
{
	return vector < FAULT_VECTORS && vector != 2;
}

bool fault_vector_has_error(uint8_t vector)
{
	return vector < FAULT_VECTORS && exceptions[vector].has_error;
}

bool fault_by_name(const char *name, uint8_t *vector)
{
	for (unsigned v = 0; v < FAULT_VECTORS; v++) {
		if (exceptions[v].name[0] && strcasecmp(exceptions[v].name, name) == 0) {
			*vector = (uint8_t)v;
			return true;
		}
	}
	return false;
}

void fault_text(const struct fault *fault, char text[FAULT_TEXT])
{
	char name[8];

	if (fault->vector < FAULT_VECTORS && exceptions[fault->vector].name[0])
		snprintf(name, sizeof(name), "%s", exceptions[fault->vector].name);
	else
		snprintf(name, sizeof(name), "%u", fault->vector);
	if (!fault->has_error)
		snprintf(text, FAULT_TEXT, "#%s", name);
	else if (fault->error == FAULT_PF_AUTO)
		snprintf(text, FAULT_TEXT, "#%s(auto)", name);
	else
		snprintf(text, FAULT_TEXT, fault->error ? "#%s(0x%x)" : "#%s(%x)", name, fault->error);
}
