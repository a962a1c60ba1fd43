#include "ring_reader.h"

#include <stdbool.h>

#include "atomics.h"

int64_t tr_ring_vouched_ns(const tr_view *view, uint32_t slot) {
    return TR_LOAD_ACQUIRE(&view->controls[slot].vouched_ns);
}

/* SYNC RING-CURSOR: pairs with the release store in tr_ring_publish. */
uint64_t tr_ring_cursor(const tr_view *view, uint32_t slot) { return TR_LOAD_ACQUIRE(&view->controls[slot].cursor); }

uint32_t tr_ring_generation(const tr_view *view, uint32_t slot) {
    return TR_LOAD_ACQUIRE(&view->controls[slot].generation);
}

/* True if the first `words` words of the copy are record `sequence`'s. */
static inline bool copy_record(const tr_view *view, uint32_t slot, uint64_t sequence, tr_record_image *copy,
                               unsigned words) {
    const tr_record_image *place = tr_ring(view, slot) + (sequence & (view->depth - 1));
    for (unsigned i = 0; i < words; i++)
        copy->words[i] = TR_LOAD_RELAXED(&place->words[i]);
    /* SYNC RING-INVALIDATE: if any word above came from a later record, the load below sees its 0 or its sequence.
     * SYNC RING-RECORD needs no acquire here: the cursor that named this sequence was stored after the record. */
    tr_fence_acquire();
    return copy->record.sequence == sequence && TR_LOAD_RELAXED(&place->words[0]) == sequence;
}

tr_read_status tr_ring_read_at(const tr_view *view, uint32_t slot, uint32_t generation, uint64_t sequence,
                               tr_record_image *copy) {
    if (!copy_record(view, slot, sequence, copy, TR_RECORD_WORDS))
        return TR_READ_LAPPED;
    if (copy->record.generation != generation || tr_ring_generation(view, slot) != generation)
        return TR_READ_GENERATION;
    return TR_READ_OK;
}

tr_read_status tr_ring_read_latest(const tr_view *view, uint32_t slot, uint32_t generation, tr_record_image *copy,
                                   uint64_t *retries) {
    for (int tries = 0; tries < TR_READ_TRIES; tries++) {
        uint64_t cursor = tr_ring_cursor(view, slot);
        if (cursor == 0)
            return tr_ring_generation(view, slot) == generation ? TR_READ_NOTHING : TR_READ_GENERATION;
        tr_read_status status = tr_ring_read_at(view, slot, generation, cursor, copy);
        if (status != TR_READ_LAPPED)
            return status;
        ++*retries;
    }
    return TR_READ_CONTENDED;
}

bool tr_ring_read_head(const tr_view *view, uint32_t slot, uint32_t generation, tr_record_image *copy) {
    uint64_t cursor = tr_ring_cursor(view, slot);
    return cursor != 0 && copy_record(view, slot, cursor, copy, TR_HEAD_WORDS) &&
           copy->record.generation == generation && tr_ring_generation(view, slot) == generation;
}
