# The capabilities' half of the guest's kernel, as a library for the host, and its tests.
KERNEL_HALF := access answer bank capability channel clock console_cap discrim endpoint fault forwarder invoke message \
	node notification number object page process reply sched space start step transfer view virtual_page walk
KERNEL_HALF_OBJECTS := $(KERNEL_HALF:%=$(B)/guest/kernel/%.o)
KERNEL_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/kernel/*_test.c))
TEST_BINARIES += $(KERNEL_TESTS)

# Ten million operations against the models, of each kind; `make MODE=asan kernel-models` is the careful one.
kernel-models: $(B)/tests/kernel/model_test $(B)/tests/kernel/model_access_test
	KERNEL_OPERATIONS=10000000 $(B)/tests/kernel/model_test
	KERNEL_OPERATIONS=10000000 $(B)/tests/kernel/model_access_test

.PHONY: kernel-models

$(B)/libkernel.a: $(KERNEL_HALF_OBJECTS)
	@rm -f $@ && $(AR) rcs $@ $^

$(KERNEL_TESTS): $(B)/%: $(B)/%.o $(B)/libkernel.a
	@echo "  LD $@" && $(CC) $(LDFLAGS) -o $@ $^
