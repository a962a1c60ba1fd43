#include "stress_readers.h"

#include <sched.h>
#include <string.h>

#include "clock.h"
#include "key.h"
#include "numbered_quote.h"
#include "ring_reader.h"
#include "verdict.h"
#include "wake.h"

#define LIVE_MODE (1u << TR_MODE_LIVE)

static void add_to(_Atomic uint64_t *counter, uint64_t n) {
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void stress_reader_begin(stress_reader *reader, stress_shared *shared, uint64_t seed) {
    memset(reader, 0, sizeof *reader);
    reader->shared = shared;
    reader->random = seed;
}

static uint32_t random_symbol(stress_reader *reader) {
    return 1 + (uint32_t)(stress_random(&reader->random) % STRESS_SYMBOLS);
}

static bool bind(stress_reader *reader, uint32_t symbol) {
    stress_memory *memory = &reader->memory[symbol];
    if (memory->is_bound)
        return true;
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(symbol, key);
    if (tr_directory_lookup(&reader->shared->segment.view, key, bytes, &memory->binding) != TR_FOUND_ACTIVE)
        return false;
    memory->is_bound = true;
    memory->sequence = 0;
    add_to(&reader->shared->rebound, 1);
    return true;
}

/* SYNC DIRECTORY: who has seen that a symbol is out, or in again elsewhere, gets nothing through its old handle. */
static void check_gone(stress_reader *reader, uint32_t symbol) {
    const tr_view *view = &reader->shared->segment.view;
    const tr_binding held = reader->memory[symbol].binding;
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(symbol, key);
    tr_binding now;
    if (tr_directory_lookup(view, key, bytes, &now) == TR_FOUND_ACTIVE && now.slot == held.slot &&
        now.generation == held.generation)
        return;
    tr_record_image image;
    uint64_t retries = 0;
    tr_read_status status = tr_ring_read_latest(view, held.slot, held.generation, &image, &retries);
    if (status != TR_READ_GENERATION && status != TR_READ_CONTENDED)
        stress_fail(reader->shared, "symbol %u is gone, but its handle reads (%d)", symbol, (int)status);
}

static void check_forward(stress_reader *reader, uint32_t symbol, const tr_record *record) {
    stress_memory *memory = &reader->memory[symbol];
    if (record->sequence < memory->sequence)
        stress_fail(reader->shared, "symbol %u: the sequence went back", symbol);
    memory->sequence = record->sequence;
    uint64_t number = numbered_of(record, symbol);
    if (number != 0 && number < memory->number)
        stress_fail(reader->shared, "symbol %u: an older quote after a newer one", symbol);
    if (number != 0)
        memory->number = number;
}

static void check_verdict(stress_reader *reader, uint32_t symbol, const tr_record *record, int64_t vouched_ns) {
    tr_vitals vitals;
    tr_vitals_load(&reader->shared->segment.view, &vitals);
    tr_judgement judgement = tr_judge(record, &vitals, vouched_ns, tr_boot_ns(), LIVE_MODE, true);
    /* SYNC VOUCH: only ticks vouch here, each with the time of its own record, so a proof newer than the record would
     * be the proof of a record that the reader has not seen. */
    if (vouched_ns > record->ts_publish_ns)
        stress_fail(reader->shared, "symbol %u: vouched for by a later record", symbol);
    /* A later life may empty a quote whose old proof was already loaded; in the first life `empty` is only the first
     * record of a symbol, and a proof before it would be that of the slot's former symbol. */
    if (record->state == TR_STATE_EMPTY && record->epoch == 1 && vouched_ns != 0)
        stress_fail(reader->shared, "symbol %u: vouched for before its first tick", symbol);
    if (judgement.verdict > TR_VERDICT_FALLBACK)
        return;
    add_to(&reader->shared->trusted, 1);
    if (record->has == 0 || record->epoch != (uint16_t)vitals.supervisor_epoch || vouched_ns == 0 ||
        (record->state != TR_STATE_LIVE && record->state != TR_STATE_QUIET))
        stress_fail(reader->shared, "symbol %u: trusted without evidence", symbol);
    /* SYNC EPOCH: a header that does not know the record's epoch would be older than the record. */
    if (record->epoch > (uint16_t)vitals.feeder_epoch)
        stress_fail(reader->shared, "symbol %u: a record of an epoch that the header does not know", symbol);
}

static void check_whole(stress_reader *reader, uint32_t symbol, const tr_record *record) {
    const char *fault = numbered_fault(record, symbol);
    if (fault != NULL)
        stress_fail(reader->shared, "symbol %u, record %llu: %s", symbol, (unsigned long long)record->sequence, fault);
    if (record->generation != reader->memory[symbol].binding.generation)
        stress_fail(reader->shared, "symbol %u: a record of another use of its slot", symbol);
}

void stress_read_latest(stress_reader *reader) {
    uint32_t symbol = random_symbol(reader);
    if (!bind(reader, symbol))
        return;
    stress_memory *memory = &reader->memory[symbol];
    const tr_view *view = &reader->shared->segment.view;
    tr_record_image image;
    uint64_t retries = 0;
    if (stress_random(&reader->random) % 8 == 0)
        check_gone(reader, symbol);
    int64_t vouched_ns = tr_ring_vouched_ns(view, memory->binding.slot);
    switch (tr_ring_read_latest(view, memory->binding.slot, memory->binding.generation, &image, &retries)) {
    case TR_READ_OK:
        check_whole(reader, symbol, &image.record);
        check_forward(reader, symbol, &image.record);
        check_verdict(reader, symbol, &image.record, vouched_ns);
        add_to(&reader->shared->reads, 1);
        break;
    case TR_READ_GENERATION:
        memory->is_bound = false;
        break;
    case TR_READ_CONTENDED:
        add_to(&reader->shared->contended, 1);
        break;
    default: /* a symbol is in the directory only after its first record */
        stress_fail(reader->shared, "symbol %u is in and has no record", symbol);
    }
    add_to(&reader->shared->lapped, retries);
}

void stress_read_history(stress_reader *reader) {
    uint32_t symbol = random_symbol(reader);
    if (!bind(reader, symbol))
        return;
    stress_memory *memory = &reader->memory[symbol];
    const tr_view *view = &reader->shared->segment.view;
    uint64_t newest = tr_ring_cursor(view, memory->binding.slot), above = UINT64_MAX;
    for (uint64_t back = 0; back < view->depth && back < newest; back++) {
        tr_record_image image;
        switch (tr_ring_read_at(view, memory->binding.slot, memory->binding.generation, newest - back, &image)) {
        case TR_READ_OK: {
            check_whole(reader, symbol, &image.record);
            uint64_t number = numbered_of(&image.record, symbol);
            if (image.record.sequence != newest - back)
                stress_fail(reader->shared, "symbol %u: another record than asked for", symbol);
            if (number != 0 && number > above)
                stress_fail(reader->shared, "symbol %u: history runs backwards", symbol);
            above = number != 0 ? number : above;
            add_to(&reader->shared->reads, 1);
            break;
        }
        case TR_READ_LAPPED:
            add_to(&reader->shared->lapped, 1);
            break;
        default: /* what lies further back is of an earlier use, and what is newest may be of a later one */
            memory->is_bound = back != 0;
            return;
        }
    }
}

void stress_walk_directory(stress_reader *reader) {
    const tr_view *view = &reader->shared->segment.view;
    for (uint32_t at = 0; at <= view->table_mask; at++) {
        uint64_t word = __atomic_load_n(&view->entries[at].word, __ATOMIC_ACQUIRE); /* SYNC DIRECTORY */
        if (word == 0)
            continue;
        char key[TR_KEY_BYTES_MAX + 1];
        size_t bytes = tr_directory_key(view, at, key);
        tr_binding binding;
        if (tr_key_fault(key, bytes) != NULL || tr_directory_lookup(view, key, bytes, &binding) == TR_FOUND_NOTHING)
            stress_fail(reader->shared, "entry %u: its key does not find it", at);
    }
    tr_directory_version(view);
}

/* ---- the follower ---- */

typedef struct {
    stress_shared *shared;
    tr_binding binding;
    uint64_t next; /* the first record neither seen nor counted as missed */
    uint64_t seen, missed;
} follower;

/* Takes what stands up to the cursor; counts what was passed over, as a follower of the Python reader does. */
static void take(follower *self) {
    const tr_view *view = &self->shared->segment.view;
    uint64_t newest = tr_ring_cursor(view, self->binding.slot);
    uint64_t readable = view->depth - 2;
    if (newest >= self->next + readable) {
        self->missed += newest - readable + 1 - self->next;
        self->next = newest - readable + 1;
    }
    for (; self->next <= newest; self->next++) {
        tr_record_image image;
        tr_read_status status = tr_ring_read_at(view, self->binding.slot, self->binding.generation, self->next, &image);
        if (status == TR_READ_LAPPED) {
            self->missed++;
            continue;
        }
        uint64_t expected = self->next <= STRESS_FOLLOWED_OFFSET ? 0 : self->next - STRESS_FOLLOWED_OFFSET;
        if (status != TR_READ_OK || numbered_fault(&image.record, STRESS_FOLLOWED) != NULL ||
            numbered_of(&image.record, STRESS_FOLLOWED) != expected)
            stress_fail(self->shared, "the follower asked for record %llu and got another (%d)",
                        (unsigned long long)self->next, (int)status);
        self->seen++;
    }
}

static void wait_for_news(follower *self, stress_follow_how how) {
    const tr_view *view = &self->shared->segment.view;
    if (how == STRESS_FOLLOW_ASLEEP) {
        uint32_t word = tr_wake_word(&view->header->wake);
        if (tr_ring_cursor(view, self->binding.slot) >= self->next)
            return; /* came between the last look and the word: nobody would wake us for it */
        tr_wake_wait(&view->header->wake, word, tr_wake_bit(self->binding.slot), TR_WAIT_CAP_NS);
        add_to(&self->shared->waits, 1);
    } else if (how == STRESS_FOLLOW_SLOW) {
        while (tr_ring_cursor(view, self->binding.slot) < self->next + 3 * (uint64_t)view->depth &&
               !atomic_load_explicit(&self->shared->is_over, memory_order_acquire))
            sched_yield();
    }
}

void stress_follow(stress_shared *shared, stress_follow_how how) {
    follower self = {.shared = shared, .next = 1};
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(STRESS_FOLLOWED, key);
    while (tr_directory_lookup(&shared->segment.view, key, bytes, &self.binding) != TR_FOUND_ACTIVE)
        sched_yield(); /* the writer adds it first of all */
    while (!atomic_load_explicit(&shared->is_over, memory_order_acquire)) {
        take(&self);
        wait_for_news(&self, how);
    }
    take(&self);
    uint64_t published = STRESS_FOLLOWED_OFFSET + atomic_load(&shared->followed_published);
    if (self.seen + self.missed != published)
        stress_fail(shared, "followed %llu seen + %llu missed, but %llu were published", (unsigned long long)self.seen,
                    (unsigned long long)self.missed, (unsigned long long)published);
    if (how == STRESS_FOLLOW_SLOW && published > 8 * STRESS_DEPTH && self.missed == 0)
        stress_fail(shared, "a follower that was lapped missed nothing");
    add_to(&shared->seen, self.seen);
    add_to(&shared->missed, self.missed);
}
