/* The fast lane's own loop: waits for the gateway's socket and publishes what it brings, until something else is due.
 *
 * At a few hundred ticks a second nearly every one comes in a packet of its own, and a turn of a loop in Python for each
 * costs many times what the tick does. Everything but bytes of the socket is left where it is: whoever called looks.
 */
#ifndef TICKRING_LANE_PUMP_H
#define TICKRING_LANE_PUMP_H

#include "tick_lane.h"

#define TR_PUMP_LONGEST 0xFFFFFFu /* bytes of a payload; a frame that announces more is nobody's */

/* X(C name, Python name): why it has ended; but for the first one, which goes on. */
#define TR_PUMP_TABLE(X)                                                                                               \
    X(BYTES, "bytes")     /* some have come */                                                                         \
    X(DUE, "due")         /* the time is over */                                                                       \
    X(OTHER, "other")     /* another descriptor is ready, the socket is in another state, or the buffer is full */     \
    X(MESSAGE, "message") /* a whole frame begins at `start` that the lane does not take */                            \
    X(CLOSED, "closed")   /* the other end has closed the connection */                                                \
    X(FENCED, "fenced")   /* the writer's epoch is over */                                                             \
    X(SIGNAL, "signal")   /* a signal came */                                                                          \
    X(BROKEN, "broken")   /* errno says how */

#define X(name, word) TR_PUMP_##name,
typedef enum { TR_PUMP_TABLE(X) TR_PUMP_ENDS } tr_pump_end;
#undef X

typedef struct {
    int epoll_fd; /* level-triggered; watches the socket and whatever else may end the wait */
    int socket_fd;
    char *bytes; /* a buffer of `size`; what is not taken yet lies in [start, stop) */
    size_t size, start, stop;
    size_t receive_bytes; /* at most this many at once */
    int64_t until_ns;     /* CLOCK_MONOTONIC */
} tr_pump;

/* Waits for bytes and receives them, with both clocks of that moment left in `lane`. Touches no Python object. */
tr_pump_end tr_pump_wait(tr_pump *pump, tr_tick_lane *lane);

/* Publishes what has come and tells readers. DUE: all of it was ticks of the lane, the last one may be incomplete. */
tr_pump_end tr_pump_take(tr_pump *pump, tr_tick_lane *lane, tr_writer *writer);

#endif
