/* The verdict: may this quote be trusted now? A pure function of everything it depends on.
 *
 * The default is bad: a quote is `live` only if every rule before the last found positive evidence. The rules stand in
 * verdict.c in the order of docs/verdicts.md; the first that applies counts.
 */
#ifndef TICKRING_VERDICT_H
#define TICKRING_VERDICT_H

#include <stdbool.h>

#include "view.h"

/* What the header lines say of the feed as a whole. */
typedef struct {
    uint64_t supervisor_epoch;
    uint64_t feeder_epoch;
    int64_t heartbeat_ns;
    int64_t heartbeat_limit_ns;
    int64_t vouch_limit_ns;
    uint32_t supervisor_state;
    uint32_t feeder_state;
    uint32_t connection;
    uint32_t supervisor_mode;
    uint32_t feeder_mode;
    uint32_t superseded;
} tr_vitals;

typedef struct {
    uint8_t verdict; /* enum tr_verdict */
    uint8_t reason;  /* enum tr_reason */
} tr_judgement;

/* A stamp up to this much in the future still counts as now: clocks of two CPUs may differ by a hair. */
#define TR_CLOCK_TOLERANCE_NS INT64_C(1000000)

/* Loads the header lines. Call it after the record was copied (SYNC EPOCH) and before the clock. */
void tr_vitals_load(const tr_view *view, tr_vitals *vitals);

/* The reason (enum tr_reason) why nothing in this segment moves, or -1: the part of tr_judge without a record. */
int tr_feed_fault(const tr_vitals *vitals, int64_t now_ns);

/* `accepted_modes`: bit n set = api_mode n may be shown. `is_newest`: the record is the slot's newest. */
tr_judgement tr_judge(const tr_record *record, const tr_vitals *vitals, int64_t vouched_ns, int64_t now_ns,
                      uint32_t accepted_modes, bool is_newest);

/* The part of tr_judge about one symbol: for callers that have checked kind of account, price and feed before. */
tr_judgement tr_judge_symbol(const tr_record *record, const tr_vitals *vitals, int64_t vouched_ns, int64_t now_ns);

/* Whether this reader may show this record: the operator's word, the gateway's word now, and the gateway's word when these
 * very values came in must all be accepted. */
bool tr_modes_accepted(const tr_vitals *vitals, const tr_record *record, uint32_t accepted_modes);

/* The part of it about the feed. */
bool tr_feed_mode_accepted(const tr_vitals *vitals, uint32_t accepted_modes);

/* A stamp that never was, lies in the future or is older than the limit; a limit of 0 was never set: always true. */
bool tr_stamp_is_old(int64_t stamp_ns, int64_t now_ns, int64_t limit_ns);

/* The verdict of this record while its feed (`feeder_epoch`) is up, connected and vouches for the symbol at this moment. */
uint8_t tr_verdict_at_best(const tr_record *record, uint64_t feeder_epoch, uint32_t accepted_modes);

/* No record at all: the symbol is unknown or retired, or no consistent copy could be had. */
static inline tr_judgement tr_judge_nothing(int reason) {
    return (tr_judgement){reason == TR_REASON_OVERTAKEN ? TR_VERDICT_CONTENDED : TR_VERDICT_MISSING, (uint8_t)reason};
}

/* With these the record's values must not be handed out at all. */
static inline bool tr_withholds_values(tr_judgement judgement) {
    return judgement.verdict == TR_VERDICT_CONTENDED ||
           (judgement.verdict == TR_VERDICT_MISSING && judgement.reason != TR_REASON_NO_PRICE);
}

#endif
