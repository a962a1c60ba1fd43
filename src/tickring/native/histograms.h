/* Histograms of durations on the header page: bucket n counts those below 2^(8 + n) ns, the last one all others. */
#ifndef TICKRING_HISTOGRAMS_H
#define TICKRING_HISTOGRAMS_H

#include <stdint.h>

#include "layout.h"

#define TR_HISTOGRAM_FIRST_BIT 8u /* the first bucket ends at 256 ns */

/* X(index, C name, Python name, what it measures) */
#define TR_HISTOGRAM_TABLE(X)                                                                                          \
    X(0, DECODE, "decode", "of one read from the gateway: taking its messages apart and publishing their ticks")       \
    X(1, WAKE, "wake", "of one batch: telling readers that sleep")                                                     \
    X(2, VISIBLE, "wire_to_visible", "from the moment a read's bytes were there until its ticks were told")

#define X(index, name, word, text) TR_HISTOGRAM_##name = index,
enum tr_histogram_kind { TR_HISTOGRAM_TABLE(X) TR_HISTOGRAMS_USED };
#undef X

/* Counts one duration. Called by the block's one writer only; negative counts as 0. */
void tr_histogram_add(tr_histogram *histogram, int64_t duration_ns);

#endif
