/* Every machine in configs/ can be read. */
#include "capmodel/catalog.h"
#include "tests/check.h"
#include "vmm/cli/options.h"

#include <glob.h>

static void every_config(void)
{
	glob_t found;

	CHECK_EQ(glob("configs/*.conf", 0, NULL, &found), 0);
	CHECK(found.gl_pathc >= 2);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char verb[] = "run", flag[] = "--config", image[] = "image";
		char *argv[] = {verb, flag, found.gl_pathv[i], image, NULL};
		struct error e = {0};
		struct run_options *o = run_options_new(4, argv, &e);

		check_row = found.gl_pathv[i];
		CHECK_STR(e.text, "");
		for (unsigned k = 0; o && k < o->machine.nvirtual; k++) {
			static uint8_t bytes[4096];
			const struct keeper_env env = {.bytes = bytes, .size = sizeof(bytes), .log = stderr};
			char error[KEEPER_ERROR] = "";
			struct keeper *keeper = keeper_parse(o->machine.virtual[k].keeper, &env, error);

			CHECK_STR(error, "");
			keeper_free(keeper);
		}
		run_options_free(o);
	}
	globfree(&found);
}

CHECK_MAIN(CHECK_TEST(every_config))
