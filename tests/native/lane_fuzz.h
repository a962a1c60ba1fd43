/* The entry that both fuzzers call, and what has happened so far. */
#ifndef TICKRING_TESTS_LANE_FUZZ_H
#define TICKRING_TESTS_LANE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t inputs;
    uint64_t taken;    /* ticks */
    uint64_t declined; /* complete frames */
    uint64_t received; /* inputs that went through a socket too */
} lane_fuzz_counts;

extern lane_fuzz_counts lane_fuzz_told;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#endif
