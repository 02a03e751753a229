#include "vmm/control/monitor.h"

#include "vmm/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct monitor {
	struct monitor_host host;
	pthread_mutex_t lock; /* of the rest: one command at a time */
	bool paused, ending;
	uint64_t started_ns, paused_at_ns, paused_ns; /* paused_ns: without the pause that lasts */
};

struct monitor *monitor_new(const struct monitor_host *host)
{
	struct monitor *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->host = *host;
	m->started_ns = now_ns();
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void monitor_free(struct monitor *m)
{
	if (!m)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m);
}

/* --- pieces of replies ----------------------------------------------------------------------- */

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

static void set_hex(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, hex(value));
}

static json_t *segment(const struct segment_reg *s)
{
	return json_pack("{s:o, s:o, s:o, s:i, s:b}", "selector", hex(s->selector), "base", hex(s->base), "limit",
			 hex(s->limit), "type", (int)s->type, "usable", (int)s->usable);
}

static json_t *table(const struct monitor_table *t, bool has_selector)
{
	json_t *object = json_pack("{s:o, s:o}", "base", hex(t->base), "limit", hex(t->limit));

	if (has_selector)
		set_hex(object, "selector", t->selector);
	return object;
}

static void set_segments(json_t *object, const struct regs *regs)
{
	static const char *const names[SEG_COUNT] = {"es", "cs", "ss", "ds", "fs", "gs"};

	for (unsigned i = 0; i < SEG_COUNT; i++)
		json_object_set_new(object, names[i], segment(&regs->seg[i]));
}

static json_t *vcpu(unsigned number, const struct monitor_vcpu *v)
{
	static const int bits[] = {[MODE_16] = 16, [MODE_32] = 32, [MODE_64] = 64};
	const struct regs *regs = &v->regs;
	json_t *object = json_pack("{s:i, s:b, s:i, s:i}", "vcpu", (int)number, "halted", (int)v->halted, "bits",
				   bits[regs->mode], "cpl", (int)regs->cpl);

	set_hex(object, "rip", regs->rip);
	if (v->symbol[0])
		json_object_set_new(object, "symbol", json_string(v->symbol));
	set_hex(object, "rflags", regs->rflags);
	for (unsigned i = 0; i < GPR_COUNT; i++)
		set_hex(object, gpr_name((enum gpr)i), regs->gpr[i]);
	set_segments(object, regs);
	json_object_set_new(object, "tr", table(&v->tr, true));
	json_object_set_new(object, "ldt", table(&v->ldt, true));
	json_object_set_new(object, "gdt", table(&v->gdt, false));
	json_object_set_new(object, "idt", table(&v->idt, false));
	set_hex(object, "cr0", regs->cr0);
	set_hex(object, "cr2", regs->cr2);
	set_hex(object, "cr3", regs->cr3);
	set_hex(object, "cr4", regs->cr4);
	set_hex(object, "efer", regs->efer);
	return object;
}

/* As monitor_each: onto a JSON array. */
static void add_range(void *to, const struct monitor_range *r)
{
	json_t *object = json_pack("{s:s, s:s, s:s}", "range", r->range, "keeper", r->keeper, "state", r->state);

	if (r->size > 0) {
		set_hex(object, "gpa", r->gpa);
		json_object_set_new(object, "size", json_integer((json_int_t)r->size));
		json_object_set_new(object, "loads", json_integer((json_int_t)r->loads));
		json_object_set_new(object, "stores", json_integer((json_int_t)r->stores));
	}
	json_array_append_new(to, object);
}

/* --- the commands; the lock is held, and *reply begun ----------------------------------------------- */

static int pause_all(struct monitor *m, struct error *e)
{
	if (m->paused)
		return 0;
	if (m->ending)
		return error_set(e, STATUS_GUEST, "the guest is about to end");
	if (m->host.hold(m->host.self, e) < 0)
		return -1;
	m->paused = true;
	m->paused_at_ns = now_ns();
	return 0;
}

static void resume_all(struct monitor *m)
{
	if (!m->paused)
		return;
	m->paused = false;
	m->paused_ns += now_ns() - m->paused_at_ns;
	m->host.release(m->host.self);
}

static void put_status(const struct monitor *m, json_t *reply)
{
	uint64_t now = now_ns(), paused = m->paused_ns + (m->paused ? now - m->paused_at_ns : 0);

	json_object_set_new(reply, "cpus", json_integer(m->host.vcpus));
	json_object_set_new(reply, "seconds", json_real((double)(now - m->started_ns) / 1e9));
	json_object_set_new(reply, "paused_seconds", json_real((double)paused / 1e9));
}

