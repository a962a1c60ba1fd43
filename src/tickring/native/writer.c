#include "writer.h"

#include <stdlib.h>
#include <string.h>

#include "atomics.h"
#include "clock.h"
#include "counters.h"
#include "ring_reader.h"
#include "ring_writer.h"
#include "values.h"

static void count(const tr_writer *writer, enum tr_feeder_counter counter) {
    TR_COUNT(&writer->view.header->feeder_counters[counter], 1);
}

static void clear_values(tr_record *record) {
    record->bid = record->ask = record->last = NAN;
    record->bid_size = record->ask_size = record->last_size = record->volume = NAN;
    record->close = record->open = record->high = record->low = NAN;
    record->ts_recv_ns = 0;
    record->last_trade_s = 0;
    record->has = 0;
    record->flags = 0;
    record->source = TR_SOURCE_NONE;
    record->data_type = TR_DATA_UNKNOWN;
}

static uint64_t publish_image(tr_writer *writer, uint32_t slot, tr_record_image *image) {
    tr_record *staged = &writer->staged[slot].record;
    image->record.sequence = ++staged->sequence;
    image->record.generation = staged->generation;
    image->record.epoch = (uint16_t)writer->epoch;
    tr_ring_publish(&writer->view, slot, image);
    writer->dirty_bits |= tr_wake_bit(slot);
    return staged->sequence;
}

static uint64_t publish(tr_writer *writer, uint32_t slot) {
    tr_record *record = &writer->staged[slot].record;
    record->flags = (uint8_t)((record->flags & ~TR_FLAG_MODE_MASK) | writer->mode << TR_FLAG_MODE_SHIFT);
    return publish_image(writer, slot, &writer->staged[slot]);
}

static bool has_kept(const tr_writer *writer, uint32_t slot) { return writer->kept[slot].record.has != 0; }

/* The last known values again, with their own times and kind of account. A state that says why they are old is told;
 * any other state would claim something about values that nothing vouches for. */
static uint64_t publish_kept(tr_writer *writer, uint32_t slot) {
    static const uint32_t TELLING =
        1u << TR_STATE_NO_PERMISSION | 1u << TR_STATE_COMPETING_SESSION | 1u << TR_STATE_UNRESOLVED;
    tr_record_image *kept = &writer->kept[slot];
    uint8_t state = writer->staged[slot].record.state;
    kept->record.state = TELLING >> state & 1u ? state : TR_STATE_STALE;
    kept->record.flags |= TR_FLAG_STATE_ONLY;
    count(writer, TR_COUNTER_STATES);
    return publish_image(writer, slot, kept);
}

static uint64_t publish_state_only(tr_writer *writer, uint32_t slot) {
    if (has_kept(writer, slot))
        return publish_kept(writer, slot);
    tr_record *record = &writer->staged[slot].record;
    record->flags |= TR_FLAG_STATE_ONLY;
    uint64_t sequence = publish(writer, slot);
    record->flags &= (uint8_t)~TR_FLAG_STATE_ONLY;
    count(writer, TR_COUNTER_STATES);
    return sequence;
}

/* Moves what is staged (or was kept before) aside, if it has a price, and empties the staged quote. */
static void start_over(tr_writer *writer, uint32_t slot, bool keep_last_known) {
    tr_record *record = &writer->staged[slot].record;
    if (!keep_last_known)
        writer->kept[slot].record.has = 0;
    else if (tr_has_price(record))
        writer->kept[slot] = writer->staged[slot];
    clear_values(record);
    record->ts_publish_ns = tr_boot_ns();
}

/* A taken-over slot: its newest values, if the record behind the cursor is whole and of the slot's present use. They are
 * kept, never staged: no value of an earlier life can become part of a quote of this one. */
static void adopt_slot(tr_writer *writer, uint32_t slot, uint32_t generation) {
    tr_record_image *staged = &writer->staged[slot];
    uint64_t cursor = tr_ring_cursor(&writer->view, slot);
    if (cursor == 0 || tr_ring_read_at(&writer->view, slot, generation, cursor, staged) != TR_READ_OK)
        clear_values(&staged->record);
    staged->record.sequence = cursor;
    staged->record.generation = generation;
    tr_ring_vouch(&writer->view, slot, 0);
    start_over(writer, slot, true);
    staged->record.state = TR_STATE_EMPTY;
    publish_state_only(writer, slot);
}

static void adopt_symbols(tr_writer *writer) {
    const tr_view *view = &writer->view;
    for (uint32_t at = 0; at <= view->table_mask; at++) {
        uint64_t word = TR_LOAD_RELAXED(&view->entries[at].word);
        if (tr_entry_state(word) == TR_ENTRY_ACTIVE)
            adopt_slot(writer, tr_entry_slot(word), tr_entry_generation(word));
    }
}

