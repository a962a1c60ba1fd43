/* A segment in anonymous shared memory: children made by fork share it, and nothing is left behind in a directory.
 *
 * Stands in for the creator and for the supervisor, whose code is Python: formats the header page and grants epochs.
 */
#ifndef TICKRING_TESTS_ANONYMOUS_SEGMENT_H
#define TICKRING_TESTS_ANONYMOUS_SEGMENT_H

#include "view.h"

typedef struct {
    tr_view view;
    size_t bytes;
} anonymous_segment;

/* Maps and formats; ends the process with a message when the machine gives no memory. */
void anonymous_segment_make(anonymous_segment *segment, uint32_t capacity, uint32_t depth);

/* Makes it as new: nobody has written yet, no epoch is granted. */
void anonymous_segment_format(anonymous_segment *segment, uint32_t capacity, uint32_t depth);

/* What the supervisor does before a writer may begin. Limits are a day, so that only the rules under test decide. */
void anonymous_segment_grant(anonymous_segment *segment, uint64_t epoch);

void anonymous_segment_free(anonymous_segment *segment);

#endif
