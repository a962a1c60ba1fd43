#include "kill_checks.h"

#include <stdarg.h>
#include <stdio.h>

#include "clock.h"
#include "numbered_quote.h"
#include "values.h"
#include "verdict.h"

#define COMPLAINTS_MAX 30u
#define ANY_MODE (~0u)

unsigned kill_failures;

void kill_complain(const kill_case *death, const char *format, ...) {
    if (kill_failures++ >= COMPLAINTS_MAX)
        return;
    printf("FAIL %s, killed after step %u, %s: ", death->operation->name, death->step, death->phase);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

void kill_remember_before(kill_case *death, const scene *scene) {
    scene_look_at_all(scene, death->before);
    death->mode_before = scene->segment.view.header->feeder.api_mode;
    for (uint32_t slot = 0; slot < SCENE_CAPACITY; slot++)
        death->cursors_before[slot] = tr_ring_cursor(&scene->segment.view, slot);
}

static bool same_binding(tr_binding a, tr_binding b) { return a.slot == b.slot && a.generation == b.generation; }

/* Killed between the two stores of a retire: the slot's use is over, the entry does not know it yet. */
static bool is_half_retired(const scene *scene, const sight *seen) {
    return seen->found == TR_FOUND_ACTIVE &&
           scene->segment.view.controls[seen->binding.slot].generation != seen->binding.generation;
}

/* A verdict that lets somebody use the price. */
static bool is_trusted(tr_judgement judgement) { return judgement.verdict <= TR_VERDICT_FALLBACK; }

/* Judged under a header in which everything else is fine, so that only epochs, record and proof decide. */
static bool is_trusted_at_best(const scene *scene, const tr_record *record, int64_t vouched_ns, bool feeder_is_newest) {
    tr_vitals vitals;
    tr_vitals_load(&scene->segment.view, &vitals);
    int64_t now_ns = tr_boot_ns();
    vitals.heartbeat_ns = now_ns;
    vitals.supervisor_state = vitals.feeder_state = TR_RUN_RUNNING;
    vitals.connection = TR_CONN_CONNECTED;
    if (feeder_is_newest)
        vitals.feeder_epoch = vitals.supervisor_epoch;
    return is_trusted(tr_judge(record, &vitals, vouched_ns, now_ns, ANY_MODE, true));
}

/* ---- what a reader may see ---- */

/* The directory shows a symbol as it was or as it was to be. */
static void check_found(const kill_case *death, const scene *scene, uint32_t symbol, const sight *seen) {
    const sight *before = &death->before[symbol], *after = &death->after[symbol];
    bool is_old = seen->found == before->found &&
                  (seen->found != TR_FOUND_ACTIVE || same_binding(seen->binding, before->binding));
    bool is_new =
        seen->found == after->found && (seen->found != TR_FOUND_ACTIVE || same_binding(seen->binding, after->binding));
    bool is_between = death->operation->adds_again && seen->found == TR_FOUND_RETIRED;
    if (!is_old && !is_new && !is_between)
        kill_complain(death, "symbol %u is found neither as before nor as after (%d)", symbol, (int)seen->found);
    if (is_half_retired(scene, seen) ? seen->status != TR_READ_GENERATION
                                     : seen->found == TR_FOUND_ACTIVE && seen->status != TR_READ_OK)
        kill_complain(death, "symbol %u is active and reads as %d", symbol, (int)seen->status);
}

/* Between the old quote and the new one; empty only if one of them is. */
static bool is_number_allowed(const kill_case *death, uint32_t symbol, uint64_t number) {
    uint64_t old = death->before[symbol].number, new = death->after[symbol].number;
    if (number == 0)
        return old == 0 || new == 0 || death->operation->adds_again;
    if (old == 0 || new == 0 || death->operation->adds_again)
        return number == old || number == new;
    return number >= old && number <= new;
}

static void check_record(const kill_case *death, const scene *scene, uint32_t symbol, const sight *seen) {
    const sight *before = &death->before[symbol];
    const tr_record *record = &seen->image.record;
    const char *fault = numbered_fault(record, symbol);
    if (fault != NULL)
        kill_complain(death, "symbol %u: %s", symbol, fault);
    else if (!is_number_allowed(death, symbol, seen->number))
        kill_complain(death, "symbol %u shows quote %llu, from neither before nor after", symbol,
                      (unsigned long long)seen->number);
    if (record->sequence != tr_ring_cursor(&scene->segment.view, seen->binding.slot))
        kill_complain(death, "symbol %u: the cursor names another record", symbol);
    bool had_record = before->found == TR_FOUND_ACTIVE && before->status == TR_READ_OK;
    if (had_record && before->binding.slot == seen->binding.slot && record->sequence < before->image.record.sequence)
        kill_complain(death, "symbol %u: the sequence went back", symbol);
    if (record->epoch > scene->segment.view.header->feeder.epoch)
        kill_complain(death, "symbol %u: a record of an epoch that the header does not know", symbol);
    if (record->epoch < scene->epoch) {
        if (is_trusted_at_best(scene, record, tr_boot_ns(), false))
            kill_complain(death, "symbol %u: a record of an older epoch is trusted", symbol);
        if (is_trusted_at_best(scene, record, tr_boot_ns(), true))
            kill_complain(death, "symbol %u: a record of an older epoch would be trusted after SYNC EPOCH", symbol);
    }
    if (seen->number == 0 && seen->vouched_ns != 0)
        kill_complain(death, "symbol %u is empty and vouched for", symbol);
    /* SYNC VOUCH: a proof comes after what it proves. */
    bool is_new_proof = had_record && seen->vouched_ns != 0 && seen->vouched_ns != before->vouched_ns;
    if (is_new_proof && !death->operation->vouches_alone && record->sequence == before->image.record.sequence)
        kill_complain(death, "symbol %u: vouched for a record that is not there", symbol);
}

/* All but the oldest place of the ring is history; that one may be under the pen. */
static void check_history(const kill_case *death, const scene *scene, uint32_t symbol, const sight *seen) {
    uint64_t newest = seen->image.record.sequence;
    for (uint64_t back = 0; back < SCENE_DEPTH && back < newest; back++) {
        tr_record_image image;
        tr_read_status status =
            tr_ring_read_at(&scene->segment.view, seen->binding.slot, seen->binding.generation, newest - back, &image);
        if (status == TR_READ_OK) {
            const char *fault = numbered_fault(&image.record, symbol);
            if (fault != NULL)
                kill_complain(death, "symbol %u, %u records back: %s", symbol, (unsigned)back, fault);
        } else if (status == TR_READ_LAPPED && back < SCENE_DEPTH - 1) {
            kill_complain(death, "symbol %u, %u records back: lost", symbol, (unsigned)back);
        }
    }
}

/* A handle of a past use never returns anything, whoever has the slot now. */
static void check_handles(const kill_case *death, const scene *scene, const sight seen[SCENE_SYMBOLS + 1]) {
    for (unsigned i = 0; i < scene->handle_count; i++) {
        const held_handle *held = &scene->handles[i];
        tr_record_image image;
        uint64_t retries = 0;
        tr_read_status status =
            tr_ring_read_latest(&scene->segment.view, held->binding.slot, held->binding.generation, &image, &retries);
        const sight *now = &seen[held->symbol <= SCENE_SYMBOLS ? held->symbol : 0];
        bool is_over = now->found != TR_FOUND_ACTIVE || !same_binding(now->binding, held->binding);
        if (is_over && status != TR_READ_GENERATION)
            kill_complain(death, "a handle of symbol %u whose use is over reads as %d", held->symbol, (int)status);
        if (status == TR_READ_OK && (numbered_fault(&image.record, held->symbol) != NULL ||
                                     image.record.generation != held->binding.generation))
            kill_complain(death, "a handle of symbol %u returns something else", held->symbol);
    }
}

static void check_one_symbol_per_slot(const kill_case *death, const scene *scene) {
    const tr_view *view = &scene->segment.view;
    unsigned owners[SCENE_CAPACITY] = {0};
    for (uint32_t at = 0; at <= view->table_mask; at++) {
        uint64_t word = view->entries[at].word;
        uint32_t slot = tr_entry_slot(word);
        if (tr_entry_state(word) != TR_ENTRY_ACTIVE || view->controls[slot].generation != tr_entry_generation(word))
            continue;
        if (++owners[slot] > 1)
            kill_complain(death, "slot %u has two symbols", slot);
    }
}

/* Over all uses of a slot, not only within one: a cursor is what readers compare to see that something is new. */
static void check_cursors(const kill_case *death, const scene *scene) {
    for (uint32_t slot = 0; slot < SCENE_CAPACITY; slot++)
        if (tr_ring_cursor(&scene->segment.view, slot) < death->cursors_before[slot])
            kill_complain(death, "the cursor of slot %u went back", slot);
}

/* SYNC MODE: the new name stands only when no value of the old kind of account is left. */
static void check_mode(const kill_case *death, const scene *scene, const sight *seen, uint32_t symbol) {
    if (scene->segment.view.header->feeder.api_mode != death->mode_before && seen->number != 0)
        kill_complain(death, "symbol %u has a price of the old account under the new name", symbol);
}

static void check_readable(const kill_case *death, const scene *scene, const sight seen[SCENE_SYMBOLS + 1]) {
    for (uint32_t symbol = 1; symbol <= SCENE_SYMBOLS; symbol++) {
        check_found(death, scene, symbol, &seen[symbol]);
        if (seen[symbol].found != TR_FOUND_ACTIVE || seen[symbol].status != TR_READ_OK)
            continue;
        check_record(death, scene, symbol, &seen[symbol]);
        check_history(death, scene, symbol, &seen[symbol]);
        if (!death->operation->is_attach)
            check_mode(death, scene, &seen[symbol], symbol);
    }
    check_handles(death, scene, seen);
    check_one_symbol_per_slot(death, scene);
    check_cursors(death, scene);
}

void kill_check_left(const kill_case *death, const scene *scene) {
    sight seen[SCENE_SYMBOLS + 1];
    scene_look_at_all(scene, seen);
    check_readable(death, scene, seen);
}

/* ---- what the next writer must make of it ---- */

static void check_pool(const kill_case *death, const scene *scene, const sight seen[SCENE_SYMBOLS + 1]) {
    unsigned active = 0;
    for (uint32_t symbol = 1; symbol <= SCENE_SYMBOLS; symbol++)
        active += seen[symbol].found == TR_FOUND_ACTIVE;
    const tr_slot_pool *pool = &scene->writer.pool;
    if (pool->active != active || scene->segment.view.header->feeder.active_symbols != active)
        kill_complain(death, "%u symbols are active, the pool says %u, the header %u", active, pool->active,
                      scene->segment.view.header->feeder.active_symbols);
    if (pool->free_count + active != SCENE_CAPACITY)
        kill_complain(death, "slots leaked: %u free, %u active", pool->free_count, active);
}

void kill_check_taken_over(const kill_case *death, const scene *scene, const sight left[SCENE_SYMBOLS + 1]) {
    sight seen[SCENE_SYMBOLS + 1];
    scene_look_at_all(scene, seen);
    check_readable(death, scene, seen);
    check_pool(death, scene, seen);
    for (uint32_t symbol = 1; symbol <= SCENE_SYMBOLS; symbol++) {
        const sight *now = &seen[symbol], *then = &left[symbol];
        if (is_half_retired(scene, now))
            kill_complain(death, "symbol %u is still half retired", symbol);
        if (now->found != TR_FOUND_ACTIVE || now->status != TR_READ_OK)
            continue;
        const tr_record *record = &now->image.record;
        if (record->epoch != (uint16_t)scene->epoch)
            kill_complain(death, "symbol %u was not published again", symbol);
        if (record->state != (now->number != 0 ? TR_STATE_STALE : TR_STATE_EMPTY) || now->vouched_ns != 0)
            kill_complain(death, "symbol %u is in state %u, vouched %lld", symbol, record->state,
                          (long long)now->vouched_ns);
        if (then->status == TR_READ_OK &&
            (now->number != then->number || record->sequence <= then->image.record.sequence))
            kill_complain(death, "symbol %u lost its last known quote", symbol);
        if (is_trusted_at_best(scene, record, tr_boot_ns(), true))
            kill_complain(death, "symbol %u: an adopted quote is trusted", symbol);
    }
}

/* A new subscription, then two ticks; the second reading must be live and exactly it. */
static void publish_as_new(const kill_case *death, scene *scene, uint32_t symbol, bool keep_last_known) {
    uint32_t slot = scene_slot(scene, symbol);
    sight was = scene_look(scene, symbol);
    tr_writer_begin(&scene->writer, slot, keep_last_known);
    sight begun = scene_look(scene, symbol);
    bool shows_old = keep_last_known && was.number != 0;
    if (begun.status != TR_READ_OK || begun.number != (shows_old ? was.number : 0) || begun.vouched_ns != 0)
        kill_complain(death, "symbol %u does not start from an empty quote", symbol);
    scene_mark_live(scene, slot);
    for (uint64_t number = 1001; number <= 1002; number++) {
        uint64_t sequence = numbered_tick(&scene->writer, slot, symbol, number);
        sight now = scene_look(scene, symbol);
        if (now.status != TR_READ_OK || now.number != number || now.image.record.sequence != sequence ||
            numbered_fault(&now.image.record, symbol) != NULL)
            kill_complain(death, "symbol %u cannot be published again", symbol);
        else if (!is_trusted_at_best(scene, &now.image.record, now.vouched_ns, false))
            kill_complain(death, "symbol %u does not become live again", symbol);
    }
}

static void publish_all(const kill_case *death, scene *scene) {
    for (uint32_t symbol = 1; symbol <= SCENE_SYMBOLS; symbol++)
        if (scene_look(scene, symbol).found == TR_FOUND_ACTIVE)
            publish_as_new(death, scene, symbol, symbol % 2 == 0);
}

static void check_settled(const kill_case *death, const scene *scene) {
    sight seen[SCENE_SYMBOLS + 1];
    scene_look_at_all(scene, seen);
    check_handles(death, scene, seen);
    check_one_symbol_per_slot(death, scene);
    check_pool(death, scene, seen);
}

/* A generation is used once, also when the writer that took it died before it named a symbol. */
static void check_fresh_generation(const kill_case *death, const scene *scene, uint32_t slot) {
    const tr_view *view = &scene->segment.view;
    unsigned records = 0;
    for (uint32_t place = 0; place < SCENE_DEPTH; place++)
        records += tr_ring(view, slot)[place].record.generation == view->controls[slot].generation;
    if (records != 1)
        kill_complain(death, "slot %u: a new use begins with %u records of its generation", slot, records);
}

static void fill(const kill_case *death, scene *scene) {
    for (uint32_t symbol = 1; symbol <= SCENE_SYMBOLS && scene->writer.pool.active < SCENE_CAPACITY; symbol++)
        if (scene_look(scene, symbol).found != TR_FOUND_ACTIVE)
            check_fresh_generation(death, scene, scene_add(scene, symbol));
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(SCENE_SYMBOLS + 1, key);
    tr_binding binding;
    if (tr_writer_add(&scene->writer, key, bytes, &binding) != TR_ADD_NO_SLOT)
        kill_complain(death, "a full segment takes one more symbol");
    check_settled(death, scene);
}

void kill_check_goes_on(const kill_case *death, scene *scene) {
    tr_writer_set_line(&scene->writer, TR_RUN_RUNNING, TR_CONN_CONNECTED, TR_MODE_LIVE);
    publish_all(death, scene);
    fill(death, scene);
    publish_all(death, scene);
    for (uint32_t symbol = 1; symbol <= SCENE_SYMBOLS; symbol++)
        if (scene_look(scene, symbol).found == TR_FOUND_ACTIVE && !scene_retire(scene, symbol))
            kill_complain(death, "symbol %u cannot be retired", symbol);
    check_settled(death, scene);
    fill(death, scene);
    publish_all(death, scene);
    tr_writer_heartbeat(&scene->writer, tr_boot_ns());
    if (!tr_writer_commit(&scene->writer))
        kill_complain(death, "the next writer thinks its epoch is over");
}
