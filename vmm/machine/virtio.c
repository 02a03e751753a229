/*
 * virtio.c: the virtio devices of one machine: what they reach of it, and when they work.
 *
 * They work in threads of vCPUs only, in an access to their registers or between two instructions. So what holds
 * the vCPUs holds them: nothing of the guest's memory, nor of the space, changes under them.
 */
#include "vmm/device/virtio/block.h"
#include "vmm/device/virtio/console.h"
#include "vmm/device/virtio/entropy.h"
#include "vmm/machine/kick.h"
#include "vmm/machine/state.h"
#include "vmm/machine/traced.h"

#include <inttypes.h>

static bool is_there(const struct machine *m, unsigned slot)
{
	return m->options->boot.virtio & (1u << slot);
}

/* --- what they reach ---------------------------------------------------------------------- */

/* Is the page kept only to be traced, and the trace is told of what happens there? */
static bool is_told(struct machine *m, uint64_t gpa, enum access_op op)
{
	return m->traced && op == ACCESS_STORE && !traced_is_fixed(m, gpa & ~PAGE_MASK);
}

/* Does a keeper stand between the guest and these bytes, which has to see each access? */
static bool is_kept(struct machine *m, uint64_t gpa, uint64_t size, enum access_op op)
{
	uint64_t end = gpa + size;

	while (gpa < end) {
		struct space_slot slot;
		uint64_t page_end = (gpa & ~PAGE_MASK) + PAGE_SIZE, n = (page_end < end ? page_end : end) - gpa;

		if (trap_get(m->trap, (gpa_t){gpa}) != TRAP_NONE && !is_told(m, gpa, op)) {
			space_find(m->space, (gpa_t){gpa}, &slot);
			if (slot.start.v + slot.size - gpa < n)
				n = slot.start.v + slot.size - gpa;
			if (slot.cap.type != CAP_PAGE && !(op == ACCESS_LOAD && slot.stores_only) &&
			    !ask_span(slot.cap, op, slot.offset + (gpa - slot.start.v), n))
				return true;
		}
		gpa += n;
	}
	return false;
}

/* Memory, whoever keeps it; what has no memory of the guest's behind it is none for a device either. */
static uint8_t *dma_bytes(void *self, uint64_t gpa, uint64_t size, bool write)
{
	struct machine *m = self;
	const struct ram_region *region = ram_region_of(&m->ram, (gpa_t){gpa});
	uint8_t *bytes = region && region->kind != RAM_KEPT ? ram_bytes(&m->ram, (gpa_t){gpa}, size) : NULL;

	if (bytes && is_kept(m, gpa, size, write ? ACCESS_STORE : ACCESS_LOAD) &&
	    atomic_fetch_add(&m->dma_kept, 1) == 0)
		fprintf(stderr,
			"lodestore: a virtio device %s gpa 0x%" PRIx64 "+0x%" PRIx64
			", part of which is kept: its keeper is not asked\n",
			write ? "writes" : "reads", gpa, size);
	return bytes;
}

static void dma_wrote(void *self, const char *who, uint64_t gpa, uint64_t size)
{
	struct machine *m = self;

	if (m->traced)
		traced_written(m, who, gpa, size);
}

static void line_level(void *self, unsigned line, bool level)
{
	struct machine *m = self;

	if (m->kvm.has_irqchip)
		kvm_irq(&m->kvm, line, level);
}

void virtio_later(void *machine)
{
	struct machine *m = machine;

	atomic_store(&m->virtio_due, true);
	kick_vcpu(0);
}

void virtio_poll(struct cpu *c)
{
	struct machine *m = c->machine;

	if (!atomic_load_explicit(&m->virtio_due, memory_order_relaxed))
		return;
	atomic_store(&m->virtio_due, false); /* before the work: what comes meanwhile is done next time */
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++)
		if (m->virtio[slot])
			virtio_look(m->virtio[slot]);
}

static size_t take_keys(void *self, uint8_t *bytes, size_t room)
{
	return platform_take(((struct machine *)self)->platform, bytes, room);
}

static size_t offer_output(void *self, const uint8_t *bytes, size_t count)
{
	return platform_offer(((struct machine *)self)->platform, bytes, count);
}

/* --- making them ------------------------------------------------------------------------------ */

