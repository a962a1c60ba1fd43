/* "A writer killed between any two stores leaves nothing to repair", proven at every store.
 *
 * Built with -DTICKRING_STEPS (atomics.h). Every operation of the writer is first performed whole, which counts its
 * steps; then, for every step, a child performs it over the same segment and kills itself with SIGKILL right after that
 * step. The parent looks at what is left as a reader would, lets the next writer take over and looks again.
 *
 *   kill_steps          the next writer lives
 *   kill_steps nested   the next writer is killed at every step of its attach too, and the one after it takes over
 *
 * Ends with `kill_steps: <kills> kills, <n> failures` and exit status 1 if there were any.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kill_checks.h"

static unsigned steps_taken, die_after; /* die_after 0: never */
static unsigned kills;

void tr_step(void);
void tr_step(void) {
    if (++steps_taken == die_after)
        kill(getpid(), SIGKILL);
}

/* The writer of the segment after `prepare`, if any, belongs to this process and must not leak. */
static void drop_writer(const kill_case *death, scene *scene) {
    if (!death->operation->is_attach)
        scene_end_life(scene);
}

static void prepare(const kill_case *death, scene *scene) {
    scene_open(scene);
    death->operation->prepare(scene);
}

/* Performs it whole in this process. Returns the number of its steps. */
static unsigned perform_whole(kill_case *death, scene *scene) {
    prepare(death, scene);
    steps_taken = 0;
    death->operation->perform(scene);
    unsigned steps = steps_taken;
    scene_look_at_all(scene, death->after);
    scene_end_life(scene);
    return steps;
}

/* Runs `act` in a child that dies after `step` steps of it. */
static void perform_and_die(const kill_case *death, scene *scene, void (*act)(struct scene *), unsigned step) {
    fflush(stdout); /* else the child would inherit, and on a normal exit repeat, what is buffered */
    pid_t parent = getpid(), child = fork();
    if (child < 0) {
        perror("fork");
        exit(2);
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(3);
        steps_taken = 0;
        die_after = step;
        act(scene);
        _exit(3);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        kill_complain(death, "the child was to die at step %u and ended with status %#x", step, (unsigned)status);
    kills++;
}

static void check_next_life(kill_case *death, scene *scene) {
    sight left[SCENE_SYMBOLS + 1];
    scene_look_at_all(scene, left);
    uint64_t version = scene->segment.view.header->feeder.directory_version;
    scene_begin_life(scene);
    death->phase = "after the next writer attached";
    kill_check_taken_over(death, scene, left);
    if (scene->segment.view.header->feeder.directory_version == version)
        kill_complain(death, "the directory's version did not move");
    death->phase = "while the next writer goes on";
    kill_check_goes_on(death, scene);
    scene_end_life(scene);
}

static void attach_next(scene *scene) { tr_writer_attach(&scene->writer, &scene->segment.view, scene->epoch, 4713, 3); }

/* The next writer dies in its attach, at every step; each time the segment is put back to what `death` left. */
static void check_deaths_of_the_next(kill_case *death, scene *scene) {
    size_t bytes = scene->segment.bytes;
    void *copy = malloc(bytes);
    if (copy == NULL)
        exit(2);
    memcpy(copy, scene->segment.view.header, bytes);
    uint64_t epoch = scene->epoch;
    unsigned handle_count = scene->handle_count, attach_steps = UINT32_MAX;
    for (unsigned step = 0; step <= attach_steps; step++) {
        memcpy(scene->segment.view.header, copy, bytes);
        scene->handle_count = handle_count;
        scene->epoch = epoch + 1;
        anonymous_segment_grant(&scene->segment, scene->epoch);
        if (step == 0) { /* alive, to count */
            steps_taken = 0;
            attach_next(scene);
            attach_steps = steps_taken;
            scene_end_life(scene);
            continue;
        }
        perform_and_die(death, scene, attach_next, step);
        death->phase = "after the next writer was killed while attaching";
        kill_check_left(death, scene);
        check_next_life(death, scene);
    }
    free(copy);
}

static void kill_at_every_step(const kill_operation *operation, scene *scene, bool nested) {
    kill_case death = {.operation = operation, .phase = "in the count"};
    unsigned steps = perform_whole(&death, scene);
    printf("%-40s %4u steps\n", operation->name, steps);
    if (steps == 0)
        kill_complain(&death, "no steps: is this built with -DTICKRING_STEPS?");
    for (death.step = 1; death.step <= steps; death.step++) {
        prepare(&death, scene);
        kill_remember_before(&death, scene);
        perform_and_die(&death, scene, operation->perform, death.step);
        drop_writer(&death, scene);
        death.phase = "as it was left";
        kill_check_left(&death, scene);
        if (nested)
            check_deaths_of_the_next(&death, scene);
        else
            check_next_life(&death, scene);
    }
}

int main(int argc, char **argv) {
    bool nested = argc > 1 && strcmp(argv[1], "nested") == 0;
    static scene scene;
    for (unsigned i = 0; i < kill_operation_count; i++)
        kill_at_every_step(&kill_operations[i], &scene, nested);
    anonymous_segment_free(&scene.segment);
    printf("kill_steps: %u kills, %u failures\n", kills, kill_failures);
    return kill_failures == 0 ? 0 : 1;
}
