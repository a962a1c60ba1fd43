/* The gateway's account changes from paper to live while a reader that accepts only live looks on.
 *
 * No paper price may be handed out under the new name: neither the newest, copied just before the change and judged
 * just after it, nor the older ones that still stand in the ring (history, followers). Single-threaded: the order of
 * the steps below is one that two processes can run into.
 */
#include <stdio.h>

#include "clock.h"
#include "numbered_quote.h"
#include "scene.h"
#include "verdict.h"

static unsigned failures;

static void expect_withheld(const scene *scene, const tr_record *record, int64_t vouched_ns, bool is_newest,
                            const char *what) {
    tr_vitals vitals;
    tr_vitals_load(&scene->segment.view, &vitals);
    tr_judgement judgement = tr_judge(record, &vitals, vouched_ns, tr_boot_ns(), 1u << TR_MODE_LIVE, is_newest);
    if (tr_withholds_values(judgement))
        return;
    failures++;
    printf("FAIL %s: a paper bid of %.1f is handed out to a reader of live prices, verdict %u, reason %u\n", what,
           record->bid, judgement.verdict, judgement.reason);
}

int main(void) {
    static scene scene;
    scene_open(&scene);
    scene_begin_life(&scene);
    tr_writer_set_line(&scene.writer, TR_RUN_RUNNING, TR_CONN_CONNECTED, TR_MODE_PAPER);
    uint32_t slot = scene_add(&scene, 1);
    tr_writer_begin(&scene.writer, slot, false);
    scene_mark_live(&scene, slot);
    uint64_t sequence = numbered_tick(&scene.writer, slot, 1, 1);

    sight seen = scene_look(&scene, 1); /* the reader has copied the record ... */
    if (seen.status != TR_READ_OK || seen.number != 1) {
        printf("FAIL the quote is not there\n");
        return 1;
    }
    expect_withheld(&scene, &seen.image.record, seen.vouched_ns, true, "before the change");
    tr_writer_set_line(&scene.writer, TR_RUN_RUNNING, TR_CONN_CONNECTED, TR_MODE_LIVE);
    /* ... and only now loads the header. */
    expect_withheld(&scene, &seen.image.record, seen.vouched_ns, true, "copied before the change, judged after it");

    tr_record_image past;
    if (tr_ring_read_at(&scene.segment.view, slot, seen.binding.generation, sequence, &past) == TR_READ_OK)
        expect_withheld(&scene, &past.record, 0, false, "history after the change");

    scene_end_life(&scene);
    anonymous_segment_free(&scene.segment);
    printf("mode_switch: %u failures\n", failures);
    return failures == 0 ? 0 : 1;
}
