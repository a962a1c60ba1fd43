/* The fast lane: tick messages of streams that are beyond doubt, from the receive buffer straight into the segment.
 *
 * Whatever needs a decision goes the long way, through ibapi's decoder and Python: first ticks, streams whose state is
 * in question, other messages, anything of an odd form. The lane stops before it, so the order of messages stays.
 */
#ifndef TICKRING_TICK_LANE_H
#define TICKRING_TICK_LANE_H

#include "lane_requests.h"
#include "writer.h"

#define TR_TICK_TYPES 256
#define TR_FRAME_LENGTH_BYTES 4

/* The length of the payload that follows, without these four bytes. */
static inline size_t tr_frame_length(const char *bytes) {
    const uint8_t *at = (const uint8_t *)bytes;
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | (size_t)at[3];
}

/* What the numbers of ticks mean; made from the tables in Python. */
typedef struct {
    int8_t price[TR_TICK_TYPES];    /* enum tr_field, -1: not kept */
    int8_t size[TR_TICK_TYPES];     /* enum tr_field, -1: not kept */
    double shares[TR_TICK_TYPES];   /* one unit of that size in shares */
    int16_t size_of[TR_TICK_TYPES]; /* by the number of a price: the number of the size that comes with it, or -1 */
    bool is_delayed[TR_TICK_TYPES];
    bool is_timestamp[TR_TICK_TYPES];
    bool is_halted[TR_TICK_TYPES];
} tr_tick_meaning;

typedef struct {
    tr_tick_meaning meaning;
    tr_lane_requests requests;
    bool has_raw_ids;
    bool sizes_are_whole; /* this release knows whole sizes only */
    uint64_t messages;    /* taken since the start */
    uint64_t prices;      /* of those: with a price above 0 */
    int64_t price_ns;     /* CLOCK_MONOTONIC after the newest `run` that took a price; 0: none */
    int64_t heard_ns;     /* CLOCK_MONOTONIC before the newest bytes were received by its own loop; 0: none were */
    int64_t ts_recv_ns;   /* CLOCK_REALTIME of that moment */
} tr_tick_lane;

/* Publishes what it takes of the frames in bytes[start, stop); returns where the first frame begins that is not taken
 * or not complete. Does not commit. */
size_t tr_tick_lane_run(tr_tick_lane *lane, tr_writer *writer, const char *bytes, size_t start, size_t stop,
                        int64_t ts_recv_ns);

#endif
