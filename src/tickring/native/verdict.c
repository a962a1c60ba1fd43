#include "verdict.h"

#include "atomics.h"
#include "values.h"

void tr_vitals_load(const tr_view *view, tr_vitals *vitals) {
    const tr_feeder_line *feeder = &view->header->feeder;
    const tr_supervisor_line *supervisor = &view->header->supervisor;
    /* SYNC EPOCH: a writer sets its epoch before its first record; the copy of that record came through the cursor
     * (acquire), so these relaxed loads, which come after it, cannot be older. They may be newer than the record: what
     * must belong to the very values (epoch, kind of account) stands in the record itself. */
    vitals->feeder_epoch = TR_LOAD_RELAXED(&feeder->epoch);
    vitals->heartbeat_ns = TR_LOAD_RELAXED(&feeder->heartbeat_ns);
    vitals->feeder_state = TR_LOAD_RELAXED(&feeder->state);
    vitals->connection = TR_LOAD_RELAXED(&feeder->connection);
    vitals->feeder_mode = TR_LOAD_RELAXED(&feeder->api_mode);
    vitals->supervisor_epoch = TR_LOAD_RELAXED(&supervisor->epoch);
    vitals->heartbeat_limit_ns = TR_LOAD_RELAXED(&supervisor->heartbeat_limit_ns);
    vitals->vouch_limit_ns = TR_LOAD_RELAXED(&supervisor->vouch_limit_ns);
    vitals->supervisor_state = TR_LOAD_RELAXED(&supervisor->state);
    vitals->supervisor_mode = TR_LOAD_RELAXED(&supervisor->api_mode);
    vitals->superseded = TR_LOAD_RELAXED(&supervisor->superseded);
}

static bool in_mask(uint32_t value, uint32_t mask) { return value < 32 && (mask >> value & 1u); }

bool tr_stamp_is_old(int64_t stamp_ns, int64_t now_ns, int64_t limit_ns) {
    if (stamp_ns <= 0 || limit_ns <= 0)
        return true;
    /* One unsigned comparison covers both ends: a stamp beyond the tolerance in the future wraps to a huge age. */
    return (uint64_t)(now_ns - stamp_ns + TR_CLOCK_TOLERANCE_NS) > (uint64_t)limit_ns + TR_CLOCK_TOLERANCE_NS;
}

static bool is_stream(uint8_t source, uint32_t mode) {
    return source == TR_SOURCE_IB_STREAM || (source == TR_SOURCE_SAMPLE && mode == TR_MODE_MOCK);
}

/* States that say by themselves that the price may be old; anything unknown is one of them. */
static int stale_reason_of_state(uint8_t state) {
    switch (state) {
    case TR_STATE_LIVE:
    case TR_STATE_QUIET:
    case TR_STATE_CLOSED:
    case TR_STATE_FALLBACK:
        return -1;
    case TR_STATE_EMPTY:
    case TR_STATE_PENDING:
        return TR_REASON_NOT_CONFIRMED;
    case TR_STATE_STALE:
        return TR_REASON_MARKED_STALE;
    case TR_STATE_NO_PERMISSION:
        return TR_REASON_NO_PERMISSION;
    case TR_STATE_COMPETING_SESSION:
        return TR_REASON_COMPETING_SESSION;
    case TR_STATE_UNRESOLVED:
        return TR_REASON_UNRESOLVED;
    default:
        return TR_REASON_UNKNOWN_STATE;
    }
}

/* Real-time, delayed, or a frozen kind while the market is closed; an unnamed type is no evidence of anything. */
static bool data_type_fits(uint8_t data_type, uint8_t state) {
    switch (data_type) {
    case TR_DATA_REALTIME:
    case TR_DATA_DELAYED:
        return true;
    case TR_DATA_FROZEN:
    case TR_DATA_DELAYED_FROZEN:
        return state == TR_STATE_CLOSED;
    default:
        return false;
    }
}

