#include "lane_fuzz_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lane_pump.h"

#define SENT_AT_ONCE 512

static int ends[2], epoll_fd; /* ends[0]: the gateway's */

static void make_socket(void) {
    if (ends[1] != 0)
        return;
    struct epoll_event event = {.events = EPOLLIN};
    epoll_fd = epoll_create1(0);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || epoll_fd < 0) {
        perror("socketpair");
        exit(2);
    }
    event.data.fd = ends[1];
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ends[1], &event);
}

/* The frame at `start` is the caller's: takes it away, as the feeder does. False: it is none that is whole. */
static bool step_over(tr_pump *pump) {
    size_t left = pump->stop - pump->start;
    size_t frame =
        left < TR_FRAME_LENGTH_BYTES ? 0 : TR_FRAME_LENGTH_BYTES + tr_frame_length(pump->bytes + pump->start);
    if (frame == 0 || frame > left)
        return false;
    pump->start += frame;
    return true;
}

/* As FrameReader does for a frame that is longer than its buffer. The new one ends where it ends. */
static void grow(tr_pump *pump) {
    char *bytes = malloc(2 * pump->size);
    memcpy(bytes, pump->bytes + pump->start, pump->stop - pump->start);
    free(pump->bytes);
    pump->bytes = bytes, pump->size *= 2;
    pump->stop -= pump->start, pump->start = 0;
}

/* Takes all that has been sent. */
static const char *take_all(tr_pump *pump, lane_world *world, bool *is_over) {
    for (;;) {
        tr_pump_end end = tr_pump_wait(pump, &world->lane);
        if (end == TR_PUMP_DUE)
            return NULL;
        if (end == TR_PUMP_OTHER && pump->receive_bytes > pump->size - pump->stop) {
            grow(pump);
            continue;
        }
        if (end != TR_PUMP_BYTES)
            return "only bytes come from the socket";
        world->lane.ts_recv_ns = LANE_WORLD_RECEIVED_NS; /* comparable */
        while ((end = tr_pump_take(pump, &world->lane, &world->writer)) == TR_PUMP_MESSAGE)
            if (!step_over(pump)) { /* a length that no message has: the feeder hangs up */
                *is_over = tr_frame_length(pump->bytes + pump->start) > TR_PUMP_LONGEST;
                return *is_over ? NULL : "a message is a whole frame";
            }
        if (end != TR_PUMP_DUE)
            return "a writer that is current goes on";
        if (pump->start > pump->stop || pump->stop > pump->size)
            return "what is not taken lies in the buffer";
    }
}

const char *lane_fuzz_by_socket(lane_world *world, const char *bytes, size_t length, size_t most) {
    make_socket();
    tr_pump pump = {.epoll_fd = epoll_fd, .socket_fd = ends[1], .size = 2 * most, .receive_bytes = most};
    pump.bytes = malloc(pump.size);
    const char *broken = NULL;
    bool is_over = false;
    for (size_t sent = 0; sent < length && broken == NULL && !is_over;) {
        size_t part = length - sent < SENT_AT_ONCE ? length - sent : SENT_AT_ONCE;
        ssize_t written = write(ends[0], bytes + sent, part);
        if (written != (ssize_t)part)
            broken = "the socket takes what is sent";
        sent += part;
        if (broken == NULL)
            broken = take_all(&pump, world, &is_over);
    }
    char rest[SENT_AT_ONCE]; /* behind a length that no message has */
    while (recv(ends[1], rest, sizeof rest, MSG_DONTWAIT) > 0)
        ;
    free(pump.bytes);
    return broken;
}
