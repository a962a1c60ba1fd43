/* "A state-only record: same values and times as the record before" (layout.h), "the old values stay visible, marked
 * stale, until the first tick" (writer.h): also when the state moves between a new subscription that keeps the last
 * known quote and its first tick. A request that is refused (no permission, competing session) ends there.
 */
#include <stdio.h>

#include "numbered_quote.h"
#include "scene.h"

int main(void) {
    static scene scene;
    scene_open(&scene);
    scene_live_street(&scene);
    uint32_t slot = scene_slot(&scene, 4);
    tr_writer_begin(&scene.writer, slot, true);
    sight before = scene_look(&scene, 4);
    tr_writer_set_state(&scene.writer, slot, TR_STATE_NO_PERMISSION, -1, -1, -1, true);
    sight after = scene_look(&scene, 4);
    bool is_state_only = (after.image.record.flags & TR_FLAG_STATE_ONLY) != 0;
    bool same_values = after.number == before.number &&
                       after.image.record.ts_recv_ns == before.image.record.ts_recv_ns &&
                       after.image.record.ts_publish_ns == before.image.record.ts_publish_ns;
    if (is_state_only && !same_values)
        printf("FAIL a state-only record turns quote %llu into quote %llu (0: empty)\n",
               (unsigned long long)before.number, (unsigned long long)after.number);
    if (after.number != before.number)
        printf("FAIL the last known quote is gone before the first tick\n");
    scene_end_life(&scene);
    anonymous_segment_free(&scene.segment);
    return after.number != before.number || (is_state_only && !same_values) ? 1 : 0;
}
