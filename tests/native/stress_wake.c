#include "stress_wake.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "ring_reader.h"
#include "stress_writer.h"
#include "wake.h"

#define PAUSE_US_MAX 300u /* around and well beyond the spins of a wait, so that most sleeps are real */

typedef struct {
    stress_shared *shared;
    unsigned rounds;
    uint32_t slot;
    atomic_uint asleep_in; /* the round the sleeper is about to sleep in; from 1 */
    unsigned slept_to_the_cap;
} turns;

static void *sleep_through_all(void *argument) {
    turns *self = argument;
    const tr_view *view = &self->shared->segment.view;
    uint64_t seen = tr_ring_cursor(view, self->slot);
    for (unsigned round = 1; round <= self->rounds; round++) {
        for (;;) {
            uint32_t word = tr_wake_word(&view->header->wake);
            if (tr_ring_cursor(view, self->slot) != seen)
                break;
            atomic_store(&self->asleep_in, round);
            int64_t began_ns = tr_monotonic_ns();
            tr_wake_wait(&view->header->wake, word, tr_wake_bit(self->slot), TR_WAIT_CAP_NS);
            self->slept_to_the_cap += tr_monotonic_ns() - began_ns >= TR_WAIT_CAP_NS;
            atomic_fetch_add(&self->shared->waits, 1u);
        }
        seen = tr_ring_cursor(view, self->slot);
    }
    return NULL;
}

void stress_wake(stress_shared *shared, unsigned rounds, uint64_t seed) {
    anonymous_segment_grant(&shared->segment, 1);
    stress_writer writer;
    stress_writer_begin(&writer, shared, 1, UINT64_C(1) << 36, seed);
    turns self = {.shared = shared, .rounds = rounds, .slot = (uint32_t)writer.slots[STRESS_FOLLOWED]};
    pthread_t sleeper;
    if (pthread_create(&sleeper, NULL, sleep_through_all, &self) != 0) {
        fprintf(stderr, "cannot start a thread\n");
        exit(2);
    }
    for (unsigned round = 1; round <= rounds; round++) {
        while (atomic_load(&self.asleep_in) != round)
            sched_yield();
        /* Random, so that the news also comes while the sleeper is only falling asleep; nothing relies on its length. */
        struct timespec pause = {0, (long)(stress_random(&writer.random) % PAUSE_US_MAX) * 1000};
        nanosleep(&pause, NULL);
        stress_writer_tick_followed(&writer);
    }
    pthread_join(sleeper, NULL);
    stress_writer_end(&writer);
    /* A busy machine makes some sleeps long; a wake-up that does not work makes nearly all of them so. That none is
     * ever lost is not shown here but by relacy_wake_model.hpp. */
    if (self.slept_to_the_cap * 2 > rounds)
        stress_fail(shared, "in %u rounds %u sleeps were not ended by a wake-up", rounds, self.slept_to_the_cap);
}
