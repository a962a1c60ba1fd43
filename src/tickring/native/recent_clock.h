/* A clock for many looks in a row: never behind CLOCK_BOOTTIME, at most TR_RECENT_AHEAD_NS ahead of it.
 *
 * Reading CLOCK_BOOTTIME is the larger part of a look at an unchanged quote. While the processor's time stamp counter
 * says that less than TR_RECENT_TICKS have passed since the clock was last read, that reading plus the bound is the
 * answer. Used only to confirm an answer that stands: whoever comes to another one asks the clock itself.
 *
 * Sound where the kernel itself derives its clocks from that counter (clocksource `tsc`: constant, running in all
 * idle states, the same on all processors); elsewhere it is the clock itself. docs/decisions/0008.
 */
#ifndef TICKRING_RECENT_CLOCK_H
#define TICKRING_RECENT_CLOCK_H

#include <stdbool.h>

#include "clock.h"

#define TR_RECENT_TICKS UINT64_C(65536)
#define TR_RECENT_AHEAD_NS INT64_C(100000) /* 65,536 ticks last this long at 0.66 GHz; no such counter is slower */

typedef struct {
    uint64_t ticks;
    int64_t read_ns; /* 0: never */
} tr_recent_clock;

extern bool tr_ticks_are_sound;
/* Looks once whether they are. */
void tr_check_ticks(void);

static inline int64_t tr_recent_ns(tr_recent_clock *clock) {
#if defined(__x86_64__)
    if (tr_ticks_are_sound) {
        uint64_t ticks = __builtin_ia32_rdtsc();
        if (ticks - clock->ticks >= TR_RECENT_TICKS || clock->read_ns == 0) {
            clock->ticks = ticks;
            clock->read_ns = tr_boot_ns();
        }
        return clock->read_ns + TR_RECENT_AHEAD_NS;
    }
#endif
    (void)clock;
    return tr_boot_ns();
}

#endif
