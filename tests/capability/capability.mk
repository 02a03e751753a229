# Tests of the capability kernel: build/guest/NAME from tests/capability/NAME.c, and NAME.expect from its comment.
CAPABILITY_TESTS := $(notdir $(basename $(wildcard tests/capability/*.c)))
CAPABILITY_EXPECTED := $(notdir $(basename $(wildcard tests/capability/*.expect))) \
	$(notdir $(basename $(shell grep -l '^ \* line: ' tests/capability/*.c)))

guests: capability-guest $(CAPABILITY_TESTS:%=$(G)/%) $(CAPABILITY_EXPECTED:%=$(G)/%.expect)

$(G)/obj/tests/%.o: tests/%.c guest/guest.mk
	@mkdir -p $(@D)
	@echo "  GUEST $<" && gcc $(GUEST_FLAGS_ALL) -c -o $@ $<

$(CAPABILITY_TESTS:%=$(G)/obj/%.program): $(G)/obj/%.program: $(G)/obj/start/%.o $(G)/obj/tests/capability/%.o \
		$(G)/obj/keeper.a guest/user/lib/user.ld
	@gcc $(GUEST_LINK) -Wl,-T,guest/user/lib/user.ld -o $@ $(filter %.o %.a,$^)

$(G)/%.expect: tests/capability/%.expect
	@mkdir -p $(@D)
	@cp $< $@

$(G)/%.expect: tests/capability/%.c
	@mkdir -p $(@D)
	@sed -n '/\*\//q; s/^ \* \(\(modules\|status\|line[a-z/-]*\|not\|set\): .*\)$$/\1/p' $< >$@
