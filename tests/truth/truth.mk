# Programs that are both a guest and a Linux program: build/truth/NAME.guest and NAME.linux, of the same object file.
T := build/truth
TRUTH_NAMES := compress hash sort forms
TRUTH_CFLAGS := $(filter-out -O1,$(GUEST_CFLAGS)) -O2
TRUTH_LINK := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=0x400000 -Wl,--section-start=.buffer=0x600000
# some of them with 16 times the work, to be timed: build/truth/large
TRUTH_LARGE := compress hash sort

truth: $(TRUTH_NAMES:%=$(T)/%.guest) $(TRUTH_NAMES:%=$(T)/%.linux)
truth-large: $(TRUTH_LARGE:%=$(T)/large/%.guest) $(TRUTH_LARGE:%=$(T)/large/%.linux)

# $(call truth_rules,FOLDER,NAMES,SCALE)
define truth_rules
$(2:%=$(1)/%.guest): $(1)/%.guest: $(1)/%.o $(1)/start-guest.o
	@echo "  GUEST $$@" && gcc $(TRUTH_LINK) -o $$@ $$^

$(2:%=$(1)/%.linux): $(1)/%.linux: $(1)/%.o $(1)/start-linux.o
	@echo "  GUEST $$@" && gcc $(TRUTH_LINK) -o $$@ $$^

$(1)/%.o: tests/truth/%.c tests/truth/truth.h tests/truth/truth.mk
	@mkdir -p $$(@D)
	@echo "  GUEST $$@" && gcc $(TRUTH_CFLAGS) -DTRUTH_SCALE=$(3) -c -o $$@ $$<

$(1)/%.o: tests/truth/%.S tests/truth/truth.mk
	@mkdir -p $$(@D)
	@echo "  GUEST $$@" && gcc -I. -DTRUTH_SCALE=$(3) -c -o $$@ $$<
endef

$(eval $(call truth_rules,$(T),$(TRUTH_NAMES),0))
$(eval $(call truth_rules,$(T)/large,$(TRUTH_LARGE),4))

.PHONY: truth truth-large