void tr_writer_forget(tr_writer *writer) {
    free(writer->staged);
    free(writer->kept);
    tr_pool_free(&writer->pool);
    writer->staged = writer->kept = NULL;
}

bool tr_writer_attach(tr_writer *writer, const tr_view *view, uint64_t epoch, int32_t pid, uint64_t start_ticks) {
    memset(writer, 0, sizeof *writer);
    writer->view = *view;
    writer->epoch = epoch;
    /* calloc: slots never used are never touched, so this costs memory only for symbols that stream. */
    writer->staged = calloc(view->capacity, sizeof *writer->staged);
    writer->kept = calloc(view->capacity, sizeof *writer->kept);
    if (writer->staged == NULL || writer->kept == NULL || !tr_pool_reserve(view, &writer->pool)) {
        tr_writer_forget(writer);
        return false;
    }

    /* Who to end comes first: a successor that finds the lock held must be able to name its holder at once. */
    tr_feeder_line *line = &writer->view.header->feeder;
    TR_STORE_RELAXED(&line->pid, pid);
    TR_STORE_RELAXED(&line->start_ticks, start_ticks);
    TR_STORE_RELAXED(&line->connection, (uint32_t)TR_CONN_UNKNOWN);
    /* api_mode stays: it is the true label of the old values until this writer knows its own gateway. */
    TR_STORE_RELAXED(&line->state, (uint32_t)TR_RUN_STARTING);
    TR_STORE_RELAXED(&line->since_ns, tr_wall_ns());
    TR_STORE_RELAXED(&line->heartbeat_ns, tr_boot_ns());
    /* SYNC EPOCH: before the first record of this epoch. */
    TR_STORE_RELEASE(&line->epoch, epoch);

    tr_pool_scan(&writer->view, &writer->pool);
    adopt_symbols(writer);
    tr_writer_commit(writer);
    return true;
}

void tr_writer_detach(tr_writer *writer) {
    tr_feeder_line *line = &writer->view.header->feeder;
    TR_STORE_RELEASE(&line->state, (uint32_t)TR_RUN_STOPPED);
    /* A host that finds the lock held by a successor who has not named itself yet must not end this process for it. */
    TR_STORE_RELAXED(&line->pid, 0);
    TR_STORE_RELAXED(&line->start_ticks, UINT64_C(0));
    tr_writer_forget(writer);
}

tr_add_status tr_writer_add(tr_writer *writer, const char *key, size_t bytes, tr_binding *binding) {
    uint32_t index;
    tr_add_status status = tr_directory_reserve(&writer->view, &writer->pool, key, bytes, binding, &index);
    if (status != TR_ADD_OK)
        return status;
    uint32_t slot = binding->slot;
    tr_record *record = &writer->staged[slot].record;
    start_over(writer, slot, false);
    record->sequence = tr_ring_cursor(&writer->view, slot); /* sequences go on over all uses of a slot */
    record->generation = binding->generation;
    record->state = TR_STATE_EMPTY;
    publish(writer, slot);
    tr_directory_publish(&writer->view, &writer->pool, key, bytes, *binding, index);
    count(writer, TR_COUNTER_ADDED);
    return TR_ADD_OK;
}

bool tr_writer_retire(tr_writer *writer, const char *key, size_t bytes) {
    uint32_t slot;
    if (!tr_directory_retire(&writer->view, &writer->pool, key, bytes, &slot))
        return false;
    writer->dirty_bits |= tr_wake_bit(slot); /* who waits for it learns that it is gone */
    count(writer, TR_COUNTER_RETIRED);
    return true;
}

void tr_writer_begin(tr_writer *writer, uint32_t slot, bool keep_last_known) {
    tr_ring_vouch(&writer->view, slot, 0);
    start_over(writer, slot, keep_last_known);
    writer->staged[slot].record.state = TR_STATE_PENDING;
    if (has_kept(writer, slot))
        publish_kept(writer, slot);
    else
        publish(writer, slot);
    count(writer, TR_COUNTER_SUBSCRIPTIONS);
}

/* Returns whether the staged quote changed. */
static bool stage_change(tr_record *record, const tr_change *change) {
    uint16_t bit = (uint16_t)(1u << change->field);
    bool had = (record->has & bit) != 0, absent = tr_is_absent(change->field, change->value);
    if (absent && !had)
        return false;
    if (change->field == TR_FIELD_LAST_TRADE) {
        uint32_t seconds = absent ? 0 : (uint32_t)change->value;
        if (had && !absent && record->last_trade_s == seconds)
            return false;
        record->last_trade_s = seconds;
    } else {
        double *place = tr_field_place(record, change->field);
        if (had && !absent && *place == change->value)
            return false;
        *place = absent ? NAN : change->value;
    }
    record->has = (uint16_t)(absent ? record->has & ~bit : record->has | bit);
    return true;
}

