#include "tick_lane.h"

#include "clock.h"
#include "tick_message.h"
#include "values.h"

#define LONGEST 256

/* IB's unset values have no unit. */
static double in_shares(const tr_tick_lane *lane, uint32_t tick_type, double size) {
    bool is_unset = size == TR_UNSET_INT || size == TR_UNSET_LONG || size == TR_UNSET_DECIMAL;
    return is_unset ? size : size * lane->meaning.shares[tick_type];
}

static void publish(tr_writer *writer, uint32_t slot, int64_t ts_recv_ns, const tr_change *changes, size_t count) {
    if (count > 0)
        tr_writer_tick(writer, slot, ts_recv_ns, changes, count);
}

/* False: not to be decided here. */
static bool take_price(tr_tick_lane *lane, tr_writer *writer, const tr_lane_request *request,
                       const tr_tick_message *message, int64_t ts_recv_ns) {
    const tr_tick_meaning *meaning = &lane->meaning;
    uint32_t type = message->tick_type;
    if (meaning->is_delayed[type] && !request->takes_delayed)
        return false;
    if (lane->sizes_are_whole && !message->is_whole)
        return false;
    tr_change changes[2];
    size_t count = 0;
    if (meaning->price[type] >= 0)
        changes[count++] = (tr_change){meaning->price[type], message->value};
    int size_type = meaning->size_of[type];
    if (size_type >= 0 && meaning->size[size_type] >= 0)
        changes[count++] = (tr_change){meaning->size[size_type], in_shares(lane, (uint32_t)size_type, message->size)};
    publish(writer, request->slot, ts_recv_ns, changes, count);
    lane->prices += meaning->price[type] >= 0 && message->value > 0.0;
    return true;
}

/* Retiring a symbol moves the generation on the control line, reusing its slot the staged one too. */
static bool is_of_slot(const tr_writer *writer, const tr_lane_request *request) {
    return writer->staged[request->slot].record.generation == request->generation &&
           writer->view.controls[request->slot].generation == request->generation;
}

static bool take(tr_tick_lane *lane, tr_writer *writer, const tr_tick_message *message, int64_t ts_recv_ns) {
    const tr_lane_request *request = tr_lane_requests_find(&lane->requests, message->req_id);
    uint32_t type = message->tick_type;
    if (request == NULL || type >= TR_TICK_TYPES || !is_of_slot(writer, request))
        return false;
    const tr_tick_meaning *meaning = &lane->meaning;
    tr_change change;
    switch (message->kind) {
    case TR_TICK_PRICE:
        return take_price(lane, writer, request, message, ts_recv_ns);
    case TR_TICK_SIZE:
        if (lane->sizes_are_whole && !message->is_whole)
            return false;
        change = (tr_change){meaning->size[type], in_shares(lane, type, message->value)};
        publish(writer, request->slot, ts_recv_ns, &change, meaning->size[type] >= 0);
        return true;
    case TR_TICK_NUMBER:
        if (meaning->is_halted[type] && message->value >= 0.0)
            tr_writer_set_state(writer, request->slot, -1, -1, -1, message->value > 0.0, true);
        return true;
    case TR_TICK_TEXT:
        if (!meaning->is_timestamp[type])
            return true;
        if (!message->is_number)
            return false;
        change = (tr_change){TR_FIELD_LAST_TRADE, message->value};
        publish(writer, request->slot, ts_recv_ns, &change, 1);
        return true;
    }
    return false;
}

size_t tr_tick_lane_run(tr_tick_lane *lane, tr_writer *writer, const char *bytes, size_t start, size_t stop,
                        int64_t ts_recv_ns) {
    uint64_t prices_before = lane->prices;
    while (stop - start >= TR_FRAME_LENGTH_BYTES) {
        size_t length = tr_frame_length(bytes + start);
        tr_tick_message message;
        if (length > LONGEST || length > stop - start - TR_FRAME_LENGTH_BYTES ||
            !tr_tick_message_parse(bytes + start + TR_FRAME_LENGTH_BYTES, length, lane->has_raw_ids, &message) ||
            !take(lane, writer, &message, ts_recv_ns))
            break;
        start += TR_FRAME_LENGTH_BYTES + length;
        lane->messages++;
    }
    if (lane->prices != prices_before)
        lane->price_ns = tr_monotonic_ns();
    return start;
}
