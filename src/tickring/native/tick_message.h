/* One tick message of the gateway, taken apart: the text form of every server version, and the protobuf form.
 *
 * Only what is beyond doubt is taken: the four kinds of ticks, complete, with numbers of an ordinary form. All else is
 * declined and left to ibapi's decoder, which then decides as it always does; so both give the same for every message.
 * Source: the decoders of ibapi 9.81.1 to 10.51.1, and the descriptors of 10.51.1.
 */
#ifndef TICKRING_TICK_MESSAGE_H
#define TICKRING_TICK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tr_tick_kind { TR_TICK_PRICE, TR_TICK_SIZE, TR_TICK_NUMBER, TR_TICK_TEXT };

typedef struct {
    enum tr_tick_kind kind;
    uint32_t req_id;
    uint32_t tick_type;
    double value;   /* price, size or number; of a text its number, if is_number */
    double size;    /* of a price */
    bool is_whole;  /* sizes: no fraction and no exponent in the text */
    bool is_number; /* of a text */
} tr_tick_message;

/* has_raw_ids: from server version 201 on the message id is four bytes. False: not taken. */
bool tr_tick_message_parse(const char *payload, size_t bytes, bool has_raw_ids, tr_tick_message *message);

#endif
