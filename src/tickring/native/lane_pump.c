#include "lane_pump.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "histograms.h"

#define NS_PER_MS INT64_C(1000000)

static int wait_ms(int64_t until_ns) {
    int64_t left_ns = until_ns - tr_monotonic_ns();
    if (left_ns <= 0)
        return 0;
    int64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

/* False: a frame is so long that the buffer must grow. */
static bool make_room(tr_pump *pump) {
    if (pump->start == pump->stop) {
        pump->start = pump->stop = 0;
    } else if (pump->receive_bytes > pump->size - pump->stop) {
        memmove(pump->bytes, pump->bytes + pump->start, pump->stop - pump->start);
        pump->stop -= pump->start;
        pump->start = 0;
    }
    return pump->receive_bytes <= pump->size - pump->stop;
}

tr_pump_end tr_pump_wait(tr_pump *pump, tr_tick_lane *lane) {
    for (;;) {
        struct epoll_event events[2];
        int count = epoll_wait(pump->epoll_fd, events, 2, wait_ms(pump->until_ns));
        if (count == 0)
            return TR_PUMP_DUE;
        if (count < 0)
            return errno == EINTR ? TR_PUMP_SIGNAL : TR_PUMP_BROKEN;
        if (count != 1 || events[0].data.fd != pump->socket_fd || events[0].events != EPOLLIN || !make_room(pump))
            return TR_PUMP_OTHER;
        lane->ts_recv_ns = tr_wall_ns();
        int64_t there_ns = tr_monotonic_ns();
        ssize_t got = recv(pump->socket_fd, pump->bytes + pump->stop, pump->receive_bytes, MSG_DONTWAIT);
        if (got > 0) {
            pump->stop += (size_t)got;
            lane->heard_ns = there_ns;
            return TR_PUMP_BYTES;
        }
        if (got == 0)
            return TR_PUMP_CLOSED;
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return TR_PUMP_BROKEN;
    }
}

tr_pump_end tr_pump_take(tr_pump *pump, tr_tick_lane *lane, tr_writer *writer) {
    pump->start = tr_tick_lane_run(lane, writer, pump->bytes, pump->start, pump->stop, lane->ts_recv_ns);
    int64_t published_ns = tr_monotonic_ns();
    if (!tr_writer_commit(writer))
        return TR_PUMP_FENCED;
    size_t left = pump->stop - pump->start;
    if (left >= TR_FRAME_LENGTH_BYTES) {
        size_t length = tr_frame_length(pump->bytes + pump->start);
        if (length > TR_PUMP_LONGEST || length <= left - TR_FRAME_LENGTH_BYTES)
            return TR_PUMP_MESSAGE; /* its read is measured by whoever takes it */
    }
    int64_t told_ns = tr_monotonic_ns();
    tr_histogram *histograms = writer->view.header->histograms;
    tr_histogram_add(&histograms[TR_HISTOGRAM_DECODE], published_ns - lane->heard_ns);
    tr_histogram_add(&histograms[TR_HISTOGRAM_WAKE], told_ns - published_ns);
    tr_histogram_add(&histograms[TR_HISTOGRAM_VISIBLE], told_ns - lane->heard_ns);
    return TR_PUMP_DUE;
}
