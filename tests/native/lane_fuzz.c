/* Any bytes through the fast lane: LLVMFuzzerTestOneInput for libFuzzer, or for the mutator in lane_fuzz_main.c.
 *
 * An input is two bytes and what a gateway would send: bit 0 of the first = message ids of four bytes and protobuf, bit
 * 1 = whole sizes only; the second byte is how the bytes come. They go through two lanes, in one go and in pieces, as in
 * the feeder: a frame that the lane declines is stepped over, and it goes on behind it. After every run the promises of
 * tick_lane.h are checked; a broken one ends the process. Some come by a socket, into the lane's own loop.
 */
#include "lane_fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lane_fuzz_socket.h"
#include "lane_world.h"
#include "tick_message.h"

#define BY_SOCKET_EVERY 8 /* system calls take longer than all the rest */

lane_fuzz_counts lane_fuzz_told;

_Noreturn static void fail(const char *promise) {
    fprintf(stderr, "FAIL %s\n", promise);
    abort(); /* libFuzzer keeps the input, lane_fuzz_main.c shows it */
}

/* The length of the frame there; 0: not complete. A frame is its four bytes of length and that many more. */
static size_t whole_frame(const char *bytes, size_t start, size_t stop) {
    if (stop - start < 4)
        return 0;
    const uint8_t *at = (const uint8_t *)bytes + start;
    size_t length = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    return length <= stop - start - 4 ? length + 4 : 0;
}

/* The number of a text message's last field but `behind`, as the C library reads it. */
static double library_number(const char *payload, size_t bytes, unsigned behind) {
    size_t field = bytes - 1; /* at the NUL that ends it */
    for (unsigned passed = 0;; field--)
        if ((field == 0 || payload[field - 1] == 0) && passed++ == behind)
            return strtod(payload + field, NULL);
}

/* What the parser makes of the numbers must be what the C library makes of them, to the last bit. */
static void check_numbers(const char *payload, size_t bytes, const tr_tick_message *message, bool is_protobuf) {
    if (is_protobuf) /* the doubles are bits already, and a size is the same text */
        return;
    bool is_right = true;
    if (message->kind == TR_TICK_PRICE)
        is_right =
            message->value == library_number(payload, bytes, 2) && message->size == library_number(payload, bytes, 1);
    else if (message->kind != TR_TICK_TEXT || message->is_number)
        is_right = message->value == library_number(payload, bytes, 0);
    if (!is_right)
        fail("a number is the double that is nearest to its text");
}

static void check_taken(const lane_world *world, const char *frame, size_t bytes) {
    tr_tick_message message;
    const char *payload = frame + 4;
    if (!tr_tick_message_parse(payload, bytes - 4, world->lane.has_raw_ids, &message))
        fail("no frame is passed that is no tick message");
    if (!lane_world_is_served(message.req_id))
        fail("no tick is taken of a request that is not served");
    check_numbers(payload, bytes - 4, &message, world->lane.has_raw_ids && (uint8_t)payload[3] > 200);
}

/* One run, and what must be true of it. Returns where it ended. */
static size_t run_checked(lane_world *world, const char *bytes, size_t start, size_t stop) {
    uint64_t taken_before = world->lane.messages, taken = 0;
    lane_world_remember(world);
    size_t end = tr_tick_lane_run(&world->lane, &world->writer, bytes, start, stop, LANE_WORLD_RECEIVED_NS);
    if (end < start || end > stop)
        fail("it ends where the bytes are");
    size_t at = start;
    while (at < end) {
        size_t frame = whole_frame(bytes, at, end);
        if (frame == 0)
            fail("it ends at the beginning of a frame");
        check_taken(world, bytes + at, frame);
        at += frame;
        taken++;
    }
    if (world->lane.messages - taken_before != taken)
        fail("every frame that is passed is counted, and no other");
    const char *broken = lane_world_check(world, taken);
    if (broken != NULL)
        fail(broken);
    return end;
}

/* As FrameReader does: the lane, the frame it declines, the lane again. Returns where the next bytes belong. */
static size_t feed(lane_world *world, const char *bytes, size_t start, size_t stop) {
    for (;;) {
        size_t end = run_checked(world, bytes, start, stop);
        if (run_checked(world, bytes, end, stop) != end)
            fail("what is declined once is declined again");
        size_t frame = whole_frame(bytes, end, stop);
        lane_fuzz_told.declined += frame != 0;
        if (frame == 0)
            return end;
        start = end + frame;
    }
}

static void feed_in_pieces(lane_world *world, const char *bytes, size_t length, size_t piece) {
    size_t start = 0;
    for (size_t stop = 0; stop < length;) {
        stop = length - stop < piece ? length : stop + piece;
        start = feed(world, bytes, start, stop);
    }
}

/* By the lane's own loop; behind a length that no message has nothing is taken, either way. */
static void receive(lane_world *world, const char *bytes, size_t length, size_t most) {
    const char *broken = lane_fuzz_by_socket(world, bytes, length, most);
    if (broken != NULL)
        fail(broken);
    lane_fuzz_told.received++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static lane_world whole, split;
    if (bytes < 2)
        return 0;
    lane_world_begin(&whole, data[0]);
    lane_world_begin(&split, data[0]);
    size_t length = bytes - 2;
    char *copy = malloc(length + (length == 0)); /* ends where they end: a byte too far is noticed */
    memcpy(copy, data + 2, length);
    uint64_t taken_before = whole.lane.messages;
    feed(&whole, copy, 0, length);
    if (data[1] % BY_SOCKET_EVERY == 0)
        receive(&split, copy, length, (size_t)32 + data[1]);
    else
        feed_in_pieces(&split, copy, length, (size_t)1 + data[1] % 64);
    if (!lane_world_equal(&whole, &split))
        fail("what is published does not depend on how the bytes come");
    free(copy);
    lane_fuzz_told.inputs++;
    lane_fuzz_told.taken += whole.lane.messages - taken_before;
    return 0;
}
