/* A mapped segment as four pointers, and the check that it may be used at all. */
#ifndef TICKRING_VIEW_H
#define TICKRING_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"

typedef struct {
    tr_header *header;
    tr_entry *entries;
    tr_control *controls;
    tr_record_image *rings;
    uint32_t capacity;
    uint32_t depth;
    uint32_t table_mask; /* table_entries - 1 */
} tr_view;

/* What stands at a path, from the header page alone. Each is its own error class in Python. */
typedef enum {
    TR_OPEN_OK = 0,
    TR_OPEN_NOT_A_SEGMENT,
    TR_OPEN_NOT_READY,
    TR_OPEN_OTHER_VERSION,
    TR_OPEN_WRONG_SIZE,
} tr_open_fault;

/* Fills offsets and total size for a capacity and depth that the caller has checked. */
void tr_geometry(tr_identity *identity, uint32_t capacity, uint32_t depth);

/* `file_bytes` is the file's size; `header` may be read only when the file has at least TR_HEADER_BYTES. */
tr_open_fault tr_view_check(const tr_header *header, uint64_t file_bytes);

/* Binds the pointers of a mapping of this (checked) capacity and depth. */
void tr_view_bind_as(tr_view *view, void *base, uint32_t capacity, uint32_t depth);

/* The same for memory that this process has formatted itself. */
void tr_view_bind(tr_view *view, void *base);

static inline tr_record_image *tr_ring(const tr_view *view, uint32_t slot) {
    return view->rings + (size_t)slot * view->depth;
}

#endif
