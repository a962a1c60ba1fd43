/* A segment, its writer and a fast lane with requests of every kind, and what must always be true of them. */
#ifndef TICKRING_TESTS_LANE_WORLD_H
#define TICKRING_TESTS_LANE_WORLD_H

#include "anonymous_segment.h"
#include "tick_lane.h"

#define LANE_WORLD_SLOTS 8u
#define LANE_WORLD_SERVED 5u /* requests 1000 to 1004, of slots 0 to 4; the last takes delayed prices too */
#define LANE_WORLD_FIRST_ID 1000u
#define LANE_WORLD_RETIRED_ID 2000u /* was served; its symbol is retired */
#define LANE_WORLD_REUSED_ID 2001u  /* was served; its slot is another symbol's now */
#define LANE_WORLD_RECEIVED_NS INT64_C(1795270000000000000)

typedef struct {
    anonymous_segment segment;
    tr_writer writer;
    tr_tick_lane lane;
    uint64_t sequences[LANE_WORLD_SLOTS]; /* as `lane_world_remember` found them */
} lane_world;

/* Makes it at the first call; empties every quote. Bit 0 of `form`: message ids of four bytes; bit 1: whole sizes. */
void lane_world_begin(lane_world *world, unsigned form);
bool lane_world_is_served(uint32_t req_id);
void lane_world_remember(lane_world *world);
/* NULL, or the promise that is broken, after `ticks` ticks at most since `lane_world_remember`. */
const char *lane_world_check(const lane_world *world, uint64_t ticks);
/* The same quotes by the same number of records, but for when they were published. */
bool lane_world_equal(const lane_world *one, const lane_world *other);

#endif
