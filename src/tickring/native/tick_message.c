#include "tick_message.h"

#include <string.h>

#include "decimal_text.h"

enum { ID_PRICE = 1, ID_SIZE = 2, ID_NUMBER = 45, ID_TEXT = 46, PROTOBUF_OFFSET = 200 };

#define PAYLOAD_MOST 256

/* ---- text: fields, each ended by a NUL ------------------------------------------------------------------------- */

typedef struct {
    const char *at;
    const char *end;
} text_cursor;

/* The next field without its NUL; false: none. */
static bool next_field(text_cursor *cursor, const char **field, size_t *bytes) {
    const char *nul = memchr(cursor->at, 0, (size_t)(cursor->end - cursor->at));
    if (nul == NULL)
        return false;
    *field = cursor->at;
    *bytes = (size_t)(nul - cursor->at);
    cursor->at = nul + 1;
    return true;
}

static bool next_number(text_cursor *cursor, uint32_t *number) {
    const char *field;
    size_t bytes;
    return next_field(cursor, &field, &bytes) && tr_small_number(field, bytes, number);
}

static bool next_value(text_cursor *cursor, double *value) {
    const char *field;
    size_t bytes;
    return next_field(cursor, &field, &bytes) && tr_decimal_value(field, bytes, value);
}

static bool has_letter(const char *text, size_t bytes, const char *letters) {
    for (size_t i = 0; i < bytes; i++)
        if (strchr(letters, text[i]) != NULL)
            return true;
    return false;
}

static bool size_value(const char *text, size_t bytes, tr_tick_message *message, double *value) {
    message->is_whole = !has_letter(text, bytes, ".eE");
    return tr_decimal_value(text, bytes, value);
}

static bool next_size(text_cursor *cursor, tr_tick_message *message, double *value) {
    const char *field;
    size_t bytes;
    return next_field(cursor, &field, &bytes) && size_value(field, bytes, message, value);
}

/* Printable ASCII without a backslash: every release and every decoding makes the same text of it. */
static bool plain_text(const char *text, size_t bytes, tr_tick_message *message) {
    for (size_t i = 0; i < bytes; i++)
        if (text[i] < ' ' || text[i] > '~' || text[i] == '\\')
            return false;
    message->is_number =
        bytes > 0 && !has_letter(text, bytes, "-.eE") && tr_decimal_value(text, bytes, &message->value);
    return true;
}

static bool parse_text(uint32_t id, text_cursor cursor, tr_tick_message *message) {
    uint32_t version, attributes;
    if (!next_number(&cursor, &version) || !next_number(&cursor, &message->req_id) ||
        !next_number(&cursor, &message->tick_type))
        return false;
    const char *field;
    size_t bytes;
    bool is_taken = false;
    switch (id) {
    case ID_PRICE:
        message->kind = TR_TICK_PRICE;
        is_taken = next_value(&cursor, &message->value) && next_size(&cursor, message, &message->size) &&
                   next_number(&cursor, &attributes);
        break;
    case ID_SIZE:
        message->kind = TR_TICK_SIZE;
        is_taken = next_size(&cursor, message, &message->value);
        break;
    case ID_NUMBER:
        message->kind = TR_TICK_NUMBER;
        is_taken = next_value(&cursor, &message->value);
        break;
    case ID_TEXT:
        message->kind = TR_TICK_TEXT;
        is_taken = next_field(&cursor, &field, &bytes) && plain_text(field, bytes, message);
        break;
    default:
        break;
    }
    return is_taken && cursor.at == cursor.end;
}

/* ---- protobuf: reqId 1, tickType 2, then price 3 (double), size 4 (string), attrMask 5; size 3 (string); value 3 ---- */

enum { WIRE_VARINT = 0, WIRE_64_BITS = 1, WIRE_BYTES = 2 };

/* A varint of at most 28 bits: longer ones (negative numbers among them) are declined. */
static bool next_varint(text_cursor *cursor, uint32_t *number) {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 28 && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = (uint8_t)*cursor->at++;
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *number = value;
            return true;
        }
    }
    return false;
}

