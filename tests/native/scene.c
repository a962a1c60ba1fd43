#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbered_quote.h"

static void give_up(const char *what, uint32_t symbol) {
    fprintf(stderr, "scene: cannot %s symbol %u\n", what, symbol);
    exit(2);
}

void scene_open(scene *scene) {
    if (scene->segment.bytes == 0)
        anonymous_segment_make(&scene->segment, SCENE_CAPACITY, SCENE_DEPTH);
    else
        anonymous_segment_format(&scene->segment, SCENE_CAPACITY, SCENE_DEPTH);
    scene->epoch = 0;
    scene->handle_count = 0;
}

void scene_begin_life(scene *scene) {
    scene->epoch++;
    anonymous_segment_grant(&scene->segment, scene->epoch);
    if (!tr_writer_attach(&scene->writer, &scene->segment.view, scene->epoch, 4711, 1)) {
        fprintf(stderr, "scene: out of memory\n");
        exit(2);
    }
}

void scene_end_life(scene *scene) { tr_writer_detach(&scene->writer); }

uint32_t scene_add(scene *scene, uint32_t symbol) {
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(symbol, key);
    tr_binding binding;
    if (scene->handle_count == SCENE_HANDLES || tr_writer_add(&scene->writer, key, bytes, &binding) != TR_ADD_OK)
        give_up("add", symbol);
    scene->handles[scene->handle_count++] = (held_handle){symbol, binding};
    return binding.slot;
}

bool scene_retire(scene *scene, uint32_t symbol) {
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(symbol, key);
    return tr_writer_retire(&scene->writer, key, bytes);
}

uint32_t scene_slot(const scene *scene, uint32_t symbol) {
    sight found = scene_look(scene, symbol);
    if (found.found != TR_FOUND_ACTIVE)
        give_up("find", symbol);
    return found.binding.slot;
}

void scene_mark_live(scene *scene, uint32_t slot) {
    tr_writer_set_state(&scene->writer, slot, TR_STATE_LIVE, TR_SOURCE_IB_STREAM, TR_DATA_REALTIME, 0, false);
}

void scene_live_street(scene *scene) {
    scene_begin_life(scene);
    tr_writer_set_line(&scene->writer, TR_RUN_RUNNING, TR_CONN_CONNECTED, TR_MODE_LIVE);
    for (uint32_t symbol = 1; symbol <= 5; symbol++) {
        uint32_t slot = scene_add(scene, symbol);
        tr_writer_begin(&scene->writer, slot, false);
        scene_mark_live(scene, slot);
        for (uint64_t number = 1; number <= symbol; number++) /* rings at different places, some wrapped */
            numbered_tick(&scene->writer, slot, symbol, number);
    }
    scene_retire(scene, 5);
    scene_retire(scene, 3);
    tr_writer_commit(&scene->writer);
}

sight scene_look(const scene *scene, uint32_t symbol) {
    const tr_view *view = &scene->segment.view;
    sight seen;
    memset(&seen, 0, sizeof seen);
    char key[TR_KEY_BYTES_MAX + 1];
    size_t bytes = numbered_key(symbol, key);
    seen.found = tr_directory_lookup(view, key, bytes, &seen.binding);
    if (seen.found != TR_FOUND_ACTIVE)
        return seen;
    uint64_t retries = 0;
    seen.vouched_ns = tr_ring_vouched_ns(view, seen.binding.slot);
    seen.status = tr_ring_read_latest(view, seen.binding.slot, seen.binding.generation, &seen.image, &retries);
    if (seen.status == TR_READ_OK)
        seen.number = numbered_of(&seen.image.record, symbol);
    return seen;
}

void scene_look_at_all(const scene *scene, sight seen[SCENE_SYMBOLS + 1]) {
    seen[0] = (sight){.found = TR_FOUND_NOTHING};
    for (uint32_t symbol = 1; symbol <= SCENE_SYMBOLS; symbol++)
        seen[symbol] = scene_look(scene, symbol);
}
