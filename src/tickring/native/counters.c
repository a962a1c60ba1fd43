#include "counters.h"

#include "layout.h"

#define FEEDER_ROW(index, name, word, unit, text) {word, unit, text, "feeder", index},
#define SUPERVISOR_ROW(index, name, word, unit, text) {word, unit, text, "supervisor", index},

const tr_counter_info tr_counter_table[] = {TR_FEEDER_COUNTER_TABLE(FEEDER_ROW)
                                                TR_SUPERVISOR_COUNTER_TABLE(SUPERVISOR_ROW)};

const unsigned tr_counter_table_length = sizeof tr_counter_table / sizeof tr_counter_table[0];

static_assert(TR_FEEDER_COUNTERS_USED <= TR_FEEDER_COUNTERS, "the feeder's counters fit their block");
static_assert(TR_SUPERVISOR_COUNTERS_USED <= TR_SUPERVISOR_COUNTERS, "the supervisor's counters fit their block");
