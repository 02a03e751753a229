# The capability guest: build/guest/kernel.elf, and build/guest/NAME for each program of guest/user/{keeper,wrapper,program}.
#
# By gcc and with the same flags in every MODE, as the guest tests: a guest is one thing to test.
G := build/guest
GUEST_FLAGS_ALL := -std=gnu11 -I. -Os -g -ffreestanding -fno-pie -fno-stack-protector -fcf-protection=none -fno-common \
	-fno-asynchronous-unwind-tables -mgeneral-regs-only -ffunction-sections $(WARNINGS) -MMD -MP
# memset and memcpy are those of memory.c, which move words: -Os would put loops over bytes in their place
GUEST_KERNEL_FLAGS := $(GUEST_FLAGS_ALL) -O2 -mcmodel=kernel -mno-red-zone -mmemset-strategy=libcall:-1:noalign \
	-mmemcpy-strategy=libcall:-1:noalign -flto
GUEST_LINK := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
	-Wl,--gc-sections -Wl,--no-warn-rwx-segments

KERNEL_SOURCES := $(filter-out %_test.c %_fuzz.c,$(wildcard guest/kernel/*.[cS]))
KERNEL_OBJECTS := $(patsubst %,$(G)/obj/%.o,$(basename $(KERNEL_SOURCES)))
USER_PROGRAMS := $(notdir $(basename $(wildcard guest/user/keeper/*.c guest/user/wrapper/*.c guest/user/program/*.c)))
ALL_PROGRAMS := $(USER_PROGRAMS) $(notdir $(basename $(wildcard tests/capability/*.c)))
USER_LIB := $(patsubst %.c,$(G)/obj/%.o,$(wildcard guest/user/lib/*.c))
USER_IMAGE_MAX := 65536

capability-guest: $(G)/kernel.elf $(USER_PROGRAMS:%=$(G)/%)

$(G)/kernel.elf: $(KERNEL_OBJECTS) guest/kernel/kernel.ld
	@echo "  GUEST $@" && gcc $(GUEST_KERNEL_FLAGS) -Wno-null-dereference $(GUEST_LINK) \
		-Wl,-T,guest/kernel/kernel.ld -o $@ $(KERNEL_OBJECTS)

$(G)/obj/guest/kernel/%.o: guest/kernel/%.c guest/guest.mk
	@mkdir -p $(@D)
	@echo "  GUEST $<" && gcc $(GUEST_KERNEL_FLAGS) -c -o $@ $<

$(G)/obj/guest/kernel/%.o: guest/kernel/%.S guest/guest.mk
	@mkdir -p $(@D)
	@echo "  GUEST $<" && gcc $(GUEST_KERNEL_FLAGS) -c -o $@ $<

$(G)/obj/guest/user/%.o: guest/user/%.c guest/guest.mk
	@mkdir -p $(@D)
	@echo "  GUEST $<" && gcc $(GUEST_FLAGS_ALL) -c -o $@ $<

# The start of each program has its name in it.
$(ALL_PROGRAMS:%=$(G)/obj/start/%.o): $(G)/obj/start/%.o: guest/user/lib/start.S guest/user/lib/start.h guest/guest.mk
	@mkdir -p $(@D)
	@gcc $(GUEST_FLAGS_ALL) -DPROGRAM_NAME='"$*"' -c -o $@ $<

$(G)/obj/keeper.a: $(USER_LIB)
	@rm -f $@ && ar rcs $@ $^

$(G)/obj/%.program: $(G)/obj/start/%.o $(G)/obj/guest/user/keeper/%.o $(G)/obj/keeper.a guest/user/lib/user.ld
	@gcc $(GUEST_LINK) -Wl,-T,guest/user/lib/user.ld -o $@ $(filter %.o %.a,$^)

$(G)/obj/%.program: $(G)/obj/start/%.o $(G)/obj/guest/user/wrapper/%.o $(G)/obj/keeper.a guest/user/lib/user.ld
	@gcc $(GUEST_LINK) -Wl,-T,guest/user/lib/user.ld -o $@ $(filter %.o %.a,$^)

$(G)/obj/%.program: $(G)/obj/start/%.o $(G)/obj/guest/user/program/%.o $(G)/obj/keeper.a guest/user/lib/user.ld
	@gcc $(GUEST_LINK) -Wl,-T,guest/user/lib/user.ld -o $@ $(filter %.o %.a,$^)

# Flat, zeroes and stack included.
$(ALL_PROGRAMS:%=$(G)/%): $(G)/%: $(G)/obj/%.program
	@objcopy -O binary --set-section-flags .all=alloc,load,contents $< $@
	@if [ $$(stat -c %s $@) -gt $(USER_IMAGE_MAX) ]; then echo "$@: more than $(USER_IMAGE_MAX) bytes"; rm $@; exit 1; fi
	@echo "  GUEST $@"

.PHONY: capability-guest
