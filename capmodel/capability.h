/*
 * capability.h: what may stand in a slot of the guest-physical address space.
 *
 * A capability is a type, rights, a badge and an object. It is a small value
 * and is copied freely; the object's owner outlives it. Copying never adds a
 * right. Terms are KeyKOS/EROS's: an *entry* capability (start key) names a
 * keeper that answers each load and store.
 */
#ifndef CAPMODEL_CAPABILITY_H
#define CAPMODEL_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

enum cap_type {
	CAP_NULL, /* nothing: every access is refused */
	CAP_PAGE, /* memory, which the MMU enforces */
	CAP_ENTRY, /* a keeper, which answers each access */
	CAP_FORWARDER, /* stands for another capability until it is rescinded */
};

#define RIGHT_READ 0x1u
#define RIGHT_WRITE 0x2u
#define RIGHT_EXECUTE 0x4u
#define RIGHTS_ALL (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE)

struct keeper;
struct forwarder;

struct capability {
	enum cap_type type;
	uint8_t rights; /* RIGHT_* */
	uint64_t badge; /* told to the keeper, chosen by whoever made the capability */
	union {
		uint8_t *page; /* CAP_PAGE: the monitor's view of the bytes */
		struct keeper *keeper;
		struct forwarder *forwarder;
	} object;
};

extern const struct capability cap_null;

struct capability cap_page(uint8_t *bytes, uint8_t rights);
struct capability cap_entry(struct keeper *keeper, uint8_t rights, uint64_t badge);

/* The same capability with at most these rights: restrictions only grow. */
struct capability cap_reduce(struct capability cap, uint8_t rights);

/* A revocable stand-in. Rescinding takes effect before the call returns. */
struct forwarder *forwarder_new(struct capability target);
struct capability cap_forwarder(struct forwarder *f, uint8_t rights);
void forwarder_rescind(struct forwarder *f);
void forwarder_free(struct forwarder *f);

/*
 * The capability behind any chain of forwarders, with the rights and the
 * outermost non-zero badge of the chain; cap_null if one is rescinded or the chain is
 * longer than CAP_CHAIN_MAX (a cycle).
 */
#define CAP_CHAIN_MAX 16
struct capability cap_resolve_chain(struct capability cap);

static inline struct capability cap_resolve(struct capability cap)
{
	return cap.type == CAP_FORWARDER ? cap_resolve_chain(cap) : cap;
}

#endif
