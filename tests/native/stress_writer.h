/* The one writer of a stress run: ticks, states, subscriptions, and symbols that come and go. */
#ifndef TICKRING_TESTS_STRESS_WRITER_H
#define TICKRING_TESTS_STRESS_WRITER_H

#include "stress_shared.h"
#include "writer.h"

typedef struct {
    stress_shared *shared;
    tr_writer writer;
    uint64_t random;
    uint64_t number; /* of the newest quote of any symbol but the followed; rises over all lives */
    uint64_t followed_number;
    uint64_t number_limit;             /* past it the writer idles until it is killed */
    int32_t slots[STRESS_SYMBOLS + 1]; /* by symbol, -1 = not in */
} stress_writer;

/* Attaches for an epoch that stands granted and subscribes to what it finds and to the followed symbol. `numbers` is
 * how many quotes a life may use: the next begins above them, so that numbers never go back over all lives. */
void stress_writer_begin(stress_writer *writer, stress_shared *shared, uint64_t epoch, uint64_t numbers, uint64_t seed);

/* One batch: a few operations and a commit. */
void stress_writer_batch(stress_writer *writer);

/* A batch of one tick of the followed symbol. */
void stress_writer_tick_followed(stress_writer *writer);

void stress_writer_end(stress_writer *writer);

#endif
