# The guest tests: build/guests/NAME.elf and NAME.expect from tests/guests/NAME.S.
GUEST_NAMES := $(basename $(notdir $(wildcard tests/guests/*.S)))
GUEST_FLAGS := -nostdlib -static -no-pie -I. -Wl,-N -Wl,--no-warn-rwx-segments -Wl,--build-id=none

guests: $(GUEST_NAMES:%=build/guests/%.elf) $(GUEST_NAMES:%=build/guests/%.expect)

build/guests/%.elf: tests/guests/%.S $(wildcard tests/guests/*.inc) tests/guests/guests.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(GUEST_FLAGS) -Wl,-Ttext=$(if $(filter 16-% real-%,$*),0x7c00,0x100000) -o $@ $<

build/guests/%.expect: tests/guests/%.S build/guests/%.elf tests/guests/expect
	@tests/guests/expect $< build/guests/$*.elf >$@.new && mv $@.new $@

.PHONY: guests
