#include "lane_requests.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 256

bool tr_lane_requests_init(tr_lane_requests *requests) {
    requests->places = calloc(PLACES_FIRST, sizeof *requests->places);
    requests->mask = PLACES_FIRST - 1;
    requests->count = 0;
    return requests->places != NULL;
}

void tr_lane_requests_free(tr_lane_requests *requests) {
    free(requests->places);
    requests->places = NULL;
}

static tr_lane_request *place_for(tr_lane_requests *requests, uint32_t req_id) {
    uint32_t at = tr_lane_place(requests, req_id);
    while (requests->places[at].generation != 0 && requests->places[at].req_id != req_id)
        at = (at + 1) & requests->mask;
    return &requests->places[at];
}

static bool grow(tr_lane_requests *requests) {
    tr_lane_requests larger = {.mask = requests->mask * 2 + 1, .count = requests->count};
    larger.places = calloc((size_t)larger.mask + 1, sizeof *larger.places);
    if (larger.places == NULL)
        return false;
    for (uint32_t at = 0; at <= requests->mask; at++)
        if (requests->places[at].generation != 0)
            *place_for(&larger, requests->places[at].req_id) = requests->places[at];
    free(requests->places);
    *requests = larger;
    return true;
}

bool tr_lane_requests_put(tr_lane_requests *requests, tr_lane_request request) {
    if (requests->count * 2 > requests->mask && !grow(requests))
        return false;
    tr_lane_request *place = place_for(requests, request.req_id);
    requests->count += place->generation == 0;
    *place = request;
    return true;
}

bool tr_lane_requests_remove(tr_lane_requests *requests, uint32_t req_id) {
    tr_lane_request *place = place_for(requests, req_id);
    if (place->generation == 0)
        return false;
    place->generation = 0;
    requests->count--;
    /* Those behind it that probed past this place move up, so that no search ends too early. */
    for (uint32_t at = (uint32_t)(place - requests->places + 1) & requests->mask; requests->places[at].generation != 0;
         at = (at + 1) & requests->mask) {
        tr_lane_request moved = requests->places[at];
        requests->places[at].generation = 0;
        *place_for(requests, moved.req_id) = moved;
    }
    return true;
}

void tr_lane_requests_clear(tr_lane_requests *requests) {
    memset(requests->places, 0, ((size_t)requests->mask + 1) * sizeof *requests->places);
    requests->count = 0;
}
