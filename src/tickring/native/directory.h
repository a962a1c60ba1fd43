/* The directory's words and its lookup; readers and the writer share this file, directory_writer.h is the writer's. */
#ifndef TICKRING_DIRECTORY_H
#define TICKRING_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "view.h"

typedef struct {
    uint32_t slot;
    uint32_t generation;
} tr_binding;

static inline uint64_t tr_entry_word(uint32_t slot, uint32_t state, uint32_t generation) {
    return (uint64_t)slot | (uint64_t)state << 24 | (uint64_t)generation << 32;
}
static inline uint32_t tr_entry_slot(uint64_t word) { return (uint32_t)(word & 0xffffffu); }
static inline uint32_t tr_entry_state(uint64_t word) { return (uint32_t)(word >> 24 & 0xffu); }
static inline uint32_t tr_entry_generation(uint64_t word) { return (uint32_t)(word >> 32); }

typedef enum {
    TR_FOUND_ACTIVE,
    TR_FOUND_RETIRED,
    TR_FOUND_NOTHING,
} tr_found;

/* Finds where `key` stands (or would stand: the first never-used entry of its probe); *index is capacity-checked.
 * `*index` = UINT32_MAX when the table is full and the key is not in it. */
tr_found tr_directory_find(const tr_view *view, const char *key, size_t bytes, uint32_t *index, uint64_t *word);

/* Reader's lookup: true and the binding if the symbol is streamed now. */
tr_found tr_directory_lookup(const tr_view *view, const char *key, size_t bytes, tr_binding *binding);

/* Copies the key of an entry whose word the caller has seen to be non-zero; returns its length in bytes. */
size_t tr_directory_key(const tr_view *view, uint32_t index, char out[TR_KEY_BYTES_MAX + 1]);

uint64_t tr_directory_version(const tr_view *view);

#endif