static void put_registers(struct monitor *m, const struct request *r, json_t *reply)
{
	unsigned first = r->has_vcpu ? r->vcpu : 0, end = r->has_vcpu ? r->vcpu + 1 : m->host.vcpus;
	json_t *vcpus = json_array();

	for (unsigned i = first; i < end; i++) {
		struct monitor_vcpu v = {.halted = false};

		m->host.registers(m->host.self, i, &v);
		json_array_append_new(vcpus, vcpu(i, &v));
	}
	json_object_set_new(reply, "vcpus", vcpus);
}

static int change_ranges(struct monitor *m, const struct request *r, json_t *reply, struct error *e)
{
	const struct monitor_host *host = &m->host;
	json_t *ranges = json_array();
	int err = 0;

	if (r->command == COMMAND_ARM)
		err = host->arm(host->self, r->range, r->keeper, r->vcpu, add_range, ranges, e);
	else if (r->command == COMMAND_DISARM)
		err = host->disarm(host->self, r->range, add_range, ranges, e);
	else
		host->ranges(host->self, add_range, ranges);
	json_object_set_new(reply, "ranges", ranges);
	return err;
}

/* What is done with all vCPUs held, paused or not. */
static int do_held(struct monitor *m, const struct request *r, json_t *reply, struct error *e)
{
	int err = 0;

	if (r->has_vcpu && r->vcpu >= m->host.vcpus)
		return error_set(e, STATUS_USAGE, "there is no vCPU %u; they are 0 to %u", r->vcpu, m->host.vcpus - 1);
	if (m->host.hold(m->host.self, e) < 0)
		return -1;
	if (r->command == COMMAND_REGISTERS)
		put_registers(m, r, reply);
	else if (r->command == COMMAND_MARK)
		err = m->host.mark(m->host.self, r->text, e);
	else
		err = change_ranges(m, r, reply, e);
	m->host.release(m->host.self);
	return err;
}

static int carry_out(struct monitor *m, const struct request *r, json_t *reply, struct error *e)
{
	switch (r->command) {
	case COMMAND_STATUS:
		put_status(m, reply);
		return 0;
	case COMMAND_PAUSE:
		return pause_all(m, e);
	case COMMAND_RESUME:
		resume_all(m);
		return 0;
	case COMMAND_REGISTERS:
	case COMMAND_LIST:
	case COMMAND_ARM:
	case COMMAND_DISARM:
	case COMMAND_MARK:
		return do_held(m, r, reply, e);
	case COMMAND_QUIT:
		m->ending = true;
		m->host.quit(m->host.self);
		resume_all(m); /* to its end */
		return 0;
	case COMMANDS:
		break;
	}
	return error_set(e, STATUS_USAGE, "there is no such command");
}

json_t *monitor_refuse(const struct error *e)
{
	json_t *reply = json_pack("{s:b}", "ok", 0);
	json_t *text = json_string(e->text);

	/* an error may have been cut in the middle of a character */
	json_object_set_new(reply, "error", text ? text : json_string("what was asked for is no text"));
	return reply;
}

json_t *monitor_do(struct monitor *m, const struct request *request)
{
	json_t *reply = json_pack("{s:b, s:s}", "ok", 1, "command", command_name(request->command));
	struct error e = {.status = STATUS_OK};
	int err;

	pthread_mutex_lock(&m->lock);
	err = carry_out(m, request, reply, &e);
	json_object_set_new(reply, "state", json_string(m->ending ? "ending" : m->paused ? "paused" : "running"));
	pthread_mutex_unlock(&m->lock);
	if (err == 0)
		return reply;
	json_decref(reply);
	return monitor_refuse(&e);
}

/* Who sends several lines at once can tell the replies apart. */
static void echo_id(const json_t *object, json_t *reply)
{
	json_t *id = json_object_get(object, "id");

	if (json_is_string(id) || json_is_integer(id))
		json_object_set(reply, "id", id);
}

char *monitor_line(struct monitor *m, const char *line, size_t size)
{
	struct error e = {.status = STATUS_OK};
	struct request request;
	json_t *object = request_read(line, size, &e), *reply;
	char *text, *whole = NULL;

	if (object && request_parse(object, &request, &e) == 0)
		reply = monitor_do(m, &request);
	else
		reply = monitor_refuse(&e);
	if (object)
		echo_id(object, reply);
	text = json_dumps(reply, JSON_COMPACT);
	if (text && asprintf(&whole, "%s\n", text) < 0)
		whole = NULL;
	free(text);
	json_decref(reply);
	json_decref(object);
	return whole;
}

void monitor_end(struct monitor *m)
{
	pthread_mutex_lock(&m->lock);
	m->ending = true;
	resume_all(m);
	pthread_mutex_unlock(&m->lock);
}
