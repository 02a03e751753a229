#include "vmm/bench/own.h"

#include "vmm/clock.h"

#define ROUNDS 15
#define TIMES 5000
#define TIMES_REPEATED 8 /* of what moves a whole page each time */

static int not_carried_out(const struct class *class, struct error *e)
{
	return error_set(e, STATUS_HOST, "the benchmark's %s is not carried out", class->name);
}

/* One round of each class after the other, the fastest of all rounds of each: noise is only ever added. */
static int measure_round(struct own *own, struct rig *rig, bool first, struct error *e)
{
	for (unsigned i = 0; i < CLASSES; i++) {
		unsigned times = class_bytes(&classes[i]) ? TIMES_REPEATED : TIMES;
		double start, ns;

		if (!class_fits(&classes[i], rig)) {
			own->ns[i] = -1;
			continue;
		}
		start = now_ns();
		if (!class_run(&classes[i], rig, times))
			return not_carried_out(&classes[i], e);
		ns = (double)(now_ns() - start) / times;
		if (first || ns < own->ns[i])
			own->ns[i] = ns;
	}
	return 0;
}

int own_measure(struct own *own, struct error *e)
{
	struct rig *rig = rig_new(e);
	int err = rig ? 0 : -1;

	for (unsigned round = 0; round < ROUNDS && err == 0; round++)
		err = measure_round(own, rig, round == 0, e);
	if (rig)
		rig_free(rig);
	return err;
}

void own_print_text(const struct own *own, FILE *out)
{
	fprintf(out, "the monitor's own part, without the exit and the vector state's fetching:\n");
	for (unsigned i = 0; i < CLASSES; i++) {
		const struct class *class = &classes[i];

		if (own->ns[i] < 0)
			fprintf(out, "  %-24s          - (not on this CPU)\n", class->name);
		else if (class_bytes(class))
			fprintf(out, "  %-24s %10.0f ns   %.2f GB/s (to reach: >= 0.5)\n", class->name, own->ns[i],
				(double)class_bytes(class) / own->ns[i]);
		else
			fprintf(out, "  %-24s %10.0f ns   (to reach: <= %u)\n", class->name, own->ns[i],
				class->goal_ns);
	}
}

void own_print_json(const struct own *own, FILE *out)
{
	fputc('{', out);
	for (unsigned i = 0; i < CLASSES; i++) {
		const char *comma = i ? ", " : "", *key = classes[i].key;

		if (own->ns[i] < 0)
			fprintf(out, "%s\"%s_ns\": null", comma, key);
		else
			fprintf(out, "%s\"%s_ns\": %.1f", comma, key, own->ns[i]);
		if (class_bytes(&classes[i]) && own->ns[i] > 0)
			fprintf(out, ", \"%s_gb_s\": %.3f", key, (double)class_bytes(&classes[i]) / own->ns[i]);
	}
	fputc('}', out);
}

int own_repeat(const char *key, unsigned times, struct error *e)
{
	int i = class_find(key);
	struct rig *rig;
	int result = 1;

	if (i < 0)
		return error_set(e, STATUS_USAGE, "no class \"%.40s\"; --classes lists them", key);
	rig = rig_new(e);
	if (!rig)
		return -1;
	if (class_fits(&classes[i], rig))
		result = class_run(&classes[i], rig, times) ? 0 : not_carried_out(&classes[i], e);
	rig_free(rig);
	return result;
}
