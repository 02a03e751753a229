# The root task for seL4, build/sel4/root, and what runs it: the kernel is the user's.
SEL4 := build/sel4
SEL4_SOURCES := tests/sel4/start.S tests/sel4/root.c tests/sel4/checks.c

sel4: $(SEL4)/root

guests: sel4

$(SEL4)/root: $(SEL4_SOURCES) tests/sel4/checks.h tests/sel4/kernel.h tests/sel4/sel4.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(filter-out -O1,$(GUEST_CFLAGS)) -O1 -g -static -Wl,--build-id=none \
		-Wl,-z,max-page-size=4096 -Wl,-Ttext-segment=0x400000 -Wl,--defsym=image_start=__executable_start \
		-nostdlib -no-pie -o $@ $(SEL4_SOURCES)

.PHONY: sel4
