/* The way of the feeder itself: bytes through a socket and the lane's own loop, with a buffer that is used again. */
#ifndef TICKRING_TESTS_LANE_FUZZ_SOCKET_H
#define TICKRING_TESTS_LANE_FUZZ_SOCKET_H

#include "lane_world.h"

/* Sends the bytes, `most` received at once; what the lane declines is stepped over. NULL, or the promise of lane_pump.h
 * that is broken. */
const char *lane_fuzz_by_socket(lane_world *world, const char *bytes, size_t length, size_t most);

#endif
