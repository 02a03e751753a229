/* call.c: what the guest asks for by the two ports. */
#include "vmm/declared/state.h"

#include <errno.h>
#include <string.h>

struct caller {
	struct declared_cpu *cpu;
	const struct access_env *env;
	const struct regs *regs;
	const struct declared_tables *tables;
};

struct pages {
	gpa_t start;
	uint64_t size;
};

/* --- checks ------------------------------------------------------------------------- */

static uint64_t pages_of(const struct guest_call *call, struct pages *out)
{
	uint64_t start = call->argument[0], count = call->argument[1];

	if ((start & PAGE_MASK) || count == 0 || count > (UINT64_MAX - start) / PAGE_SIZE)
		return GUEST_EINVAL;
	*out = (struct pages){{start}, count * PAGE_SIZE};
	return GUEST_OK;
}

static bool in_window(const struct declared *d, const struct pages *p)
{
	uint64_t at = p->start.v - d->host.window.v;

	return at < d->host.window_size && p->size <= d->host.window_size - at;
}

/* All of it in the window, or all of it memory, over however many regions. */
static uint64_t check_memory(const struct declared *d, const struct pages *p)
{
	if (in_window(d, p))
		return GUEST_OK;
	for (uint64_t at = 0; at < p->size;) {
		gpa_t gpa = {p->start.v + at};
		const struct ram_region *r = ram_region_of(d->host.ram, gpa);

		if (!r)
			return GUEST_ENOMEMORY;
		if (r->kind == RAM_KEPT)
			return gpa.v - d->host.window.v < d->host.window_size ? GUEST_ENOMEMORY : GUEST_EEXIST;
		at += r->size - (gpa.v - r->start.v);
	}
	return GUEST_OK;
}

/* --- DECLARE, WITHDRAW ------------------------------------------------------------------ */

static uint64_t status_of(int err)
{
	switch (err) {
	case 0:
		return GUEST_OK;
	case -EINVAL:
		return GUEST_EINVAL;
	case -EEXIST:
		return GUEST_EEXIST;
	default: /* of the host's: no memory for one more range, or for one more mapping */
		return GUEST_ELIMIT;
	}
}

static enum trap_mode mode_in(const struct declared *d, const struct pages *p)
{
	return in_window(d, p) ? TRAP_ALL : TRAP_NONE;
}

/* Whoever stepped aside, or has to know that the kernel answers there now. */
static void come_back(const struct declared *d, const struct pages *p)
{
	if (d->host.resume)
		d->host.resume(d->host.self, p->start, p->size);
}

static uint64_t declare(const struct caller *who, const struct guest_call *call)
{
	struct declared *d = who->cpu->of;
	bool stores_only = call->argument[3] & GUEST_DECLARE_STORES;
	struct capability cap = cap_entry(&d->keeper, RIGHTS_ALL, call->argument[2]);
	struct pages p;
	uint64_t status = pages_of(call, &p);
	int err;

	if (status != GUEST_OK || (call->argument[3] & ~(uint64_t)GUEST_DECLARE_STORES))
		return GUEST_EINVAL;
	if ((status = check_memory(d, &p)) != GUEST_OK)
		return status;
	if (stores_only && in_window(d, &p))
		return GUEST_ENOMEMORY; /* there is nothing to load from */
	if (areas_touch(d, p.start, p.size) || declared_is_needed(who->env, who->regs, who->tables, p.start, p.size))
		return GUEST_EFORBIDDEN;
	if (space_entries(d->host.space) >= DECLARED_RANGES_MAX)
		return GUEST_ELIMIT;
	if (d->host.yield && !d->host.yield(d->host.self, p.start, p.size))
		return GUEST_ELIMIT;
	err = space_put_entry(d->host.space, p.start, p.size, cap, stores_only);
	if (err < 0) {
		come_back(d, &p);
		return status_of(err);
	}
	err = trap_set_range(d->host.trap, p.start, p.size, stores_only ? TRAP_STORES : TRAP_ALL);
	if (err < 0) {
		(void)trap_set_range(d->host.trap, p.start, p.size, mode_in(d, &p));
		(void)space_cut_entry(d->host.space, p.start, p.size, &d->keeper);
	}
	come_back(d, &p);
	return status_of(err);
}

static uint64_t withdraw(const struct caller *who, const struct guest_call *call)
{
	struct declared *d = who->cpu->of;
	struct pages p;
	uint64_t status = pages_of(call, &p);
	int err;

	if (status != GUEST_OK)
		return status;
	if ((status = check_memory(d, &p)) != GUEST_OK)
		return status;
	if (space_entries(d->host.space) >= 2 * DECLARED_RANGES_MAX)
		return GUEST_ELIMIT; /* it may leave two ranges of one */
	err = space_cut_entry(d->host.space, p.start, p.size, &d->keeper);
	if (err < 0)
		return status_of(err);
	/* whoever is in an access has the keeper: when it is free, that access is over */
	if (!lock_is_mine(&d->keeper.owner)) {
		lock_take(&d->keeper.owner);
		lock_release(&d->keeper.owner);
	}
	err = trap_set_range(d->host.trap, p.start, p.size, mode_in(d, &p));
	come_back(d, &p);
	return status_of(err);
}

static uint64_t carry_out(const struct caller *who, const struct guest_call *call)
{
	if (call->reserved[0] || call->reserved[1])
		return GUEST_EINVAL;
	if (call->call == GUEST_CALL_DECLARE)
		return declare(who, call);
	if (call->call == GUEST_CALL_WITHDRAW)
		return withdraw(who, call);
	return GUEST_EINVAL;
}

bool declared_is_idle(const struct declared_cpu *c)
{
	struct lock *owner = &c->of->keeper.owner;

	if (lock_is_mine(owner))
		return true;
	if (!lock_try(owner))
		return false;
	lock_release(owner);
	return true;
}

void declared_wait(const struct declared_cpu *c, const struct access_env *env)
{
	(void)access_own(env, NULL, &c->of->keeper);
	lock_release(&c->of->keeper.owner);
}

/* --- the ports ------------------------------------------------------------------------------ */

static void attach(struct declared_cpu *c, uint32_t frame)
{
	gpa_t area = {(uint64_t)frame * PAGE_SIZE};
	bool attached = c->attached;

	c->attached = false; /* it may move to where it is, or beside */
	if (areas_touch(c->of, area, GUEST_AREA_SIZE) || !declared_is_memory(c->of, area, GUEST_AREA_SIZE)) {
		c->attached = attached;
		return;
	}
	c->area = area;
	c->attached = true;
	area_of(c)->version = GUEST_VIRTUAL_VERSION;
}

bool declared_out(struct declared_cpu *c, const struct access_env *env, const struct regs *regs,
		  const struct declared_tables *tables, uint16_t port, uint32_t value)
{
	struct caller who = {c, env, regs, tables};
	struct guest_area *area = area_of(c);
	struct guest_call call;

	if ((port != GUEST_PORT_ATTACH && port != GUEST_PORT_CALL) || regs->cpl != 0)
		return false;
	if (port == GUEST_PORT_ATTACH) {
		attach(c, value);
	} else if (area) {
		memcpy(&call, &area->call, sizeof(call)); /* the guest may change it meanwhile */
		area->call.status = carry_out(&who, &call);
	}
	return true;
}
