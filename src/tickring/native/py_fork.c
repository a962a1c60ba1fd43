/* Objects belong to the process that made them: a forked child must not share a writer, a wait or a lock. */
#include <pthread.h>

#include "py_core.h"

unsigned tr_fork_generation;

static void in_child(void) { tr_fork_generation++; }

int tr_fork_watch(void) {
    static bool is_watching;
    if (!is_watching && pthread_atfork(NULL, NULL, in_child) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    is_watching = true;
    return 0;
}

int tr_refuse_fork(void) {
    PyObject *class = tr_error_class("ForkedHandle");
    if (class != NULL)
        PyErr_SetString(class,
                        "made before fork and used in the child: open a new reader in the child process, or start "
                        "children with the spawn method");
    return -1;
}
