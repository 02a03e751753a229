# Guests for `lodestore replay`: build/replay/NAME.elf.
REPLAY_NAMES := $(basename $(notdir $(wildcard tests/replay/*.S)))

replay-guests: $(REPLAY_NAMES:%=build/replay/%.elf)

build/replay/%.elf: tests/replay/%.S tests/guests/guest.inc tests/guests/guests.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(GUEST_FLAGS) -Wl,-Ttext=0x100000 -o $@ $<

.PHONY: replay-guests
