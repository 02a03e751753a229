# lodestore
#
#   make              build build/$(MODE)/lodestore
#   make demo         build, pick the fittest KVM of this host, show a page that is a process (packages as below)
#   make test         every test, on every KVM that can be had here               (installs packages when root)
#   make unit         the tests that need no KVM
#   make check        lints: layers, lone headers, sizes, format, tables
#   make bench        what an access costs, as ratios within one run
#   make bench-instructions   the same in host instructions, by callgrind         (installs packages when root)
#   make conformance  every form against the CPU, long; writes docs/conformance.md
#   make tsan         the unit tests with threads of vCPUs, under clang's ThreadSanitizer
#   make fuzz         the fuzzers, FUZZ_SECONDS each
#   make compdb       compile_commands.json, by bear
#   make install      to $(DESTDIR)$(PREFIX)
#   make clean
#
# MODE=dev|rel|asan|tsan   dev: -O1 and assertions; rel: -O2, hardened; asan: ASan and UBSan; tsan: ThreadSanitizer
# CC=gcc|clang        both must build without a warning

MODE ?= dev
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
B := build/$(MODE)$(if $(filter clang%,$(CC)),-clang)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wredundant-decls -Wnested-externs \
	-Wformat=2 -Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference -Wdouble-promotion
HARDENING := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
# the whole way of one access in few pages: it runs cold after every exit of the guest
LTO := $(if $(filter clang%,$(CC)),,-flto=auto -fno-plt -minline-all-stringops)
# a record written field by field and read by sixteens waits for its fields: no vectors made of scalars
SCALAR := -fno-tree-vectorize -fno-tree-slp-vectorize
# small steps of one way, each called once or twice
INLINE := $(if $(filter clang%,$(CC)),,-finline-limit=400)
# ... and its functions side by side
HOT := -ffunction-sections -fno-jump-tables
MODE_dev := -O1 -g
MODE_rel := -O2 -g $(HARDENING) $(LTO) $(SCALAR) $(INLINE) $(HOT)
MODE_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_rel := -O2 $(LTO) $(SCALAR) $(INLINE) $(HOT) -Wl,-T,vmm/hot.ld -pie -Wl,-z,relro,-z,now
LINK_asan := -fsanitize=address,undefined
MODE_tsan := -O1 -g -fsanitize=thread
LINK_tsan := -fsanitize=thread

AR := $(if $(filter clang%,$(CC)),ar,gcc-ar)
CFLAGS += -std=gnu11 -I. -D_GNU_SOURCE -pthread $(WARNINGS) $(MODE_$(MODE)) -MMD -MP
LDFLAGS += -pthread $(LINK_$(MODE))
LDLIBS += -lcapstone -lZydis -lelf -lconfig -lsqlite3 -lzstd -lxxhash -ldw -lpng -ljansson -lm

