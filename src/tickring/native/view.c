#include "view.h"

#include "atomics.h"

static uint64_t round_up_to_page(uint64_t bytes) { return (bytes + 4095u) & ~UINT64_C(4095); }

/* At least twice the capacity, so that probes stay short and keys that come and go have room. */
static uint32_t table_entries_for(uint32_t capacity) {
    uint32_t entries = 16;
    while (entries < 2 * capacity)
        entries *= 2;
    return entries;
}

void tr_geometry(tr_identity *identity, uint32_t capacity, uint32_t depth) {
    identity->header_bytes = TR_HEADER_BYTES;
    identity->capacity = capacity;
    identity->depth = depth;
    identity->table_entries = table_entries_for(capacity);
    identity->entry_bytes = TR_ENTRY_BYTES;
    identity->control_bytes = TR_CONTROL_BYTES;
    identity->record_bytes = TR_RECORD_BYTES;
    identity->child_lines = TR_CHILD_LINES;
    identity->directory_offset = TR_HEADER_BYTES;
    identity->control_offset = identity->directory_offset + (uint64_t)identity->table_entries * TR_ENTRY_BYTES;
    identity->ring_offset =
        round_up_to_page(identity->control_offset + (uint64_t)identity->capacity * TR_CONTROL_BYTES);
    identity->segment_bytes = round_up_to_page(identity->ring_offset + (uint64_t)capacity * depth * TR_RECORD_BYTES);
}

tr_open_fault tr_view_check(const tr_header *header, uint64_t file_bytes) {
    const tr_identity *identity = &header->identity;
    if (file_bytes < TR_HEADER_BYTES)
        return TR_OPEN_NOT_A_SEGMENT;
    /* SYNC READY: pairs with the creator's release store of `ready`; what it wrote before is visible after this. */
    uint32_t ready = TR_LOAD_ACQUIRE(&identity->ready);
    uint64_t magic = TR_LOAD_RELAXED(&identity->magic);
    if (magic != TR_MAGIC)
        return magic == 0 && ready == 0 ? TR_OPEN_NOT_READY : TR_OPEN_NOT_A_SEGMENT;
    if (identity->layout_version != TR_LAYOUT_VERSION)
        return TR_OPEN_OTHER_VERSION;
    if (ready != 1)
        return TR_OPEN_NOT_READY;
    if (identity->capacity < TR_CAPACITY_MIN || identity->capacity > TR_CAPACITY_MAX ||
        identity->depth < TR_DEPTH_MIN || identity->depth > TR_DEPTH_MAX ||
        (identity->depth & (identity->depth - 1)) != 0)
        return TR_OPEN_WRONG_SIZE;
    /* The offsets are derived, never believed: a damaged header must not send a reader out of the mapping. */
    tr_identity expected = {0};
    tr_geometry(&expected, identity->capacity, identity->depth);
    if (identity->segment_bytes != expected.segment_bytes || identity->segment_bytes != file_bytes ||
        identity->table_entries != expected.table_entries || identity->directory_offset != expected.directory_offset ||
        identity->control_offset != expected.control_offset || identity->ring_offset != expected.ring_offset)
        return TR_OPEN_WRONG_SIZE;
    return TR_OPEN_OK;
}

void tr_view_bind_as(tr_view *view, void *base, uint32_t capacity, uint32_t depth) {
    char *start = base;
    tr_identity identity;
    tr_geometry(&identity, capacity, depth);
    view->header = base;
    view->entries = (tr_entry *)(start + identity.directory_offset);
    view->controls = (tr_control *)(start + identity.control_offset);
    view->rings = (tr_record_image *)(start + identity.ring_offset);
    view->capacity = capacity;
    view->depth = depth;
    view->table_mask = identity.table_entries - 1;
}

void tr_view_bind(tr_view *view, void *base) {
    const tr_identity *identity = &((tr_header *)base)->identity;
    tr_view_bind_as(view, base, identity->capacity, identity->depth);
}
