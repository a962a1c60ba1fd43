/* The writer's operations that kill_steps.c stops at every step. */
#ifndef TICKRING_TESTS_KILL_OPERATIONS_H
#define TICKRING_TESTS_KILL_OPERATIONS_H

#include "scene.h"

typedef struct {
    const char *name;
    void (*prepare)(scene *scene); /* the segment as it is before; may leave a writer attached */
    void (*perform)(scene *scene); /* what is cut short: runs in a child */
    bool is_attach;                /* `perform` attaches; else `prepare` did and the child inherits the writer */
    bool adds_again;               /* on its way a symbol is retired and then added: three states, not two */
    bool vouches_alone;            /* a proof without a record is the very operation */
} kill_operation;

extern const kill_operation kill_operations[];
extern const unsigned kill_operation_count;

#endif
