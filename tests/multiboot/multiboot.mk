# The Multiboot kernels: build/multiboot/VERSION-FORM, from start.S and kernel.c; what each must say is in expect-*.
# And high, high-pae, from high.S.
MULTIBOOT := build/multiboot
MULTIBOOT_FLAGS := -m32 -std=gnu11 -O1 -ffreestanding -fno-pie -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -mgeneral-regs-only $(WARNINGS) -Wno-array-bounds \
	-nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack
MULTIBOOT_SOURCES := tests/multiboot/start.S tests/multiboot/kernel.c
MULTIBOOT_KERNELS := $(foreach v,1 2,$(v)-flat $(v)-elf32 $(v)-elf64)
MULTIBOOT_HIGH := high high-pae
MULTIBOOT_EXPECTED := $(notdir $(wildcard tests/multiboot/expect-*))

multiboot: $(MULTIBOOT_KERNELS:%=$(MULTIBOOT)/%) $(MULTIBOOT_HIGH:%=$(MULTIBOOT)/%) $(MULTIBOOT_EXPECTED:%=$(MULTIBOOT)/%)

guests: multiboot

$(MULTIBOOT)/%-elf32: $(MULTIBOOT_SOURCES) tests/multiboot/kernel.ld tests/multiboot/multiboot.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(MULTIBOOT_FLAGS) -Wl,-T,tests/multiboot/kernel.ld -DVERSION=$* -o $@ \
		$(MULTIBOOT_SOURCES)

$(MULTIBOOT)/%-elf64: $(MULTIBOOT)/%-elf32
	@objcopy -I elf32-i386 -O elf64-x86-64 $< $@

$(MULTIBOOT)/%-flat: $(MULTIBOOT_SOURCES) tests/multiboot/kernel.ld tests/multiboot/multiboot.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(MULTIBOOT_FLAGS) -Wl,-T,tests/multiboot/kernel.ld -DVERSION=$* -DFLAT -o $@.elf \
		$(MULTIBOOT_SOURCES) && \
		objcopy -O binary $@.elf $@ && rm $@.elf

$(MULTIBOOT_HIGH:%=$(MULTIBOOT)/%): tests/multiboot/high.S tests/multiboot/high.ld tests/multiboot/multiboot.mk
	@mkdir -p $(@D)
	@echo "  GUEST $@" && gcc $(MULTIBOOT_FLAGS) -Wl,-T,tests/multiboot/high.ld $(if $(filter %-pae,$@),-DPAE) -o $@ $<

$(MULTIBOOT)/expect-%: tests/multiboot/expect-%
	@mkdir -p $(@D)
	@cp $< $@

.PHONY: multiboot