int virtio_plan(struct machine *m, struct error *e)
{
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++) {
		struct virtual_range *r = &m->virtio_ranges[slot];
		const char *why;

		if (!is_there(m, slot))
			continue;
		*r = (struct virtual_range){.keeper = "device"};
		r->range.base = RANGE_GPA;
		r->range.start = virtio_slot_registers(slot);
		r->range.size = VIRTIO_PAGE;
		r->range.text = m->virtio_texts[slot];
		snprintf(m->virtio_texts[slot], sizeof(m->virtio_texts[slot]), "gpa:0x%x+%u",
			 virtio_slot_registers(slot), VIRTIO_PAGE);
		if (ram_add(&m->ram, (gpa_t){r->range.start}, r->range.size, RAM_KEPT, &why) < 0)
			return error_set(e, STATUS_USAGE, "%s, registers of a virtio device: %s", r->range.text, why);
	}
	return 0;
}

static struct virtio *make(struct machine *m, unsigned slot, struct error *e)
{
	struct virtio_host host = {.self = m,
				   .dma = {.self = m, .bytes = dma_bytes, .wrote = dma_wrote},
				   .irq = line_level,
				   .later = virtio_later,
				   .log = stderr};
	struct console_host console = {.self = m, .take = take_keys, .offer = offer_output};
	const struct disk *disk = &m->options->disks[slot < VIRTIO_SLOT_DISK ? 0 : slot - VIRTIO_SLOT_DISK];
	unsigned line = virtio_slot_line(slot);
	struct virtio *v;

	if (slot >= VIRTIO_SLOT_DISK)
		return block_new(disk->path, disk->read_only, &host, line, e);
	v = slot == VIRTIO_SLOT_CONSOLE ? console_new(&console, &host, line) : entropy_new(&host, line);
	if (!v)
		error_set(e, STATUS_HOST, "out of memory");
	return v;
}

int virtio_make(struct machine *m, struct error *e)
{
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++) {
		if (!is_there(m, slot))
			continue;
		m->virtio[slot] = make(m, slot, e);
		if (!m->virtio[slot])
			return -1;
	}
	return 0;
}

/* A spec names it, so it is kept: as itself, or under what is stacked on it. */
static bool is_placed(const struct virtio *v)
{
	return v->keeper.spec[0] != '\0';
}

/* Does anybody keep the page of this slot now? It may have been disarmed. */
static bool is_held(const struct machine *m, unsigned slot)
{
	for (unsigned i = 0; i < m->nkept; i++)
		if (m->kept[i].start.v == virtio_slot_registers(slot) && m->kept[i].size == VIRTIO_PAGE)
			return true;
	return false;
}

struct keeper *virtio_at(const struct machine *m, gpa_t start, uint64_t size)
{
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++) {
		struct virtio *v = m->virtio[slot];

		if (v && start.v == virtio_slot_registers(slot) && size == VIRTIO_PAGE && !is_held(m, slot))
			return &v->keeper;
	}
	return NULL;
}

/* The range of the user's that lies on these registers, or NULL. */
static const struct range *range_over(const struct machine *m, const struct range *registers)
{
	for (unsigned i = 0; i < m->nkept; i++) {
		const struct kept *kept = &m->kept[i];

		if (kept->start.v < registers->start + registers->size && registers->start < kept->start.v + kept->size)
			return &kept->from->range;
	}
	return NULL;
}

int virtio_start(struct machine *m, struct error *e)
{
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++) {
		const struct virtual_range *r = &m->virtio_ranges[slot];
		const struct range *over;

		if (!m->virtio[slot] || is_placed(m->virtio[slot]))
			continue;
		over = range_over(m, &r->range);
		if (over)
			return error_set(e, STATUS_USAGE,
					 "range \"%s\": a virtio device has its registers at %s: "
					 "they are kept by 'device', or by what is stacked on it, alone",
					 over->text, r->range.text);
		if (keep_run(m, r, (gpa_t){r->range.start}, r->range.size, e) < 0)
			return -1;
	}
	return 0;
}

void virtio_free_all(struct machine *m)
{
	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++)
		virtio_free(m->virtio[slot]);
}

void virtio_report(const struct machine *m)
{
	unsigned long long kept = atomic_load(&m->dma_kept);

	for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++)
		if (m->virtio[slot])
			virtio_print(m->virtio[slot], stderr);
	if (kept > 0)
		fprintf(stderr, "kept bytes that devices reached without their keepers: %llu times\n", kept);
}
