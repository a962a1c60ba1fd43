/* What writer, readers and the parent of a stress run share; in shared memory, so that processes can use it too. */
#ifndef TICKRING_TESTS_STRESS_SHARED_H
#define TICKRING_TESTS_STRESS_SHARED_H

#include <stdatomic.h>

#include "anonymous_segment.h"

#define STRESS_CAPACITY 8u
#define STRESS_DEPTH 8u    /* small, so that readers are lapped */
#define STRESS_SYMBOLS 12u /* more than slots, so that slots pass from symbol to symbol */

/* Never retired, and after its first two records (added, begun) published by ticks alone: record n holds quote n - 2. */
#define STRESS_FOLLOWED 1u
#define STRESS_FOLLOWED_OFFSET 2u

typedef struct {
    anonymous_segment segment;
    int64_t deadline_ns;                 /* CLOCK_MONOTONIC: the end of the run */
    atomic_bool is_over;                 /* no more records come, readers may leave */
    _Atomic uint64_t followed_published; /* counted by the writer; final once is_over */

    /* What happened, for the summary and so that a run in which nothing happened does not pass. */
    atomic_uint failures;
    _Atomic uint64_t reads, contended, lapped, rebound, trusted, waits, seen, missed, reused;
} stress_shared;

stress_shared *stress_shared_make(double seconds);
void stress_shared_free(stress_shared *shared);

/* Counts and prints the first few. */
void stress_fail(stress_shared *shared, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* xorshift64: every thread has its own state, derived from the seed that the run prints. */
static inline uint64_t stress_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
