/* The manual page knows every option and every verb, and no others. */
#include "tests/check.h"
#include "vmm/cli/option_table.h"
#include "vmm/cli/verbs.h"

#include <stdlib.h>

#define PAGE "docs/lodestore.1"
#define OPTION_ITEM ".It Fl \\-"

struct page {
	char text[1 << 16];
};

static bool page_read(struct page *page)
{
	FILE *file = fopen(PAGE, "r");
	size_t size;

	if (!file)
		return false;
	size = fread(page->text, 1, sizeof(page->text) - 1, file);
	page->text[size] = '\0';
	fclose(file);
	return size > 0 && size < sizeof(page->text) - 1;
}

/* Is there an item that starts so, at a line's beginning and up to a word's end? */
static bool has_item(const struct page *page, const char *item)
{
	const char *at = page->text;

	while ((at = strstr(at, item)) != NULL) {
		char next = at[strlen(item)];

		if ((at == page->text || at[-1] == '\n') && (next == ' ' || next == '\n'))
			return true;
		at++;
	}
	return false;
}

static void every_option(void)
{
	struct page page;
	unsigned count;
	const struct option_row *rows = option_rows(&count);

	CHECK(page_read(&page));
	for (unsigned i = 0; i < count; i++) {
		char item[64];

		check_row = rows[i].name;
		if (rows[i].place == PLACE_OPERAND)
			snprintf(item, sizeof(item), ".It Ar %s", rows[i].value);
		else
			snprintf(item, sizeof(item), OPTION_ITEM "%s", rows[i].name);
		CHECK_AT(has_item(&page, item), "no line \"%s\" in " PAGE, item);
	}
}

static void no_other_option(void)
{
	struct page page;
	const char *at = page.text;

	CHECK(page_read(&page));
	while ((at = strstr(at, OPTION_ITEM)) != NULL) {
		char name[32];

		at += strlen(OPTION_ITEM);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, " \n"), at);
		CHECK_AT(option_find(name) != NULL, "--%s stands in " PAGE " and does not exist", name);
	}
}

static void every_verb_and_keeper_key(void)
{
	struct page page;
	unsigned count;
	const struct option_row *rows = option_rows(&count);
	char item[64];

	CHECK(page_read(&page));
	for (const struct verb *v = verb_table(); v->name; v++) {
		snprintf(item, sizeof(item), ".It Cm %s", v->name);
		CHECK_AT(has_item(&page, item), "verb %s is not in " PAGE, v->name);
	}
	for (unsigned i = 0; i < count; i++) {
		if (rows[i].kind != OPTION_PAIR)
			continue;
		snprintf(item, sizeof(item), ".Cm %s", rows[i].second_key);
		CHECK_AT(has_item(&page, item), "key %s is not in " PAGE, rows[i].second_key);
	}
}

static void every_status(void)
{
	static const int statuses[] = {STATUS_OK,   STATUS_GUEST,       STATUS_USAGE,   STATUS_INPUT,
				       STATUS_HOST, STATUS_UNSUPPORTED, STATUS_TIMEOUT, STATUS_INTERRUPTED};
	struct page page;

	CHECK(page_read(&page));
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		char item[64];

		snprintf(item, sizeof(item), ".It %d", statuses[i]);
		CHECK_AT(has_item(&page, item), "status %d is not in " PAGE, statuses[i]);
	}
}

CHECK_MAIN(CHECK_TEST(every_option), CHECK_TEST(no_other_option), CHECK_TEST(every_verb_and_keeper_key),
	   CHECK_TEST(every_status))
