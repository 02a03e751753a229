/*
 * hold.h: stop the other virtual CPUs for a while.
 *
 * Each vCPU's thread is a member. It runs the guest, and between two KVM_RUNs, with no
 * object owned and nothing of an access under way, it comes to hold_point(). Who holds has
 * every other member stopped there: none of them touches guest memory until the release.
 *
 *   who is stopped   every member but the holder: those in KVM_RUN are kicked out of it;
 *                    those that wait (hold_pause(), or hold_begin() behind another
 *                    holder) are stopped already
 *   bounded time     hold_begin() comes back within its limit. Who does not stop by then
 *                    is named, nobody is held, and the caller has to do without
 *   nests            the holder may begin again; the last hold_end() releases
 *   order            one holder at a time, in the order of their coming
 *   quiet            a hold from outside, which may last: who is in the middle of something
 *                    (it waits for an object, or to hold) finishes first, and nothing new is
 *                    begun meanwhile. So nobody owns an object or waits to hold while it lasts
 *
 * A member may wait in hold_begin() while it owns objects of an access of its own. So a
 * holder must not wait for an object: it takes what is free, and otherwise gives up and
 * releases (access_admit_part() does).
 *
 * It is not a lock on guest memory for threads that are no members.
 */
#ifndef VMM_MACHINE_HOLD_H
#define VMM_MACHINE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#define HOLD_MEMBERS_MAX 65 /* vCPUs, and one that is none: it holds from outside */
/* As long as a vCPU may need to come out of KVM_RUN on a busy host. */
#define HOLD_LIMIT_NS 2000000000ull

struct hold;

/* NULL when out of memory. Freed when no thread is a member any more. */
struct hold *hold_new(void);
void hold_free(struct hold *h);

/*
 * The calling thread becomes member `id` (below HOLD_MEMBERS_MAX, not in use); if
 * somebody holds, it waits. kick, which others call, makes it come to hold_point() soon, and
 * must not lose a request made just before it enters KVM_RUN.
 */
void hold_join(struct hold *h, unsigned id, void (*kick)(void *self), void *self);
void hold_leave(struct hold *h, unsigned id);

/* Between two KVM_RUNs: waits here while another member holds. Costs one load otherwise. */
void hold_point(struct hold *h, unsigned id);

/*
 * The member waits for something else now and touches no guest memory; after hold_resume() it may again. It pauses in
 * the middle of an access, or rests between two exits, owning nothing.
 */
void hold_pause(struct hold *h, unsigned id);
void hold_rest(struct hold *h, unsigned id);
void hold_resume(struct hold *h, unsigned id);

/*
 * Stop all other members. 0, and then hold_end() is to be called; or -ETIMEDOUT after limit_ns, with nobody held
 * by the caller and *late the member that did not stop. If that is the caller's own id, its turn did not come:
 * another still holds, and the caller is paused as by hold_pause().
 */
int hold_begin(struct hold *h, unsigned id, uint64_t limit_ns, unsigned *late);
/*
 * Have all members stopped, and in the middle of nothing, by who is none: id is below HOLD_MEMBERS_MAX, no member's,
 * and used by one thread at a time. 0, and then hold_end() is to be called; or -ETIMEDOUT after limit_ns, with nobody
 * held and *late a member that was not done.
 */
int hold_begin_quiet(struct hold *h, unsigned id, uint64_t limit_ns, unsigned *late);
void hold_end(struct hold *h, unsigned id);

/* Is this member, the caller's own, the holder? */
bool hold_is_mine(struct hold *h, unsigned id);

#endif
