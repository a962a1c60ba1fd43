/* The clocks: CLOCK_BOOTTIME for what stands in the segment and how old it is, CLOCK_REALTIME for stamps people read,
 * CLOCK_MONOTONIC for waiting and for what lasts within one process.
 *
 * CLOCK_BOOTTIME is CLOCK_MONOTONIC and the time that the machine was suspended: in the first moment after it every
 * stamp is as old as it is, before anybody has run who could say so (docs/decisions/0018).
 *
 * Not CLOCK_MONOTONIC_COARSE, though it is 10-20 ns cheaper: it stands still while the CPU that keeps time is stalled
 * (a descheduled virtual CPU), which is exactly when a feeder on that CPU is dead and its heartbeat must age.
 */
#ifndef TICKRING_CLOCK_H
#define TICKRING_CLOCK_H

#include <stdint.h>
#include <time.h>

#define TR_NS_PER_S INT64_C(1000000000)

static inline int64_t tr_clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * TR_NS_PER_S + now.tv_nsec;
}

static inline int64_t tr_boot_ns(void) { return tr_clock_ns(CLOCK_BOOTTIME); }
static inline int64_t tr_monotonic_ns(void) { return tr_clock_ns(CLOCK_MONOTONIC); }
static inline int64_t tr_wall_ns(void) { return tr_clock_ns(CLOCK_REALTIME); }

#endif
