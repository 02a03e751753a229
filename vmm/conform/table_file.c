#include "vmm/conform/table_file.h"

#include <errno.h>
#include <string.h>

FILE *table_file_open(const char *path, struct error *e)
{
	FILE *file = fopen(path, "re");

	if (!file)
		error_set(e, STATUS_INPUT, "%s: %s", path, strerror(errno));
	return file;
}

const char *table_file_value(const char *line, const char *key)
{
	size_t n = strlen(key);

	return strncmp(line, "# ", 2) == 0 && strncmp(line + 2, key, n) == 0 && line[2 + n] == ' ' ? line + 3 + n
												   : NULL;
}

bool table_file_find(FILE *file, const char *key, char line[TABLE_LINE])
{
	rewind(file);
	while (fgets(line, TABLE_LINE, file) && line[0] == '#') {
		if (table_file_value(line, key)) {
			line[strcspn(line, "\n")] = '\0';
			return true;
		}
	}
	return false;
}

unsigned table_file_split(char *line, char **fields, unsigned n)
{
	unsigned found = 0;

	while (found < n) {
		fields[found++] = line;
		line = strchr(line, '\t');
		if (!line)
			break;
		*line++ = '\0';
	}
	return found;
}

int table_file_next(FILE *file, const char *path, char line[TABLE_LINE], char *fields[TABLE_FIELDS], struct error *e)
{
	while (fgets(line, TABLE_LINE, file)) {
		if (line[0] == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (table_file_split(line, fields, TABLE_FIELDS) == TABLE_FIELDS)
			return 1;
		return error_set(e, STATUS_INPUT, "%s: not %u fields in the line of \"%.60s\"", path, TABLE_FIELDS,
				 line);
	}
	return 0;
}
