/* The reading half of one symbol's ring: needs no write access, takes no lock, makes no system call. */
#ifndef TICKRING_RING_READER_H
#define TICKRING_RING_READER_H

#include <stdbool.h>

#include "view.h"

typedef enum {
    TR_READ_OK = 0,
    TR_READ_NOTHING,    /* the slot has no record yet */
    TR_READ_GENERATION, /* the slot belongs to another use: look the symbol up again */
    TR_READ_CONTENDED,  /* no consistent copy within the bound */
    TR_READ_LAPPED,     /* tr_ring_read_at: the writer has passed this sequence */
} tr_read_status;

#define TR_READ_TRIES 16

/* Copies the newest record. `retries` is increased by the copies thrown away. */
tr_read_status tr_ring_read_latest(const tr_view *view, uint32_t slot, uint32_t generation, tr_record_image *copy,
                                   uint64_t *retries);

/* As tr_ring_read_latest in one try, but only the first cache line: all that a verdict and a valuation need. False on any
 * difficulty: use tr_ring_read_latest. */
bool tr_ring_read_head(const tr_view *view, uint32_t slot, uint32_t generation, tr_record_image *copy);

/* Copies record `sequence` if it still stands; the caller has seen a cursor >= sequence. */
tr_read_status tr_ring_read_at(const tr_view *view, uint32_t slot, uint32_t generation, uint64_t sequence,
                               tr_record_image *copy);

/* SYNC VOUCH: load it before the record, so that an old proof may meet a newer record but never the other way round. */
int64_t tr_ring_vouched_ns(const tr_view *view, uint32_t slot);

uint64_t tr_ring_cursor(const tr_view *view, uint32_t slot);
uint32_t tr_ring_generation(const tr_view *view, uint32_t slot);

#endif
