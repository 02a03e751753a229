#include "vmm/boot/image.h"

#include "tests/check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/lodestore-image-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void what_is_no_image_is_refused(void)
{
	static const struct {
		const char *name, *file, *text;
	} rows[] = {
		{"missing", "missing", "No such file"},    {"folder", ".", "directory"},
		{"empty", "empty", "the file is empty"},   {"FIFO", "fifo", "not a regular file"},
		{"sparse giant", "giant", "more than"},    {"not a folder", "empty/x", "Not a directory"},
		{"endless link", "loop", "symbolic link"},
	};
	FILE *empty;

	CHECK(mkdtemp(folder) != NULL);
	empty = fopen(in_folder("empty"), "w");
	CHECK(empty && fclose(empty) == 0);
	empty = fopen(in_folder("giant"), "w");
	CHECK(empty && ftruncate(fileno(empty), 1ll << 40) == 0 && fclose(empty) == 0);
	CHECK(mkfifo(in_folder("fifo"), 0600) == 0);
	CHECK(symlink("loop", in_folder("loop")) == 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image image = {.path = "untouched"};
		const char *path = in_folder(rows[i].file);
		struct error e = {0};

		check_row = rows[i].name;
		CHECK_EQ(image_open(path, &image, &e), -1);
		CHECK_EQ(e.status, STATUS_INPUT);
		CHECK(strncmp(e.text, path, strlen(path)) == 0);
		CHECK_AT(strstr(e.text, rows[i].text), "%s", e.text);
		CHECK_STR(image.path, "untouched");
	}
	unlink(in_folder("empty"));
	unlink(in_folder("giant"));
	unlink(in_folder("fifo"));
	unlink(in_folder("loop"));
	rmdir(folder);
}

static void a_file_is_read_whole(void)
{
	char path[] = "/tmp/lodestore-image-XXXXXX";
	int fd = mkstemp(path);
	struct image image;
	struct error e;

	CHECK(write(fd, "abc", 3) == 3);
	CHECK_EQ(image_open(path, &image, &e), 0);
	CHECK_EQ(image.size, 3);
	CHECK(image.bytes && memcmp(image.bytes, "abc", 3) == 0);
	CHECK(ftruncate(fd, 0) == 0); /* what happens to the file is nothing to us */
	CHECK(image.bytes && memcmp(image.bytes, "abc", 3) == 0);
	image_close(&image);
	image_close(&image);
	CHECK(image.bytes == NULL);
	close(fd);
	unlink(path);
}

CHECK_MAIN(CHECK_TEST(what_is_no_image_is_refused), CHECK_TEST(a_file_is_read_whole))
