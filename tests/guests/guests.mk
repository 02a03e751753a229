# The guest tests: build/guests/NAME.elf and NAME.expect from tests/guests/NAME.S.
GUEST_NAMES := $(basename $(notdir $(wildcard tests/guests/*.S)))
GUEST_FLAGS := -nostdlib -static -no-pie -I. -Wl,-N -Wl,--no-warn-rwx-segments -Wl,--build-id=none -Wl,-Ttext=0x100000

guests: $(GUEST_NAMES:%=build/guests/%.elf) $(GUEST_NAMES:%=build/guests/%.expect)

build/guests/%.elf: tests/guests/%.S tests/guests/guest.inc tests/guests/guests.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(GUEST_FLAGS) -o $@ $<

build/guests/%.expect: tests/guests/%.S build/guests/%.elf tests/guests/expect
	@tests/guests/expect $< build/guests/$*.elf >$@.new && mv $@.new $@

.PHONY: guests
