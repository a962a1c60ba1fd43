#include "stress_shared.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "clock.h"

#define COMPLAINTS_MAX 20u

stress_shared *stress_shared_make(double seconds) {
    stress_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); /* zeroed */
    if (shared == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    anonymous_segment_make(&shared->segment, STRESS_CAPACITY, STRESS_DEPTH);
    shared->deadline_ns = tr_monotonic_ns() + (int64_t)(seconds * (double)TR_NS_PER_S);
    return shared;
}

void stress_shared_free(stress_shared *shared) {
    anonymous_segment_free(&shared->segment);
    munmap(shared, sizeof *shared);
}

void stress_fail(stress_shared *shared, const char *format, ...) {
    if (atomic_fetch_add(&shared->failures, 1u) >= COMPLAINTS_MAX)
        return;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "FAIL %s\n", text);
}
