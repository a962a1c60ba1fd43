/* A sleeper and a writer that takes turns with it: are sleepers woken, or do they sleep to the cap of a wait? */
#ifndef TICKRING_TESTS_STRESS_WAKE_H
#define TICKRING_TESTS_STRESS_WAKE_H

#include "stress_shared.h"

/* Plays so many rounds; complains if most of the sleeps were ended by the cap. Threads of this process. */
void stress_wake(stress_shared *shared, unsigned rounds, uint64_t seed);

#endif
