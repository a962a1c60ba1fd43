/* Absent values are decided here and nowhere else.
 *
 * IB says "no value" in many ways (TWS API, "Tick Types"; requirements C9): -1 and 0 as a price, -1 as a size, the
 * largest double, int, long, and 2^127 - 1 for an unset Decimal. Inside tickring absent is one thing: NaN and a
 * cleared has-bit. A price of 0 is absent ("no bid"); a size of 0 is a value; a price below 0 other than -1 is a value
 * (calendar spreads trade there).
 */
#ifndef TICKRING_VALUES_H
#define TICKRING_VALUES_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

#define TR_UNSET_INT 2147483647.0
#define TR_UNSET_LONG 9223372036854775807.0
#define TR_UNSET_DECIMAL 1.7014118346046923e38 /* 2^127 - 1 as a double */

static inline bool tr_is_price_field(int field) {
    return field == TR_FIELD_BID || field == TR_FIELD_ASK || field == TR_FIELD_LAST ||
           (field >= TR_FIELD_CLOSE && field <= TR_FIELD_LOW);
}

/* Whether a tick of this field moves ts_recv_ns: it prices the instrument now, unlike close, open, high, low. */
static inline bool tr_is_quoted_price(int field) {
    return field == TR_FIELD_BID || field == TR_FIELD_ASK || field == TR_FIELD_LAST;
}

static inline bool tr_is_absent(int field, double value) {
    if (!isfinite(value) || fabs(value) == DBL_MAX)
        return true;
    if (tr_is_price_field(field))
        return value == -1.0 || value == 0.0;
    if (field == TR_FIELD_LAST_TRADE && value > (double)UINT32_MAX)
        return true;
    return value < 0.0 || value == TR_UNSET_INT || value == TR_UNSET_LONG || value == TR_UNSET_DECIMAL;
}

/* Where each double of a record lies, by field. */
static const uint8_t TR_FIELD_OFFSET[TR_FIELD_COUNT] = {
    [TR_FIELD_BID] = offsetof(tr_record, bid),           [TR_FIELD_ASK] = offsetof(tr_record, ask),
    [TR_FIELD_LAST] = offsetof(tr_record, last),         [TR_FIELD_BID_SIZE] = offsetof(tr_record, bid_size),
    [TR_FIELD_ASK_SIZE] = offsetof(tr_record, ask_size), [TR_FIELD_LAST_SIZE] = offsetof(tr_record, last_size),
    [TR_FIELD_VOLUME] = offsetof(tr_record, volume),     [TR_FIELD_CLOSE] = offsetof(tr_record, close),
    [TR_FIELD_OPEN] = offsetof(tr_record, open),         [TR_FIELD_HIGH] = offsetof(tr_record, high),
    [TR_FIELD_LOW] = offsetof(tr_record, low),
};

static inline double *tr_field_place(tr_record *record, int field) {
    return (double *)((char *)record + TR_FIELD_OFFSET[field]);
}

static inline bool tr_has(const tr_record *record, int field) { return (record->has >> field) & 1u; }

/* Both sides there and not crossed. A locked market (bid == ask) is fine; a crossed one (bid > ask) has no mid. */
static inline bool tr_two_sided(const tr_record *record) {
    return tr_has(record, TR_FIELD_BID) && tr_has(record, TR_FIELD_ASK) && record->bid <= record->ask;
}

static inline double tr_mid(const tr_record *record) {
    return tr_two_sided(record) ? record->bid + (record->ask - record->bid) / 2.0 : NAN;
}

static inline double tr_spread(const tr_record *record) {
    return tr_two_sided(record) ? record->ask - record->bid : NAN;
}

/* The kind of account behind the values of this very record. */
static inline uint32_t tr_record_mode(const tr_record *record) {
    return (record->flags & TR_FLAG_MODE_MASK) >> TR_FLAG_MODE_SHIFT;
}

static inline bool tr_has_price(const tr_record *record) {
    return (record->has & ((1u << TR_FIELD_BID) | (1u << TR_FIELD_ASK) | (1u << TR_FIELD_LAST))) != 0;
}

/* A record that says nothing at all. */
static inline void tr_clear_record(tr_record *record) {
    static const tr_record nothing;
    *record = nothing;
    for (int field = TR_FIELD_BID; field <= TR_FIELD_LOW; field++)
        *tr_field_place(record, field) = NAN;
}

#endif
