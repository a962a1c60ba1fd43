/* A mapped file with a reference count: old views stay valid while anything still points into them.
 *
 * Counted without atomics: only touched under the GIL. Errors are reported as a code plus what a message needs.
 */
#ifndef TICKRING_MAPPING_H
#define TICKRING_MAPPING_H

#include <sys/types.h>

#include "view.h"

typedef struct {
    tr_view view;
    size_t bytes;
    dev_t device;
    ino_t inode;
    long references;
} tr_mapping;

/* Beyond tr_open_fault: the operating system said no; errno holds why. */
#define TR_OPEN_SYSTEM_ERROR (-1)

/* Maps the segment at `path` read-only. Never blocks, whatever stands there. */
int tr_mapping_open(tr_mapping **mapping, const char *path, uint32_t *found_version);

/* Maps the segment behind `fd` for its writer. */
int tr_mapping_from_fd(tr_mapping **mapping, int fd, uint32_t *found_version);

/* What a closed reader points at: an empty segment of this process, so that code which was under way when another thread
 * (or a finalizer) closed the reader finds no symbol instead of no memory. */
tr_mapping *tr_mapping_of_closed(void);

void tr_mapping_acquire(tr_mapping *mapping);
void tr_mapping_release(tr_mapping *mapping);

/* Whether another file stands at `path` now. */
int tr_mapping_is_replaced(const tr_mapping *mapping, const char *path);

#endif
