/* The readers of a stress run, each checking everything that can be checked about what it is given. */
#ifndef TICKRING_TESTS_STRESS_READERS_H
#define TICKRING_TESTS_STRESS_READERS_H

#include "directory.h"
#include "stress_shared.h"

/* What one reader remembers, to see that nothing goes back. */
typedef struct {
    bool is_bound;
    tr_binding binding;
    uint64_t sequence; /* newest seen under this binding */
    uint64_t number;   /* newest seen of this symbol, under any */
} stress_memory;

typedef struct {
    stress_shared *shared;
    uint64_t random;
    stress_memory memory[STRESS_SYMBOLS + 1];
} stress_reader;

void stress_reader_begin(stress_reader *reader, stress_shared *shared, uint64_t seed);

/* Binds a random symbol if it must and reads its newest record with its verdict. */
void stress_read_latest(stress_reader *reader);

/* Reads every record of a random symbol's ring that may still stand. */
void stress_read_history(stress_reader *reader);

/* Looks at every entry of the directory. */
void stress_walk_directory(stress_reader *reader);

typedef enum {
    STRESS_FOLLOW_HOT,    /* looks all the time */
    STRESS_FOLLOW_ASLEEP, /* sleeps on the wake word */
    STRESS_FOLLOW_SLOW,   /* looks only when it has certainly been lapped */
} stress_follow_how;

/* Follows the followed symbol from its first record until the run is over; then every record must have been either
 * seen or counted as missed, as the writer counted them. One writer's life only. */
void stress_follow(stress_shared *shared, stress_follow_how how);

#endif
