#include "histograms.h"

#include "atomics.h"

static_assert(TR_HISTOGRAMS_USED == TR_HISTOGRAMS, "the header page has a block for each");

void tr_histogram_add(tr_histogram *histogram, int64_t duration_ns) {
    uint64_t duration = duration_ns > 0 ? (uint64_t)duration_ns : 0;
    unsigned bits = duration == 0 ? 0 : 64u - (unsigned)__builtin_clzll(duration); /* below 2^bits */
    unsigned bucket = bits <= TR_HISTOGRAM_FIRST_BIT ? 0 : bits - TR_HISTOGRAM_FIRST_BIT;
    if (bucket > TR_HISTOGRAM_BUCKETS - 1)
        bucket = TR_HISTOGRAM_BUCKETS - 1;
    TR_COUNT(&histogram->sum_ns, duration);
    TR_COUNT(&histogram->buckets[bucket], 1);
}
