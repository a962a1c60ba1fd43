/* Counters of the header page: one table, so that tools print them without knowing them. */
#ifndef TICKRING_COUNTERS_H
#define TICKRING_COUNTERS_H

#include <stdint.h>

/* X(index, C name, Python name, unit, what it counts) */
#define TR_FEEDER_COUNTER_TABLE(X)                                                                                     \
    X(0, TICKS, "ticks_published", "records", "records published because a value changed")                             \
    X(1, UNCHANGED, "ticks_unchanged", "ticks", "ticks that changed nothing and published nothing")                    \
    X(2, STATES, "states_published", "records", "records published because only the state changed")                    \
    X(3, BATCHES, "batches", "batches", "commits with news; each wakes sleeping readers")                              \
    X(4, ADDED, "symbols_added", "symbols", "symbols added or added again")                                            \
    X(5, RETIRED, "symbols_retired", "symbols", "symbols taken out")                                                   \
    X(6, SUBSCRIPTIONS, "subscriptions_begun", "subscriptions", "subscriptions that started from an empty quote")

#define TR_SUPERVISOR_COUNTER_TABLE(X)                                                                                 \
    X(0, EPOCHS, "epochs_granted", "epochs", "lives of the writer that were allowed to begin")                         \
    X(1, KILLS, "writers_killed", "processes", "writers ended with SIGKILL to make room for the next")                 \
    X(2, STATE_CHANGES, "state_changes", "changes", "changes of the supervisor's state")

#define X(index, name, word, unit, text) TR_COUNTER_##name = index,
enum tr_feeder_counter { TR_FEEDER_COUNTER_TABLE(X) TR_FEEDER_COUNTERS_USED };
#undef X
#define X(index, name, word, unit, text) TR_SCOUNTER_##name = index,
enum tr_supervisor_counter { TR_SUPERVISOR_COUNTER_TABLE(X) TR_SUPERVISOR_COUNTERS_USED };
#undef X

typedef struct {
    const char *name;
    const char *unit;
    const char *text;
    const char *owner; /* "feeder" or "supervisor" */
    uint32_t index;
} tr_counter_info;

extern const tr_counter_info tr_counter_table[];
extern const unsigned tr_counter_table_length;

#endif
