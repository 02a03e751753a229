# Programs that are both a guest and a Linux program: build/truth/NAME.guest and NAME.linux, of the same object file.
T := build/truth
TRUTH_NAMES := compress hash sort forms
TRUTH_CFLAGS := $(filter-out -O1,$(GUEST_CFLAGS)) -O2
TRUTH_LINK := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x400000 -Wl,--section-start=.buffer=0x600000

truth: $(TRUTH_NAMES:%=$(T)/%.guest) $(TRUTH_NAMES:%=$(T)/%.linux)

$(T)/%.o: tests/truth/%.c tests/truth/truth.h tests/truth/truth.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(TRUTH_CFLAGS) -c -o $@ $<

$(T)/%.o: tests/truth/%.S tests/truth/truth.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc -I. -c -o $@ $<

$(T)/%.guest: $(T)/%.o $(T)/start-guest.o
	@echo "  GUEST $@" && gcc $(TRUTH_LINK) -o $@ $^

$(T)/%.linux: $(T)/%.o $(T)/start-linux.o
	@echo "  GUEST $@" && gcc $(TRUTH_LINK) -o $@ $^

.PHONY: truth
