/* A small segment with a writer and everything a reader of it has ever been given, for checks after a death. */
#ifndef TICKRING_TESTS_SCENE_H
#define TICKRING_TESTS_SCENE_H

#include "anonymous_segment.h"
#include "ring_reader.h"
#include "writer.h"

/* So small that slots are used again and rings wrap within one operation. */
#define SCENE_CAPACITY 5u
#define SCENE_DEPTH 4u
#define SCENE_SYMBOLS 6u /* 1 ... 6: one more than there are slots */
#define SCENE_HANDLES 64u

/* What a reader finds for one symbol, by its name, now. */
typedef struct {
    tr_found found;
    tr_binding binding;    /* if active */
    tr_read_status status; /* if active */
    tr_record_image image; /* if OK */
    uint64_t number;       /* of the quote, if OK; 0 = empty */
    int64_t vouched_ns;    /* if active */
} sight;

/* What a reader was bound to once and may still hold. */
typedef struct {
    uint32_t symbol;
    tr_binding binding;
} held_handle;

typedef struct scene {
    anonymous_segment segment;
    tr_writer writer;
    uint64_t epoch; /* the newest granted */
    held_handle handles[SCENE_HANDLES];
    unsigned handle_count;
} scene;

/* A fresh segment: nobody has ever attached. */
void scene_open(scene *scene);

/* Grants the next epoch and attaches a writer for it in this process. */
void scene_begin_life(scene *scene);
void scene_end_life(scene *scene);

/* Adds a symbol that must be addable and remembers its handle. Returns the slot. */
uint32_t scene_add(scene *scene, uint32_t symbol);
bool scene_retire(scene *scene, uint32_t symbol);

/* The slot of a symbol that must be active. */
uint32_t scene_slot(const scene *scene, uint32_t symbol);

/* Life 1 of most tests: 1, 2 and 4 stream live with a price, 3 and 5 are retired, and slot 4 (of 5) is the next to be
 * used again. The gateway is connected to a live account. */
void scene_live_street(scene *scene);

/* Looks a symbol up and reads it, as a reader that comes new. */
sight scene_look(const scene *scene, uint32_t symbol);
/* All of them, by number; [0] is unused. */
void scene_look_at_all(const scene *scene, sight seen[SCENE_SYMBOLS + 1]);

/* A state that lets a quote be live: the feed says so, and it is real-time data of the stream. */
void scene_mark_live(scene *scene, uint32_t slot);

#endif
