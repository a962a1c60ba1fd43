#include "kill_operations.h"

#include "clock.h"
#include "numbered_quote.h"

static void fresh(scene *scene) {
    scene->epoch = 1;
    anonymous_segment_grant(&scene->segment, scene->epoch);
}

/* A life that ended in the middle of everything: 4 is retired by its slot but not by its entry, and a slot has been
 * taken out of the pool and given a generation, but no symbol. */
static void ruined_street(scene *scene) {
    scene_live_street(scene);
    const tr_view *view = &scene->segment.view;
    uint32_t *generation = &view->controls[scene_slot(scene, 4)].generation;
    __atomic_store_n(generation, *generation + 1, __ATOMIC_RELEASE);
    tr_binding binding;
    uint32_t index;
    tr_directory_reserve(view, &scene->writer.pool, "NEVER", 5, &binding, &index);
    scene_end_life(scene);
    scene->epoch++;
    anonymous_segment_grant(&scene->segment, scene->epoch);
}

/* The caller has granted the epoch already: the supervisor's stores are no steps of the writer. */
static void attach(scene *scene) { tr_writer_attach(&scene->writer, &scene->segment.view, scene->epoch, 4712, 2); }

static void add_new(scene *scene) { scene_add(scene, 6); }
static void add_again(scene *scene) { scene_add(scene, 3); }
static void retire(scene *scene) { scene_retire(scene, 2); }

static void retire_and_add_again(scene *scene) {
    scene_retire(scene, 2);
    uint32_t slot = scene_add(scene, 2);
    tr_writer_begin(&scene->writer, slot, false);
    numbered_tick(&scene->writer, slot, 2, 77);
}

static void begin_empty(scene *scene) { tr_writer_begin(&scene->writer, scene_slot(scene, 1), false); }
static void begin_with_last_known(scene *scene) { tr_writer_begin(&scene->writer, scene_slot(scene, 1), true); }

static void tick(scene *scene) { numbered_tick(&scene->writer, scene_slot(scene, 4), 4, 5); }

static void tick_after_begin(scene *scene) {
    uint32_t slot = scene_slot(scene, 2);
    tr_writer_begin(&scene->writer, slot, true);
    scene_mark_live(scene, slot);
    numbered_tick(&scene->writer, slot, 2, 3);
}

static void tick_around_the_ring(scene *scene) {
    uint32_t slot = scene_slot(scene, 1);
    for (uint64_t number = 2; number < 2 + SCENE_DEPTH + 3; number++)
        numbered_tick(&scene->writer, slot, 1, number);
}

static void vouch(scene *scene) { tr_writer_vouch(&scene->writer, scene_slot(scene, 2), tr_boot_ns()); }

static void set_state(scene *scene) {
    tr_writer_set_state(&scene->writer, scene_slot(scene, 2), TR_STATE_QUIET, -1, -1, 1, true);
}

static void set_line(scene *scene) { tr_writer_set_line(&scene->writer, TR_RUN_DEGRADED, TR_CONN_SUSPECT, -1); }

static void set_line_to_other_mode(scene *scene) {
    tr_writer_set_line(&scene->writer, TR_RUN_RUNNING, TR_CONN_CONNECTED, TR_MODE_PAPER);
}

static void commit(scene *scene) {
    scene->writer.dirty_bits = UINT32_MAX;
    tr_writer_commit(&scene->writer);
}

static void heartbeat(scene *scene) { tr_writer_heartbeat(&scene->writer, tr_boot_ns()); }

const kill_operation kill_operations[] = {
    {.name = "attach to a fresh segment", .prepare = fresh, .perform = attach, .is_attach = true},
    {.name = "attach after a life that ended anyhow", .prepare = ruined_street, .perform = attach, .is_attach = true},
    {.name = "add a new symbol", .prepare = scene_live_street, .perform = add_new},
    {.name = "add a retired symbol again", .prepare = scene_live_street, .perform = add_again},
    {.name = "retire", .prepare = scene_live_street, .perform = retire},
    {.name = "retire, add again, tick",
     .prepare = scene_live_street,
     .perform = retire_and_add_again,
     .adds_again = true},
    {.name = "begin from empty", .prepare = scene_live_street, .perform = begin_empty},
    {.name = "begin with last known", .prepare = scene_live_street, .perform = begin_with_last_known},
    {.name = "tick", .prepare = scene_live_street, .perform = tick},
    {.name = "begin with last known, tick", .prepare = scene_live_street, .perform = tick_after_begin},
    {.name = "tick around the ring", .prepare = scene_live_street, .perform = tick_around_the_ring},
    {.name = "vouch", .prepare = scene_live_street, .perform = vouch, .vouches_alone = true},
    {.name = "set state", .prepare = scene_live_street, .perform = set_state},
    {.name = "set line", .prepare = scene_live_street, .perform = set_line},
    {.name = "set line to another api_mode", .prepare = scene_live_street, .perform = set_line_to_other_mode},
    {.name = "commit", .prepare = scene_live_street, .perform = commit},
    {.name = "heartbeat", .prepare = scene_live_street, .perform = heartbeat},
};
const unsigned kill_operation_count = sizeof kill_operations / sizeof kill_operations[0];