SOURCES := $(shell find decoder capmodel vmm -name '*.c' -o -name '*.S' | sort)
TESTS := $(filter %_test.c,$(SOURCES)) $(wildcard tests/unit/*_test.c)
FUZZERS := $(filter %_fuzz.c,$(SOURCES))
LIB_SOURCES := $(filter-out %_test.c %_fuzz.c vmm/main.c,$(SOURCES))
OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(LIB_SOURCES)))
TEST_BINARIES := $(patsubst %.c,$(B)/%,$(TESTS))

all: $(B)/lodestore capability-guest

$(B)/lodestore: $(B)/vmm/main.o $(B)/liblodestore.a
	@echo "  LD $@" && $(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/liblodestore.a: $(OBJECTS)
	@rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<" && $(CC) $(CFLAGS) -c -o $@ $<

$(B)/%.o: %.S
	@mkdir -p $(@D)
	@echo "  CC $<" && $(CC) $(CFLAGS) -c -o $@ $<

$(TEST_BINARIES): $(B)/%: $(B)/%.o $(B)/liblodestore.a
	@echo "  LD $@" && $(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

include tests/kernel/kernel.mk

unit: $(TEST_BINARIES)
	@tests/run $^

# One holder at a time, holds, objects: what several vCPUs' threads share.
TSAN_TESTS := capmodel/lock_test capmodel/space_test vmm/machine/hold_test vmm/access/owner_test vmm/access/locked_test \
	vmm/device/virtio/block_test vmm/control/server_test

tsan-tests: $(TSAN_TESTS:%=$(B)/%)
	@tests/run $^

tsan:
	@$(MAKE) --no-print-directory MODE=tsan CC=clang tsan-tests

# --- guests of our own ------------------------------------------------------------

GUEST_CFLAGS := -std=gnu11 -I. -O1 -ffreestanding -fno-pie -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -mno-red-zone -mgeneral-regs-only $(WARNINGS)

$(B)/guest/demo.elf: guest/demo/start.S guest/demo/demo.c
	@mkdir -p $(@D)
	@echo "  GUEST $@" && $(CC) $(GUEST_CFLAGS) -nostdlib -static -no-pie -Wl,--build-id=none \
		-Wl,-Ttext=0x100000 -o $@ $^

include tests/guests/guests.mk
include guest/guest.mk
include tests/capability/capability.mk
include tests/truth/truth.mk
include tests/replay/replay.mk
include tests/multiboot/multiboot.mk
include tests/smp/smp.mk
include tests/sel4/sel4.mk

# --- what a user types ------------------------------------------------------------

# unless how many jobs is said already
ALL_CPUS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

demo:
	@tests/packages demo
	@$(MAKE) --no-print-directory $(ALL_CPUS) MODE=rel build/rel/lodestore build/rel/guest/demo.elf capability-guest
	@tests/demo build/rel/lodestore $(G) build/rel/guest/demo.elf

test:
	@tests/packages test
	+@LODESTORE=$(B)/lodestore tests/all

bench:
	@tests/packages build
	@$(MAKE) --no-print-directory MODE=rel build/rel/lodestore capability-guest truth truth-large
	@build/rel/lodestore bench
	@build/rel/lodestore bench --cpus
	@tests/bench-trace build/rel/lodestore
	@tests/bench-capability build/rel/lodestore $(G)
	@tests/bench-linux build/rel/lodestore

# Not timed: counted by callgrind.
bench-instructions:
	@tests/packages build count
	@$(MAKE) --no-print-directory MODE=rel build/rel/lodestore
	@tests/bench-instructions build/rel/lodestore

# In this process and, where /dev/kvm is fit, in a VM of it; random instructions too. CONFORM_SECONDS in all.
CONFORM_SECONDS ?= 1200
conformance:
	@$(MAKE) --no-print-directory MODE=rel build/rel/lodestore
	@tests/conformance build/rel/lodestore $(CONFORM_SECONDS)

compdb:
	bear -- $(MAKE) -B all $(TEST_BINARIES)

install: all
	install -D -m 755 $(B)/lodestore $(DESTDIR)$(PREFIX)/bin/lodestore
	install -D -m 644 docs/lodestore.1 $(DESTDIR)$(PREFIX)/share/man/man1/lodestore.1

# --- lints --------------------------------------------------------------------------

LINTS := layers headers sizes words format

# and the closed table against what was measured on a CPU
check: $(LINTS:%=lint-%) check-table

check-table: $(B)/decoder/hardware_test
	@tests/run $<

lint-%:
	@tests/lint/$* && echo "ok lint $*"

# --- fuzzers: clang's libFuzzer, with ASan and UBSan ----------------------------------

FUZZ_FLAGS := -std=gnu11 -I. -D_GNU_SOURCE -pthread -g -O1 -fno-sanitize-recover=all -MMD -MP
FUZZ_BINARIES := $(patsubst %.c,build/fuzz/%,$(FUZZERS))
FUZZ_OBJECTS := $(patsubst %,build/fuzz/%.o,$(basename $(LIB_SOURCES)))

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	@echo "  FUZZ $<" && clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

build/fuzz/%.o: %.S
	@mkdir -p $(@D)
	@echo "  FUZZ $<" && clang $(FUZZ_FLAGS) -c -o $@ $<

$(FUZZ_BINARIES): build/fuzz/%: build/fuzz/%.o $(FUZZ_OBJECTS)
	@echo "  LD $@" && clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)

fuzz: $(FUZZ_BINARIES)
	@tests/fuzz/run $(FUZZ_SECONDS) $^

clean:
	rm -rf build compile_commands.json

.PHONY: all unit tsan tsan-tests check-table demo test bench bench-instructions conformance compdb install check fuzz clean
.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