static bool next_double(text_cursor *cursor, double *value) {
    if (cursor->end - cursor->at < 8)
        return false;
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++)
        bits |= (uint64_t)(uint8_t)cursor->at[i] << 8 * i;
    memcpy(value, &bits, sizeof bits);
    cursor->at += 8;
    return true;
}

static bool next_bytes(text_cursor *cursor, const char **field, size_t *bytes) {
    uint32_t length;
    if (!next_varint(cursor, &length) || length > (size_t)(cursor->end - cursor->at))
        return false;
    *field = cursor->at;
    *bytes = length;
    cursor->at += length;
    return true;
}

/* One field of the message by its number and wire type; false: not one that is known here. */
static bool take_field(uint32_t tag, text_cursor *cursor, tr_tick_message *message) {
    const char *field;
    size_t bytes;
    uint32_t attributes;
    switch (tag) {
    case 1 << 3 | WIRE_VARINT:
        return next_varint(cursor, &message->req_id);
    case 2 << 3 | WIRE_VARINT:
        return next_varint(cursor, &message->tick_type);
    case 3 << 3 | WIRE_64_BITS:
        return (message->kind == TR_TICK_PRICE || message->kind == TR_TICK_NUMBER) &&
               next_double(cursor, &message->value);
    case 3 << 3 | WIRE_BYTES:
        if (!next_bytes(cursor, &field, &bytes))
            return false;
        if (message->kind == TR_TICK_SIZE)
            return size_value(field, bytes, message, &message->value);
        return message->kind == TR_TICK_TEXT && plain_text(field, bytes, message);
    case 4 << 3 | WIRE_BYTES:
        return message->kind == TR_TICK_PRICE && next_bytes(cursor, &field, &bytes) &&
               size_value(field, bytes, message, &message->size);
    case 5 << 3 | WIRE_VARINT:
        return message->kind == TR_TICK_PRICE && next_varint(cursor, &attributes);
    default:
        return false;
    }
}

static bool parse_protobuf(uint32_t id, text_cursor cursor, tr_tick_message *message) {
    static const uint8_t WHOLE[] = {/* fields that must be there, as bits */
                                    [TR_TICK_PRICE] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5,
                                    [TR_TICK_SIZE] = 1 << 1 | 1 << 2 | 1 << 3,
                                    [TR_TICK_NUMBER] = 1 << 1 | 1 << 2 | 1 << 3,
                                    [TR_TICK_TEXT] = 1 << 1 | 1 << 2 | 1 << 3};
    switch (id) {
    case ID_PRICE:
        message->kind = TR_TICK_PRICE;
        break;
    case ID_SIZE:
        message->kind = TR_TICK_SIZE;
        break;
    case ID_NUMBER:
        message->kind = TR_TICK_NUMBER;
        break;
    case ID_TEXT:
        message->kind = TR_TICK_TEXT;
        break;
    default:
        return false;
    }
    unsigned seen = 0;
    while (cursor.at < cursor.end) {
        uint32_t tag = (uint8_t)*cursor.at++;
        unsigned bit = 1u << (tag >> 3);
        if (tag >= 0x40 || seen & bit || !take_field(tag, &cursor, message))
            return false;
        seen |= bit;
    }
    return seen == WHOLE[message->kind];
}

bool tr_tick_message_parse(const char *payload, size_t bytes, bool has_raw_ids, tr_tick_message *message) {
    text_cursor cursor = {payload, payload + bytes};
    uint32_t id;
    if (bytes < 4 || bytes > PAYLOAD_MOST)
        return false;
    if (!has_raw_ids)
        return next_number(&cursor, &id) && parse_text(id, cursor, message);
    if (payload[0] != 0 || payload[1] != 0 || payload[2] != 0)
        return false;
    id = (uint8_t)payload[3];
    cursor.at += 4;
    return id > PROTOBUF_OFFSET ? parse_protobuf(id - PROTOBUF_OFFSET, cursor, message)
                                : parse_text(id, cursor, message);
}
