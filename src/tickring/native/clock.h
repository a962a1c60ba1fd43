/* The clocks: CLOCK_MONOTONIC for ages and limits, CLOCK_REALTIME for stamps people read.
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

static inline int64_t tr_monotonic_ns(void) { return tr_clock_ns(CLOCK_MONOTONIC); }
static inline int64_t tr_wall_ns(void) { return tr_clock_ns(CLOCK_REALTIME); }

#endif
