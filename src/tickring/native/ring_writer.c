#include "ring_writer.h"

#include "atomics.h"

/* A kill between any two stores leaves nothing to repair: until the cursor moves, readers look at the record before,
 * which is `depth` records away from the one being written; the next writer writes the same sequence again. */
void tr_ring_publish(const tr_view *view, uint32_t slot, const tr_record_image *image) {
    uint64_t sequence = image->record.sequence;
    tr_record_image *place = tr_ring(view, slot) + (sequence & (view->depth - 1));

    /* SYNC RING-INVALIDATE: before any word changes, the old sequence goes. A reader whose copy holds a new word sees,
     * after its acquire fence, at least this 0 and throws the copy away (ring_reader.c). */
    TR_STORE_RELAXED(&place->words[0], UINT64_C(0));
    tr_fence_release();
    for (unsigned i = 1; i < TR_RECORD_WORDS; i++)
        TR_STORE_RELAXED(&place->words[i], image->words[i]);
    /* SYNC RING-RECORD: the words above are visible to whoever sees this sequence. */
    TR_STORE_RELEASE(&place->words[0], sequence);
    /* SYNC RING-CURSOR: and the whole record to whoever sees this cursor. */
    TR_STORE_RELEASE(&view->controls[slot].cursor, sequence);
}

void tr_ring_vouch(const tr_view *view, uint32_t slot, int64_t vouched_ns) {
    /* SYNC VOUCH: a reader that sees this proof also sees the record it was given for, or a newer one. */
    TR_STORE_RELEASE(&view->controls[slot].vouched_ns, vouched_ns);
}