uint64_t tr_writer_tick(tr_writer *writer, uint32_t slot, int64_t ts_recv_ns, const tr_change *changes, size_t length) {
    tr_record_image *staged = &writer->staged[slot];
    bool changed = false, priced = false;
    for (size_t i = 0; i < length; i++) {
        changed |= stage_change(&staged->record, &changes[i]);
        priced |= tr_is_quoted_price(changes[i].field);
    }
    int64_t now_ns = tr_boot_ns();
    uint64_t sequence = 0;
    if (tr_has_price(&staged->record))
        writer->kept[slot].record.has = 0;
    if (has_kept(writer, slot)) {
        /* Not a price yet: the last known values stay, unvouched; what came is staged and shows with the first price. */
        count(writer, TR_COUNTER_UNCHANGED);
        return 0;
    }
    if (changed) {
        if (priced)
            staged->record.ts_recv_ns = ts_recv_ns;
        staged->record.ts_publish_ns = now_ns;
        sequence = publish(writer, slot);
    }
    tr_ring_vouch(&writer->view, slot, now_ns);
    count(writer, changed ? TR_COUNTER_TICKS : TR_COUNTER_UNCHANGED);
    return sequence;
}

uint64_t tr_writer_set_state(tr_writer *writer, uint32_t slot, int state, int source, int data_type, int halted,
                             bool publish_now) {
    tr_record *record = &writer->staged[slot].record;
    tr_record before = *record;
    if (state >= 0)
        record->state = (uint8_t)state;
    if (source >= 0)
        record->source = (uint8_t)source;
    if (data_type >= 0)
        record->data_type = (uint8_t)data_type;
    if (halted >= 0)
        record->flags = (uint8_t)((record->flags & ~TR_FLAG_HALTED) | (halted ? TR_FLAG_HALTED : 0));
    bool moved = before.state != record->state || before.source != record->source ||
                 before.data_type != record->data_type || before.flags != record->flags;
    return publish_now && moved ? publish_state_only(writer, slot) : 0;
}

void tr_writer_vouch(tr_writer *writer, uint32_t slot, int64_t now_ns) { tr_ring_vouch(&writer->view, slot, now_ns); }

bool tr_writer_is_current(const tr_writer *writer) {
    const tr_supervisor_line *line = &writer->view.header->supervisor;
    return TR_LOAD_ACQUIRE(&line->epoch) == writer->epoch && TR_LOAD_RELAXED(&line->superseded) == 0;
}

bool tr_writer_commit(tr_writer *writer) {
    if (writer->dirty_bits != 0) {
        tr_wake_batch(&writer->view.header->wake, writer->dirty_bits);
        writer->dirty_bits = 0;
        count(writer, TR_COUNTER_BATCHES);
    }
    return tr_writer_is_current(writer);
}

void tr_writer_heartbeat(tr_writer *writer, int64_t now_ns) {
    TR_STORE_RELEASE(&writer->view.header->feeder.heartbeat_ns, now_ns);
}

/* The values of one kind of account must never be shown under the name of another. */
static void empty_all(tr_writer *writer) {
    for (uint32_t at = 0; at <= writer->view.table_mask; at++) {
        uint64_t word = TR_LOAD_RELAXED(&writer->view.entries[at].word);
        if (tr_entry_state(word) == TR_ENTRY_ACTIVE)
            tr_writer_begin(writer, tr_entry_slot(word), false);
    }
}

void tr_writer_set_line(tr_writer *writer, int run_state, int connection, int api_mode) {
    tr_feeder_line *line = &writer->view.header->feeder;
    if (api_mode >= 0) {
        writer->mode = (uint8_t)api_mode; /* in every record from here on, so that old ones keep their own */
        if ((uint32_t)api_mode != TR_LOAD_RELAXED(&line->api_mode))
            empty_all(writer);
        TR_STORE_RELEASE(&line->api_mode, (uint32_t)api_mode);
    }
    if (connection >= 0)
        TR_STORE_RELEASE(&line->connection, (uint32_t)connection);
    if (run_state >= 0) {
        TR_STORE_RELAXED(&line->since_ns, tr_wall_ns());
        TR_STORE_RELEASE(&line->state, (uint32_t)run_state);
    }
}
