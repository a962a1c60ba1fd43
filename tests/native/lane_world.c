#include "lane_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring_reader.h"
#include "values.h"

#define DEPTH 8u
#define EPOCH 1u

/* As tick_types.py has them, for a server version with sizes in shares and volumes in hundreds. */
static void fill_meaning(tr_tick_meaning *meaning) {
    static const struct {
        uint8_t type;
        int8_t field;
    } PRICES[] = {{1, TR_FIELD_BID},    {2, TR_FIELD_ASK},   {4, TR_FIELD_LAST},  {6, TR_FIELD_HIGH},
                  {7, TR_FIELD_LOW},    {9, TR_FIELD_CLOSE}, {14, TR_FIELD_OPEN}, {66, TR_FIELD_BID},
                  {67, TR_FIELD_ASK},   {68, TR_FIELD_LAST}, {72, TR_FIELD_HIGH}, {73, TR_FIELD_LOW},
                  {75, TR_FIELD_CLOSE}, {76, TR_FIELD_OPEN}},
      SIZES[] = {{0, TR_FIELD_BID_SIZE},  {3, TR_FIELD_ASK_SIZE},  {5, TR_FIELD_LAST_SIZE},  {8, TR_FIELD_VOLUME},
                 {69, TR_FIELD_BID_SIZE}, {70, TR_FIELD_ASK_SIZE}, {71, TR_FIELD_LAST_SIZE}, {74, TR_FIELD_VOLUME}};
    for (unsigned type = 0; type < TR_TICK_TYPES; type++)
        meaning->price[type] = meaning->size[type] = -1, meaning->size_of[type] = -1;
    for (size_t i = 0; i < sizeof PRICES / sizeof *PRICES; i++)
        meaning->price[PRICES[i].type] = PRICES[i].field;
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        meaning->size[SIZES[i].type] = SIZES[i].field;
        meaning->shares[SIZES[i].type] = SIZES[i].field == TR_FIELD_VOLUME ? 100.0 : 1.0;
    }
    meaning->size_of[1] = 0, meaning->size_of[2] = 3, meaning->size_of[4] = 5;
    meaning->size_of[66] = 69, meaning->size_of[67] = 70, meaning->size_of[68] = 71;
    for (unsigned type = 66; type <= 76; type++)
        meaning->is_delayed[type] = true;
    meaning->is_delayed[88] = meaning->is_delayed[90] = true;
    meaning->is_timestamp[45] = meaning->is_timestamp[88] = true;
    meaning->is_halted[49] = meaning->is_halted[90] = true;
}

static uint32_t add(lane_world *world, const char *name) {
    tr_binding binding;
    if (tr_writer_add(&world->writer, name, strlen(name), &binding) == TR_ADD_OK)
        return binding.slot;
    fprintf(stderr, "lane_world: cannot add %s\n", name);
    exit(2);
}

static void admit(lane_world *world, uint32_t req_id, uint32_t slot, bool takes_delayed) {
    uint32_t generation = world->writer.staged[slot].record.generation;
    if (!tr_lane_requests_put(&world->lane.requests, (tr_lane_request){req_id, slot, generation, takes_delayed})) {
        fprintf(stderr, "lane_world: no memory\n");
        exit(2);
    }
}

static void make(lane_world *world) {
    anonymous_segment_make(&world->segment, LANE_WORLD_SLOTS, DEPTH);
    anonymous_segment_grant(&world->segment, EPOCH);
    if (!tr_writer_attach(&world->writer, &world->segment.view, EPOCH, 1, 1) ||
        !tr_lane_requests_init(&world->lane.requests)) {
        fprintf(stderr, "lane_world: no memory\n");
        exit(2);
    }
    fill_meaning(&world->lane.meaning);
    for (uint32_t number = 0; number < LANE_WORLD_SERVED; number++) {
        uint32_t slot = add(world, (const char[2]){(char)('A' + number), 0});
        admit(world, LANE_WORLD_FIRST_ID + number, slot, number + 1 == LANE_WORLD_SERVED);
    }
    uint32_t old = add(world, "OLD"), other = add(world, "OTHER"), gone = add(world, "GONE");
    admit(world, LANE_WORLD_REUSED_ID, old, false);
    admit(world, LANE_WORLD_RETIRED_ID, gone, false);
    tr_writer_retire(&world->writer, "OLD", 3);
    uint32_t reused = add(world, "NEW"); /* no other slot is free */
    tr_writer_retire(&world->writer, "GONE", 4);
    if (reused != old || other + 1 != LANE_WORLD_SLOTS - 1 || gone + 1 != LANE_WORLD_SLOTS) {
        fprintf(stderr, "lane_world: other slots than it was made for\n");
        exit(2);
    }
}

void lane_world_begin(lane_world *world, unsigned form) {
    if (world->segment.bytes == 0)
        make(world);
    world->lane.has_raw_ids = form & 1u;
    world->lane.sizes_are_whole = form & 2u;
    for (uint32_t slot = 0; slot < LANE_WORLD_SERVED; slot++) {
        tr_writer_begin(&world->writer, slot, false);
        tr_writer_set_state(&world->writer, slot, TR_STATE_LIVE, TR_SOURCE_IB_STREAM, TR_DATA_REALTIME, -1, false);
    }
}

bool lane_world_is_served(uint32_t req_id) {
    return req_id >= LANE_WORLD_FIRST_ID && req_id < LANE_WORLD_FIRST_ID + LANE_WORLD_SERVED;
}

void lane_world_remember(lane_world *world) {
    for (uint32_t slot = 0; slot < LANE_WORLD_SLOTS; slot++)
        world->sequences[slot] = tr_ring_cursor(&world->segment.view, slot);
}

static const char *check_values(const tr_record *record) {
    for (int field = TR_FIELD_BID; field <= TR_FIELD_LOW; field++) {
        double value = *tr_field_place((tr_record *)record, field);
        if (tr_has(record, field) ? tr_is_absent(field, value) : !isnan(value))
            return "a value is finite and said to be there, or absent and NaN";
    }
    return NULL;
}

const char *lane_world_check(const lane_world *world, uint64_t ticks) {
    uint64_t records = 0;
    for (uint32_t slot = 0; slot < LANE_WORLD_SLOTS; slot++) {
        uint64_t now = tr_ring_cursor(&world->segment.view, slot);
        if (now < world->sequences[slot])
            return "no sequence goes back";
        records += now - world->sequences[slot];
        if (slot >= LANE_WORLD_SERVED) {
            if (now != world->sequences[slot])
                return "nothing is published where no request is served";
            continue;
        }
        tr_record_image newest;
        uint32_t generation = tr_ring_generation(&world->segment.view, slot);
        if (tr_ring_read_at(&world->segment.view, slot, generation, now, &newest) != TR_READ_OK)
            return "the newest record is whole";
        if (newest.record.sequence != world->writer.staged[slot].record.sequence)
            return "the newest record is the staged one";
        const char *broken = check_values(&newest.record);
        if (broken != NULL)
            return broken;
    }
    return records <= ticks ? NULL : "one tick is one record at most";
}

bool lane_world_equal(const lane_world *one, const lane_world *other) {
    for (uint32_t slot = 0; slot < LANE_WORLD_SLOTS; slot++) {
        tr_record_image left = one->writer.staged[slot], right = other->writer.staged[slot];
        left.record.ts_publish_ns = right.record.ts_publish_ns = 0;
        if (memcmp(&left, &right, sizeof left) != 0)
            return false;
    }
    return true;
}
