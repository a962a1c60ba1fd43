/* Which requests the fast lane serves: request id to slot, in a table that grows. */
#ifndef TICKRING_LANE_REQUESTS_H
#define TICKRING_LANE_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t req_id;
    uint32_t slot;
    uint32_t generation; /* of the slot when it was admitted; 0: the place is free */
    bool takes_delayed;
} tr_lane_request;

typedef struct {
    tr_lane_request *places; /* a power of two, at most half full, probed one after the other */
    uint32_t mask;
    uint32_t count;
} tr_lane_requests;

bool tr_lane_requests_init(tr_lane_requests *requests); /* false: out of memory */
void tr_lane_requests_free(tr_lane_requests *requests);
/* Takes a request in, or replaces what is known of it. False: out of memory, nothing changed. */
bool tr_lane_requests_put(tr_lane_requests *requests, tr_lane_request request);
bool tr_lane_requests_remove(tr_lane_requests *requests, uint32_t req_id);
void tr_lane_requests_clear(tr_lane_requests *requests);

static inline uint32_t tr_lane_place(const tr_lane_requests *requests, uint32_t req_id) {
    return req_id * UINT32_C(2654435761) >> 7 & requests->mask;
}

/* NULL: not served here. */
static inline const tr_lane_request *tr_lane_requests_find(const tr_lane_requests *requests, uint32_t req_id) {
    for (uint32_t at = tr_lane_place(requests, req_id);; at = (at + 1) & requests->mask) {
        const tr_lane_request *request = &requests->places[at];
        if (request->generation == 0)
            return NULL;
        if (request->req_id == req_id)
            return request;
    }
}

#endif
