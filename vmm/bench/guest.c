#include "vmm/bench/guest.h"

#include "vmm/clock.h"
#include "vmm/machine/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define IMAGE_AT 0x100000
#define VIRTUAL_AT 0x200000
#define BESIDE_AT 0x300000
#define SWEEP_AT 0x400000

/* again: mov rax,[rbx]; dec ecx; jnz again; mov al,0; out 0xf4,al; mov ecx,edx; jmp again */
static const uint8_t load_code[] = {0x48, 0x8b, 0x03, 0xff, 0xc9, 0x75, 0xf9, 0xb0,
				    0x00, 0xe6, 0xf4, 0x89, 0xd1, 0xeb, 0xf1};
/* again: mov [rbx],rax; and so on */
static const uint8_t store_code[] = {0x48, 0x89, 0x03, 0xff, 0xc9, 0x75, 0xf9, 0xb0,
				     0x00, 0xe6, 0xf4, 0x89, 0xd1, 0xeb, 0xf1};
#define INC_EDX_10                                                                                                     \
	0xff, 0xc2, 0xff, 0xc2, 0xff, 0xc2, 0xff, 0xc2, 0xff, 0xc2, 0xff, 0xc2, 0xff, 0xc2, 0xff, 0xc2, 0xff, 0xc2,    \
		0xff, 0xc2
/* again: mov rax,[rbx]; inc edx, 40 times; dec ecx; jnz again; mov al,0; out 0xf4,al */
static const uint8_t alone_code[] = {0x48, 0x8b, 0x03, INC_EDX_10, INC_EDX_10, INC_EDX_10, INC_EDX_10, 0xff,
				     0xc9, 0x75, 0xa9, 0xb0,       0x00,       0xe6,       0xf4};
/*
 * again: mov rdx,rbx; mov esi,4 MiB / 64
 * line:  add [rdx],rsi; add rdx,64; dec esi; jnz line; dec ecx; jnz again; mov al,0; out 0xf4,al
 */
static const uint8_t sweep_code[] = {0x48, 0x89, 0xda, 0xbe, 0x00, 0x00, 0x01, 0x00, 0x48, 0x01, 0x32, 0x48, 0x83, 0xc2,
				     0x40, 0xff, 0xce, 0x75, 0xf5, 0xff, 0xc9, 0x75, 0xe9, 0xb0, 0x00, 0xe6, 0xf4};

/*
 * imul edi,ebp; add ebx,edi
 * again: mov rax,[rbx]; dec ecx; jnz again; lock inc dword ptr [r12]
 * wait: pause; cmp [r12],edx; jne wait; mov al,0; out 0xf4,al; jmp .
 */
static const uint8_t each_code[] = {0x0f, 0xaf, 0xfd, 0x01, 0xfb, 0x48, 0x8b, 0x03, 0xff, 0xc9, 0x75,
				    0xf9, 0xf0, 0x41, 0xff, 0x04, 0x24, 0xf3, 0x90, 0x41, 0x39, 0x14,
				    0x24, 0x75, 0xf8, 0xb0, 0x00, 0xe6, 0xf4, 0xeb, 0xfe};
/* jmp . */
static const uint8_t spin_code[] = {0xeb, 0xfe};

static const struct {
	const uint8_t *code;
	size_t size;
	uint64_t rbx, virtual_at, virtual_size;
	uint64_t rbp; /* from one vCPU's page to the next one's */
	bool two; /* the page behind is another object */
} kinds[] = {
	[GUEST_LOAD] = {load_code, sizeof(load_code), VIRTUAL_AT, VIRTUAL_AT, PAGE_SIZE, 0, false},
	[GUEST_STORE] = {store_code, sizeof(store_code), VIRTUAL_AT, VIRTUAL_AT, PAGE_SIZE, 0, false},
	[GUEST_ALONE] = {alone_code, sizeof(alone_code), VIRTUAL_AT, VIRTUAL_AT, PAGE_SIZE, 0, false},
	[GUEST_APART] = {each_code, sizeof(each_code), VIRTUAL_AT, VIRTUAL_AT, PAGE_SIZE, PAGE_SIZE, true},
	[GUEST_SHARED] = {each_code, sizeof(each_code), VIRTUAL_AT, VIRTUAL_AT, PAGE_SIZE, 0, true},
	[GUEST_SPIN] = {spin_code, sizeof(spin_code), VIRTUAL_AT, VIRTUAL_AT, PAGE_SIZE, 0, false},
	[GUEST_SWEEP] = {sweep_code, sizeof(sweep_code), SWEEP_AT, 0, 0, 0, false},
	[GUEST_SWEEP_BESIDE] = {sweep_code, sizeof(sweep_code), SWEEP_AT, BESIDE_AT, 16 * PAGE_SIZE, 0, false},
};

static void fill_options(struct guest *guest, enum guest_kind kind, unsigned count)
{
	struct machine_options *o = &guest->options;

	o->memory = 16ull << 20;
	o->boot.kind = BOOT_BARE;
	o->boot.image = guest->path;
	o->boot.image_at = (gpa_t){IMAGE_AT};
	o->boot.cpl = 3;
	o->boot.page_size = 4096;
	o->boot.npresets = 5;
	o->boot.presets[0] = (struct boot_preset){GPR_RBX, kinds[kind].rbx};
	o->boot.presets[1] = (struct boot_preset){GPR_RCX, count};
	o->boot.presets[2] = (struct boot_preset){GPR_RDX, count};
	o->boot.presets[3] = (struct boot_preset){GPR_RBP, kinds[kind].rbp};
	o->boot.presets[4] = (struct boot_preset){GPR_R12, BESIDE_AT};
	if (kinds[kind].virtual_size == 0)
		return;
	o->nvirtual = 1;
	o->virtual[0].range.base = RANGE_GPA;
	o->virtual[0].range.start = kinds[kind].virtual_at;
	o->virtual[0].range.size = kinds[kind].virtual_size;
	o->virtual[0].range.text = "the benchmark's page";
	o->virtual[0].keeper = "memory";
	if (!kinds[kind].two)
		return;
	o->nvirtual = 2;
	o->virtual[1] = o->virtual[0];
	o->virtual[1].range.start += PAGE_SIZE;
}

int guest_open(struct guest *guest, enum guest_kind kind, unsigned count, struct error *e)
{
	memset(guest, 0, sizeof(*guest));
	guest->image_fd = memfd_create("bench", MFD_CLOEXEC);
	if (guest->image_fd < 0)
		return error_set(e, STATUS_HOST, "memfd_create: %s", strerror(errno));
	if (write(guest->image_fd, kinds[kind].code, kinds[kind].size) != (ssize_t)kinds[kind].size) {
		guest_close(guest);
		return error_set(e, STATUS_HOST, "the benchmark's image: %s", strerror(errno));
	}
	snprintf(guest->path, sizeof(guest->path), "/proc/self/fd/%d", guest->image_fd);
	fill_options(guest, kind, count);
	return 0;
}

void guest_close(struct guest *guest)
{
	close(guest->image_fd);
}

struct machine *guest_time(const struct guest *guest, unsigned count, double *least, struct error *e)
{
	struct machine *m = machine_build(&guest->options, e);
	uint64_t start;
	double ns;

	if (!m)
		return NULL;
	start = now_ns();
	loop_run(m);
	ns = (double)(now_ns() - start) / count;
	if (m->stop.kind != STOP_DEBUG_EXIT) {
		error_set(e, STATUS_HOST, "the guest of the benchmark: %s", m->stop.text);
		machine_demolish(m);
		return NULL;
	}
	if (*least == 0 || ns < *least)
		*least = ns;
	return m;
}
