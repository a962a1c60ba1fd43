#include "stress_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "numbered_quote.h"
#include "ring_reader.h"

/* A batch uses fewer. */
#define NUMBERS_KEPT 64u

static void subscribe(stress_writer *writer, uint32_t symbol, bool keep_last_known) {
    uint32_t slot = (uint32_t)writer->slots[symbol];
    tr_writer_begin(&writer->writer, slot, keep_last_known);
    tr_writer_set_state(&writer->writer, slot, TR_STATE_LIVE, TR_SOURCE_IB_STREAM, TR_DATA_REALTIME, 0, false);
}

static void add(stress_writer *writer, uint32_t symbol) {
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(symbol, key);
    tr_binding binding;
    tr_add_status status = tr_writer_add(&writer->writer, key, bytes, &binding);
    if (status == TR_ADD_NO_SLOT)
        return;
    if (status != TR_ADD_OK) {
        stress_fail(writer->shared, "symbol %u cannot be added (%d)", symbol, (int)status);
        return;
    }
    if (tr_ring_cursor(&writer->writer.view, binding.slot) > 1)
        atomic_fetch_add_explicit(&writer->shared->reused, 1u, memory_order_relaxed);
    writer->slots[symbol] = (int32_t)binding.slot;
    subscribe(writer, symbol, false);
}

static void retire(stress_writer *writer, uint32_t symbol) {
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(symbol, key);
    if (!tr_writer_retire(&writer->writer, key, bytes))
        stress_fail(writer->shared, "symbol %u cannot be retired", symbol);
    writer->slots[symbol] = -1;
}

static void tick(stress_writer *writer, uint32_t symbol) {
    bool is_followed = symbol == STRESS_FOLLOWED;
    uint64_t number = is_followed ? ++writer->followed_number : ++writer->number;
    uint64_t sequence = numbered_tick(&writer->writer, (uint32_t)writer->slots[symbol], symbol, number);
    if (sequence == 0)
        stress_fail(writer->shared, "a changed quote of symbol %u was not published", symbol);
    if (is_followed)
        atomic_fetch_add_explicit(&writer->shared->followed_published, 1u, memory_order_relaxed);
}

/* Of a symbol that is in: what may happen to it beside ticks. */
static void disturb(stress_writer *writer, uint32_t symbol) {
    uint32_t slot = (uint32_t)writer->slots[symbol];
    switch (stress_random(&writer->random) % 4) {
    case 0:
        tr_writer_set_state(&writer->writer, slot, TR_STATE_QUIET, -1, -1, 1, true);
        tr_writer_set_state(&writer->writer, slot, TR_STATE_LIVE, -1, -1, 0, true);
        break;
    case 1:
        subscribe(writer, symbol, (stress_random(&writer->random) & 1) != 0);
        break;
    default:
        retire(writer, symbol);
    }
}

void stress_writer_begin(stress_writer *writer, stress_shared *shared, uint64_t epoch, uint64_t numbers,
                         uint64_t seed) {
    memset(writer, 0, sizeof *writer);
    writer->shared = shared;
    writer->random = seed;
    writer->number = writer->followed_number = (epoch - 1) * numbers;
    writer->number_limit = epoch * numbers - NUMBERS_KEPT;
    if (!tr_writer_attach(&writer->writer, &shared->segment.view, epoch, 1, 1)) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    tr_writer_set_line(&writer->writer, TR_RUN_RUNNING, TR_CONN_CONNECTED, TR_MODE_LIVE);
    for (uint32_t symbol = 1; symbol <= STRESS_SYMBOLS; symbol++) {
        char key[TR_KEY_BYTES_MAX + 1];
        size_t bytes = numbered_key(symbol, key);
        tr_binding binding;
        bool is_in = tr_directory_lookup(&writer->writer.view, key, bytes, &binding) == TR_FOUND_ACTIVE;
        writer->slots[symbol] = is_in ? (int32_t)binding.slot : -1;
        if (is_in)
            subscribe(writer, symbol, true);
        else if (symbol == STRESS_FOLLOWED)
            add(writer, symbol);
    }
    tr_writer_commit(&writer->writer);
}

void stress_writer_batch(stress_writer *writer) {
    if (writer->number > writer->number_limit || writer->followed_number > writer->number_limit)
        return;
    tick(writer, STRESS_FOLLOWED);
    for (unsigned i = stress_random(&writer->random) % 6; i > 0; i--) {
        uint32_t symbol = 2 + (uint32_t)(stress_random(&writer->random) % (STRESS_SYMBOLS - 1));
        if (writer->slots[symbol] < 0)
            add(writer, symbol);
        else if (stress_random(&writer->random) % 16 == 0)
            disturb(writer, symbol);
        else
            tick(writer, symbol);
    }
    tr_writer_heartbeat(&writer->writer, tr_boot_ns());
    tr_writer_commit(&writer->writer);
}

void stress_writer_tick_followed(stress_writer *writer) {
    tick(writer, STRESS_FOLLOWED);
    tr_writer_commit(&writer->writer);
}

void stress_writer_end(stress_writer *writer) { tr_writer_detach(&writer->writer); }
