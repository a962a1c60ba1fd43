#include "directory_writer.h"

#include <stdlib.h>
#include <string.h>

#include "atomics.h"
#include "key.h"

/* An eighth of the table stays empty so that a probe for an unknown symbol ends soon. */
static uint32_t entries_limit(const tr_view *view) { return (view->table_mask + 1) / 8 * 7; }

static void pool_give_back(const tr_view *view, tr_slot_pool *pool, uint32_t slot) {
    pool->free_slots[(pool->free_head + pool->free_count++) % view->capacity] = slot;
}

static void bump_directory_version(const tr_view *view) {
    uint64_t *version = &view->header->feeder.directory_version;
    TR_STORE_RELEASE(version, TR_LOAD_RELAXED(version) + 1); /* SYNC DIRECTORY-VERSION */
}

static void set_active(const tr_view *view, tr_slot_pool *pool, uint32_t active) {
    pool->active = active;
    TR_STORE_RELAXED(&view->header->feeder.active_symbols, active);
}

bool tr_pool_reserve(const tr_view *view, tr_slot_pool *pool) {
    pool->taken = calloc(view->capacity, 1);
    pool->free_slots = malloc(view->capacity * sizeof *pool->free_slots);
    return pool->taken != NULL && pool->free_slots != NULL;
}

void tr_pool_scan(const tr_view *view, tr_slot_pool *pool) {
    unsigned char *taken = pool->taken;
    pool->free_head = pool->free_count = pool->used_entries = 0;
    uint32_t active = 0;
    for (uint32_t at = 0; at <= view->table_mask; at++) {
        uint64_t word = TR_LOAD_RELAXED(&view->entries[at].word);
        if (word == 0)
            continue;
        pool->used_entries++;
        if (tr_entry_state(word) != TR_ENTRY_ACTIVE)
            continue;
        uint32_t slot = tr_entry_slot(word), generation = tr_entry_generation(word);
        bool owns = slot < view->capacity && !taken[slot] && view->controls[slot].generation == generation;
        if (owns) {
            taken[slot] = 1;
            active++;
        } else {
            /* A writer died between the two stores of a retire: the generation has moved, the entry has not. */
            TR_STORE_RELEASE(&view->entries[at].word, tr_entry_word(slot, TR_ENTRY_RETIRED, generation));
        }
    }
    for (uint32_t slot = 0; slot < view->capacity; slot++)
        if (!taken[slot])
            pool_give_back(view, pool, slot);
    set_active(view, pool, active);
    bump_directory_version(view);
}

void tr_pool_free(tr_slot_pool *pool) {
    free(pool->free_slots);
    free(pool->taken);
    pool->free_slots = NULL;
    pool->taken = NULL;
}

tr_add_status tr_directory_reserve(const tr_view *view, tr_slot_pool *pool, const char *key, size_t bytes,
                                   tr_binding *binding, uint32_t *index) {
    uint64_t word;
    tr_found found = tr_directory_find(view, key, bytes, index, &word);
    if (found == TR_FOUND_ACTIVE) {
        *binding = (tr_binding){tr_entry_slot(word), tr_entry_generation(word)};
        return TR_ADD_EXISTS;
    }
    if (found == TR_FOUND_NOTHING && (*index == UINT32_MAX || pool->used_entries >= entries_limit(view)))
        return TR_ADD_NO_ENTRY;
    if (pool->free_count == 0)
        return TR_ADD_NO_SLOT;
    uint32_t slot = pool->free_slots[pool->free_head];
    pool->free_head = (pool->free_head + 1) % view->capacity;
    pool->free_count--;
    tr_control *control = &view->controls[slot];
    uint32_t generation = control->generation + 1;
    TR_STORE_RELAXED(&control->vouched_ns, INT64_C(0));
    TR_STORE_RELEASE(&control->generation, generation); /* killed from here on: the slot is free, its number is used */
    *binding = (tr_binding){slot, generation};
    return TR_ADD_OK;
}

void tr_directory_publish(const tr_view *view, tr_slot_pool *pool, const char *key, size_t bytes, tr_binding binding,
                          uint32_t index) {
    tr_entry *entry = &view->entries[index];
    if (TR_LOAD_RELAXED(&entry->word) == 0) {
        /* Not visible before the word is stored; a half-written key of a killed writer is simply written again. */
        memset(entry->key, 0, sizeof entry->key);
        memcpy(entry->key, key, bytes);
        TR_STEP();
        entry->key_bytes = (uint32_t)bytes;
        entry->hash = tr_key_hash(key, bytes);
        TR_STEP();
        pool->used_entries++;
    }
    TR_STORE_RELAXED(&view->controls[binding.slot].entry, index);
    /* SYNC DIRECTORY: key, generation and the first record stand; this one store makes them a symbol. */
    TR_STORE_RELEASE(&entry->word, tr_entry_word(binding.slot, TR_ENTRY_ACTIVE, binding.generation));
    set_active(view, pool, pool->active + 1);
    bump_directory_version(view);
}

bool tr_directory_retire(const tr_view *view, tr_slot_pool *pool, const char *key, size_t bytes, uint32_t *slot) {
    uint32_t index;
    uint64_t word;
    if (tr_directory_find(view, key, bytes, &index, &word) != TR_FOUND_ACTIVE)
        return false;
    *slot = tr_entry_slot(word);
    uint32_t generation = tr_entry_generation(word);
    /* First the generation: from this store on no handle of this use returns a quote. Killed here, the entry points to
     * a generation that is over; the next writer's scan retires it. */
    TR_STORE_RELEASE(&view->controls[*slot].generation, generation + 1);
    TR_STORE_RELEASE(&view->entries[index].word, tr_entry_word(*slot, TR_ENTRY_RETIRED, generation));
    pool_give_back(view, pool, *slot);
    set_active(view, pool, pool->active - 1);
    bump_directory_version(view);
    return true;
}
