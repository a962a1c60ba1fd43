/* What must hold after a writer was killed anywhere: as a reader sees it, and as the next writer leaves it. */
#ifndef TICKRING_TESTS_KILL_CHECKS_H
#define TICKRING_TESTS_KILL_CHECKS_H

#include "kill_operations.h"

/* One death: which operation, after which of its steps, and which moment the checks are about. Named in complaints. */
typedef struct {
    const kill_operation *operation;
    unsigned step;
    const char *phase;
    sight before[SCENE_SYMBOLS + 1]; /* by symbol number; [0] is unused */
    sight after[SCENE_SYMBOLS + 1];  /* had it not been killed */
    uint64_t cursors_before[SCENE_CAPACITY];
    uint32_t mode_before;
} kill_case;

extern unsigned kill_failures;

void kill_complain(const kill_case *death, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Remembers the segment as it stands before the operation. */
void kill_remember_before(kill_case *death, const scene *scene);

/* The segment as the killed writer left it. */
void kill_check_left(const kill_case *death, const scene *scene);

/* The segment after the next writer's attach; `left` is what a reader saw before that. */
void kill_check_taken_over(const kill_case *death, const scene *scene, const sight left[SCENE_SYMBOLS + 1]);

/* The next writer at work: it publishes, fills every slot, takes everything out and starts again. */
void kill_check_goes_on(const kill_case *death, scene *scene);

#endif
