#include "anonymous_segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "atomics.h"
#include "clock.h"

#define DAY_NS (INT64_C(86400) * TR_NS_PER_S)

static void *map_shared(size_t bytes) {
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return base;
}

void anonymous_segment_make(anonymous_segment *segment, uint32_t capacity, uint32_t depth) {
    tr_identity identity = {0};
    tr_geometry(&identity, capacity, depth);
    segment->bytes = identity.segment_bytes;
    segment->view.header = map_shared(segment->bytes);
    anonymous_segment_format(segment, capacity, depth);
}

void anonymous_segment_format(anonymous_segment *segment, uint32_t capacity, uint32_t depth) {
    memset(segment->view.header, 0, segment->bytes);
    tr_identity *identity = &segment->view.header->identity;
    tr_geometry(identity, capacity, depth);
    identity->magic = TR_MAGIC;
    identity->layout_version = TR_LAYOUT_VERSION;
    identity->created_ns = tr_wall_ns();
    memcpy(identity->segment_id, "anonymous segmen", sizeof identity->segment_id);
    __atomic_store_n(&identity->ready, 1, __ATOMIC_RELEASE); /* SYNC READY */
    if (tr_view_check(segment->view.header, segment->bytes) != TR_OPEN_OK) {
        fprintf(stderr, "the fixture's own segment does not pass tr_view_check\n");
        exit(2);
    }
    tr_view_bind(&segment->view, segment->view.header);
}

/* Plain __atomic stores, not TR_STORE: a step of the supervisor must not count as one of the writer. */
void anonymous_segment_grant(anonymous_segment *segment, uint64_t epoch) {
    tr_supervisor_line *line = &segment->view.header->supervisor;
    __atomic_store_n(&line->heartbeat_limit_ns, DAY_NS, __ATOMIC_RELAXED);
    __atomic_store_n(&line->vouch_limit_ns, DAY_NS, __ATOMIC_RELAXED);
    __atomic_store_n(&line->state, (uint32_t)TR_RUN_RUNNING, __ATOMIC_RELAXED);
    __atomic_store_n(&line->api_mode, (uint32_t)TR_MODE_LIVE, __ATOMIC_RELAXED);
    __atomic_store_n(&line->epoch, epoch, __ATOMIC_RELEASE);
}

void anonymous_segment_free(anonymous_segment *segment) { munmap(segment->view.header, segment->bytes); }
