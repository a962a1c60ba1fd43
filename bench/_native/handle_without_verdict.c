/* The twin of tickring's core for benchmarks: py_handle.c, compiled without the verdict.
 *
 * In this one file, which holds `Handle.read`, the header lines are not loaded, the clock is not read and no rule is
 * applied. All else - binding, the ring's protocol, the object, its lazy fields - is the very same code, so that the
 * difference to the real core is what a verdict costs. Only `Handle.read` of the twin is meant to be used.
 */
#include "clock.h"
#include "verdict.h"

#define tr_boot_ns() INT64_C(0)
#define tr_vitals_load(view, vitals) ((void)(view), (void)(*(vitals) = (tr_vitals){.feeder_epoch = 0}))
#define tr_feed_fault(vitals, now_ns) ((void)(vitals), (void)(now_ns), -1)
#define tr_judge(record, vitals, vouched_ns, now_ns, modes, is_newest)                                                 \
    ((void)(record), (void)(vitals), (void)(vouched_ns), (void)(now_ns), (void)(modes), (void)(is_newest),             \
     (tr_judgement){TR_VERDICT_LIVE, TR_REASON_VOUCHED})

#include "py_handle.c"
