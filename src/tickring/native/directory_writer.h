/* The writer's half of the directory: add, retire, and the scan that makes sense of it after a death. */
#ifndef TICKRING_DIRECTORY_WRITER_H
#define TICKRING_DIRECTORY_WRITER_H

#include "directory.h"

typedef struct {
    unsigned char *taken; /* scratch of the scan, one per slot */
    uint32_t *free_slots; /* a queue, so that a retired slot rests as long as possible */
    uint32_t free_head;
    uint32_t free_count;
    uint32_t used_entries; /* distinct keys this table has ever seen */
    uint32_t active;
} tr_slot_pool;

typedef enum {
    TR_ADD_OK,
    TR_ADD_EXISTS,
    TR_ADD_NO_SLOT,  /* as many symbols as the segment has slots */
    TR_ADD_NO_ENTRY, /* too many different symbols over this segment's life */
} tr_add_status;

/* Memory for the pool, taken before anything is written. False: out of memory. */
bool tr_pool_reserve(const tr_view *view, tr_slot_pool *pool);
/* Derives the pool by scanning; finishes a retire that a killed writer left half done. */
void tr_pool_scan(const tr_view *view, tr_slot_pool *pool);
void tr_pool_free(tr_slot_pool *pool);

/* First half of an add: a slot with a new generation and no vouch, not yet named by any entry. The caller publishes
 * the empty record of that generation, then calls tr_directory_publish. */
tr_add_status tr_directory_reserve(const tr_view *view, tr_slot_pool *pool, const char *key, size_t bytes,
                                   tr_binding *binding, uint32_t *index);
void tr_directory_publish(const tr_view *view, tr_slot_pool *pool, const char *key, size_t bytes, tr_binding binding,
                          uint32_t index);

/* Takes the symbol out: its handles read `missing` at once. False if it is not active. */
bool tr_directory_retire(const tr_view *view, tr_slot_pool *pool, const char *key, size_t bytes, uint32_t *slot);

#endif
