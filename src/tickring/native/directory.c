#include "directory.h"

#include <string.h>

#include "atomics.h"
#include "key.h"

tr_found tr_directory_find(const tr_view *view, const char *key, size_t bytes, uint32_t *index, uint64_t *word) {
    uint64_t hash = tr_key_hash(key, bytes);
    for (uint32_t probe = 0; probe <= view->table_mask; probe++) {
        uint32_t at = (uint32_t)(hash + probe) & view->table_mask;
        tr_entry *entry = &view->entries[at];
        /* SYNC DIRECTORY: pairs with the release store of the word in directory_writer.c; the key is whole behind it
         * and never changes again. */
        uint64_t seen = TR_LOAD_ACQUIRE(&entry->word);
        if (seen == 0) {
            *index = at;
            *word = 0;
            return TR_FOUND_NOTHING;
        }
        if (entry->hash == hash && entry->key_bytes == bytes && memcmp(entry->key, key, bytes) == 0) {
            *index = at;
            *word = seen;
            return tr_entry_state(seen) == TR_ENTRY_ACTIVE && tr_entry_slot(seen) < view->capacity ? TR_FOUND_ACTIVE
                                                                                                   : TR_FOUND_RETIRED;
        }
    }
    *index = UINT32_MAX;
    *word = 0;
    return TR_FOUND_NOTHING;
}

tr_found tr_directory_lookup(const tr_view *view, const char *key, size_t bytes, tr_binding *binding) {
    uint32_t index;
    uint64_t word;
    tr_found found = tr_directory_find(view, key, bytes, &index, &word);
    if (found == TR_FOUND_ACTIVE) {
        binding->slot = tr_entry_slot(word);
        binding->generation = tr_entry_generation(word);
    }
    return found;
}

size_t tr_directory_key(const tr_view *view, uint32_t index, char out[TR_KEY_BYTES_MAX + 1]) {
    const tr_entry *entry = &view->entries[index];
    size_t bytes = entry->key_bytes <= TR_KEY_BYTES_MAX ? entry->key_bytes : TR_KEY_BYTES_MAX;
    memcpy(out, entry->key, bytes);
    memset(out + bytes, 0, TR_KEY_BYTES_MAX + 1 - bytes);
    return bytes;
}

/* SYNC DIRECTORY-VERSION: an unbound handle that sees a new version also sees the entry that moved it. */
uint64_t tr_directory_version(const tr_view *view) { return TR_LOAD_ACQUIRE(&view->header->feeder.directory_version); }
