/* Stands in for ring_writer.c with one thing wrong, to show that the harnesses notice. Build with one of
 *
 *   -DBROKEN_CURSOR_FIRST    the cursor names a record that is not written yet
 *   -DBROKEN_NO_INVALIDATE   the old sequence stays while the words change
 *   -DBROKEN_PLAIN_WORDS     the words are stored as plain memory
 *   -DBROKEN_VOUCH_NOTHING   a proof is never taken back
 */
#include "atomics.h"
#include "ring_writer.h"

#if !defined(BROKEN_CURSOR_FIRST) && !defined(BROKEN_NO_INVALIDATE) && !defined(BROKEN_PLAIN_WORDS) &&                 \
    !defined(BROKEN_VOUCH_NOTHING)
#error "say what is broken"
#endif

void tr_ring_publish(const tr_view *view, uint32_t slot, const tr_record_image *image) {
    uint64_t sequence = image->record.sequence;
    tr_record_image *place = tr_ring(view, slot) + (sequence & (view->depth - 1));
#ifdef BROKEN_CURSOR_FIRST
    TR_STORE_RELEASE(&view->controls[slot].cursor, sequence);
#endif
#ifndef BROKEN_NO_INVALIDATE
    TR_STORE_RELAXED(&place->words[0], UINT64_C(0));
#endif
    tr_fence_release();
    for (unsigned i = 1; i < TR_RECORD_WORDS; i++) {
#ifdef BROKEN_PLAIN_WORDS
        place->words[i] = image->words[i];
#else
        TR_STORE_RELAXED(&place->words[i], image->words[i]);
#endif
    }
    TR_STORE_RELEASE(&place->words[0], sequence);
#ifndef BROKEN_CURSOR_FIRST
    TR_STORE_RELEASE(&view->controls[slot].cursor, sequence);
#endif
}

void tr_ring_vouch(const tr_view *view, uint32_t slot, int64_t vouched_ns) {
#ifdef BROKEN_VOUCH_NOTHING
    if (vouched_ns == 0)
        return;
#endif
    TR_STORE_RELEASE(&view->controls[slot].vouched_ns, vouched_ns);
}
