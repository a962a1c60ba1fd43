#include "numbered_quote.h"

#include <math.h>
#include <stdio.h>

#include "values.h"

#define ALL_FIELDS ((1u << TR_FIELD_COUNT) - 1u)

static double base_of(uint32_t symbol, uint64_t number) {
    return (double)((uint64_t)symbol * NUMBERED_QUOTES_MAX + number);
}

/* Distinct for every field, and none of IB's absent values for any number (values.h): 4n + 1, 2 and 4 are never
 * 2^31 - 1, and neither is a second below 2^30. */
static double field_of(uint32_t symbol, uint64_t number, int field) {
    double base = base_of(symbol, number);
    switch (field) {
    case TR_FIELD_BID:
        return base;
    case TR_FIELD_ASK:
        return base + 1.0;
    case TR_FIELD_LAST:
        return base + 0.5;
    case TR_FIELD_BID_SIZE:
        return (double)(4 * number + 1);
    case TR_FIELD_ASK_SIZE:
        return (double)(4 * number + 2);
    case TR_FIELD_LAST_SIZE:
        return (double)(4 * number + 4);
    case TR_FIELD_VOLUME:
        return base + 0.25;
    case TR_FIELD_LAST_TRADE:
        return (double)(number % (1u << 30) + 1);
    default:
        return base + (double)field; /* close, open, high, low */
    }
}

static int64_t recv_ns_of(uint32_t symbol, uint64_t number) { return (int64_t)symbol << 40 | (int64_t)number; }

size_t numbered_key(uint32_t symbol, char key[TR_KEY_BYTES_MAX + 1]) {
    return (size_t)snprintf(key, TR_KEY_BYTES_MAX + 1, "SYM%u", symbol);
}

uint64_t numbered_tick(tr_writer *writer, uint32_t slot, uint32_t symbol, uint64_t number) {
    tr_change changes[TR_FIELD_COUNT];
    for (int field = 0; field < TR_FIELD_COUNT; field++)
        changes[field] = (tr_change){field, field_of(symbol, number, field)};
    return tr_writer_tick(writer, slot, recv_ns_of(symbol, number), changes, TR_FIELD_COUNT);
}

uint64_t numbered_of(const tr_record *record, uint32_t symbol) {
    return record->has == 0 ? 0 : (uint64_t)record->bid - symbol * NUMBERED_QUOTES_MAX;
}

static const char *empty_fault(const tr_record *record) {
    if (!isnan(record->bid) || !isnan(record->ask) || !isnan(record->last) || !isnan(record->bid_size) ||
        !isnan(record->ask_size) || !isnan(record->last_size) || !isnan(record->volume) || !isnan(record->close) ||
        !isnan(record->open) || !isnan(record->high) || !isnan(record->low) || record->last_trade_s != 0 ||
        record->ts_recv_ns != 0)
        return "torn: no has-bits, but values";
    return NULL;
}

const char *numbered_fault(const tr_record *record, uint32_t symbol) {
    if (record->has == 0)
        return empty_fault(record);
    if (record->has != ALL_FIELDS)
        return "torn: some has-bits";
    /* Bounds first: the difference below must not wrap, and a NaN must not be converted. */
    double lowest = base_of(symbol, 1);
    if (!(record->bid >= lowest && record->bid < lowest + (double)(NUMBERED_QUOTES_MAX - 1)))
        return "another symbol's bid";
    uint64_t number = numbered_of(record, symbol);
    const double found[TR_FIELD_COUNT] = {record->bid,      record->ask,       record->last,   record->bid_size,
                                          record->ask_size, record->last_size, record->volume, record->close,
                                          record->open,     record->high,      record->low,    record->last_trade_s};
    for (int field = 0; field < TR_FIELD_COUNT; field++)
        if (found[field] != field_of(symbol, number, field))
            return "torn: fields of two quotes";
    if (record->ts_recv_ns != recv_ns_of(symbol, number))
        return "torn: values and receive time of two quotes";
    return NULL;
}
