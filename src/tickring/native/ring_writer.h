/* The writing half of one symbol's ring. One thread of one process calls it: the holder of the writer lock. */
#ifndef TICKRING_RING_WRITER_H
#define TICKRING_RING_WRITER_H

#include "view.h"

/* Publishes `image` as record `image->record.sequence` of `slot`: the sequence must be the cursor + 1. */
void tr_ring_publish(const tr_view *view, uint32_t slot, const tr_record_image *image);

/* Says that the feed proved itself for this symbol; 0 takes the proof back. Call it after publishing what it proves. */
void tr_ring_vouch(const tr_view *view, uint32_t slot, int64_t vouched_ns);

#endif