#define RULE(condition, verdict_name, reason_name)                                                                     \
    if (condition)                                                                                                     \
        return (tr_judgement) { TR_VERDICT_##verdict_name, TR_REASON_##reason_name }

#define FEED_RULE(condition, reason_name)                                                                              \
    if (condition)                                                                                                     \
    return TR_REASON_##reason_name

int tr_feed_fault(const tr_vitals *vitals, int64_t now_ns) {
    FEED_RULE(vitals->superseded != 0, SUPERSEDED);
    FEED_RULE(!in_mask(vitals->supervisor_state, 1u << TR_RUN_STARTING | 1u << TR_RUN_RUNNING | 1u << TR_RUN_DEGRADED),
              SUPERVISOR_STATE);
    FEED_RULE(vitals->feeder_epoch == 0 || vitals->feeder_epoch != vitals->supervisor_epoch, NO_FEEDER);
    FEED_RULE(!in_mask(vitals->feeder_state, 1u << TR_RUN_RUNNING | 1u << TR_RUN_DEGRADED), FEEDER_STATE);
    FEED_RULE(tr_stamp_is_old(vitals->heartbeat_ns, now_ns, vitals->heartbeat_limit_ns), HEARTBEAT);
    return -1;
}

bool tr_feed_mode_accepted(const tr_vitals *vitals, uint32_t accepted_modes) {
    return in_mask(vitals->supervisor_mode, accepted_modes) && in_mask(vitals->feeder_mode, accepted_modes);
}

bool tr_modes_accepted(const tr_vitals *vitals, const tr_record *record, uint32_t accepted_modes) {
    return tr_feed_mode_accepted(vitals, accepted_modes) &&
           (record->has == 0 || in_mask(tr_record_mode(record), accepted_modes));
}

/* The rules about one symbol, of a feed without a fault. */
tr_judgement tr_judge_symbol(const tr_record *record, const tr_vitals *vitals, int64_t vouched_ns, int64_t now_ns) {
    /* This symbol: old news. */
    RULE(record->epoch != (uint16_t)vitals->feeder_epoch, STALE, OLD_EPOCH);
    RULE(vitals->connection != TR_CONN_CONNECTED, STALE, CONNECTION);
    int stale_reason = stale_reason_of_state(record->state);
    if (stale_reason >= 0)
        return (tr_judgement){TR_VERDICT_STALE, (uint8_t)stale_reason};

    /* This symbol: where it came from. */
    RULE(record->source == TR_SOURCE_IB_SNAPSHOT, FALLBACK, FROM_SNAPSHOT);
    RULE(record->source == TR_SOURCE_IB_HISTORY, FALLBACK, FROM_HISTORY);
    RULE(!is_stream(record->source, tr_record_mode(record)), STALE, SOURCE);
    RULE(record->state == TR_STATE_FALLBACK, FALLBACK, IN_FALLBACK);
    RULE(!data_type_fits(record->data_type, record->state), STALE, DATA_TYPE);
    RULE(record->state != TR_STATE_CLOSED && tr_stamp_is_old(vouched_ns, now_ns, vitals->vouch_limit_ns), STALE,
         NOT_VOUCHED);
    RULE(record->data_type == TR_DATA_DELAYED || record->data_type == TR_DATA_DELAYED_FROZEN, DELAYED, DELAYED_DATA);
    RULE(record->state == TR_STATE_CLOSED, CLOSED, MARKET_CLOSED);
    RULE(record->state == TR_STATE_QUIET, QUIET, QUIET_NAME);
    return (tr_judgement){TR_VERDICT_LIVE, TR_REASON_VOUCHED};
}

tr_judgement tr_judge(const tr_record *record, const tr_vitals *vitals, int64_t vouched_ns, int64_t now_ns,
                      uint32_t accepted_modes, bool is_newest) {
    /* Nothing that this reader may show. */
    RULE(!tr_modes_accepted(vitals, record, accepted_modes), MISSING, OTHER_API_MODE);
    RULE(!tr_has_price(record), MISSING, NO_PRICE);
    RULE(!is_newest, PAST, NOT_NEWEST);

    /* The feed as a whole. */
    int feed_fault = tr_feed_fault(vitals, now_ns);
    if (feed_fault >= 0)
        return (tr_judgement){TR_VERDICT_FEED_DOWN, (uint8_t)feed_fault};
    return tr_judge_symbol(record, vitals, vouched_ns, now_ns);
}

uint8_t tr_verdict_at_best(const tr_record *record, uint64_t feeder_epoch, uint32_t accepted_modes) {
    uint32_t mode = tr_record_mode(record);
    const tr_vitals up = {
        .supervisor_epoch = feeder_epoch,
        .feeder_epoch = feeder_epoch,
        .heartbeat_ns = 1,
        .heartbeat_limit_ns = 1,
        .vouch_limit_ns = 1,
        .supervisor_state = TR_RUN_RUNNING,
        .feeder_state = TR_RUN_RUNNING,
        .connection = TR_CONN_CONNECTED,
        .supervisor_mode = mode,
        .feeder_mode = mode,
    };
    return tr_judge(record, &up, 1, 1, accepted_modes, true).verdict;
}
