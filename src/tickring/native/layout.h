/* The shared-memory layout: the single source for every byte of a tickring segment.
 *
 *   0x0000  header page ................ 4096 bytes, see below
 *   dir     directory entries .......... table_entries x 128 bytes, open addressing, key -> {slot, generation, state}
 *   control slot control lines ......... capacity x 64 bytes: cursor, vouched_ns, generation
 *   rings   records .................... capacity x depth x 128 bytes: slot s owns records s*depth ... s*depth+depth-1
 *
 *   header page
 *   0x000   identity       written once by the creator, before the ready flag
 *   0x080   supervisor     one writer: the holder of the supervisor lock (file `supervisor.lock` beside the segment)
 *   0x100   feeder         one writer: the holder of the writer lock (byte 0 of this file)
 *   0x180   wake           one writer: the feeder
 *   0x200   counters       64 x u64, one writer: the feeder
 *   0x400   counters       32 x u64, one writer: the supervisor
 *   0x500   histograms     3 x 256 bytes, one writer: the feeder
 *   0x800   children       16 x 128 bytes, one writer each: the child that holds lock byte 16 + n
 *
 * Rules that keep it true:
 *  - Every header cache line has exactly one writer. Where two lines speak of the same thing a reader takes the worse.
 *  - All numbers are little-endian and naturally aligned. Shared words are accessed with C11 atomics only (atomics.h).
 *  - A file is never truncated or grown; a new segment replaces it by rename and the old one says `superseded`.
 *  - Adding a meaning to a reserved byte or a new enum value is compatible (readers treat unknown values as bad);
 *    anything else raises TR_LAYOUT_VERSION.
 * docs/layout.md says the same in prose, with what a reader sees after a kill at each store. */
#ifndef TICKRING_LAYOUT_H
#define TICKRING_LAYOUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || !defined(__linux__) || __SIZEOF_POINTER__ != 8
#error "tickring segments are for 64-bit little-endian Linux"
#endif

#define TR_MAGIC UINT64_C(0x474e49524b434954) /* "TICKRING" read as a little-endian u64 */
#define TR_LAYOUT_VERSION 1u

#define TR_HEADER_BYTES 4096u
#define TR_BLOCK_BYTES 128u /* two cache lines: the adjacent-line prefetcher pulls pairs */
#define TR_ENTRY_BYTES 128u
#define TR_CONTROL_BYTES 64u
#define TR_RECORD_BYTES 128u
#define TR_RECORD_WORDS (TR_RECORD_BYTES / 8u)
#define TR_HEAD_WORDS 8u     /* the first cache line of a record */
#define TR_KEY_BYTES_MAX 63u /* without the closing NUL */
#define TR_CHILD_LINES 16u
#define TR_CHILD_NAME_BYTES 32u
#define TR_FEEDER_COUNTERS 64u
#define TR_SUPERVISOR_COUNTERS 32u
#define TR_HISTOGRAMS 3u
#define TR_HISTOGRAM_BUCKETS 31u

#define TR_CAPACITY_MIN 1u
#define TR_CAPACITY_MAX (1u << 20)
#define TR_DEPTH_MIN 4u
#define TR_DEPTH_MAX (1u << 16)
#define TR_CAPACITY_DEFAULT 10000u
#define TR_DEPTH_DEFAULT 64u

/* Bytes of the file on which OS locks (open file description locks) are taken. */
#define TR_LOCK_BYTE_WRITER 0
#define TR_LOCK_BYTE_CHILD 16 /* + number of the child's line */

/* ---- names of small numbers: X(value, C suffix, Python word) ------------------------------------------------ */

#define TR_STATES(X)                                                                                                   \
    X(0, EMPTY, "empty")                                                                                               \
    X(1, PENDING, "pending")                                                                                           \
    X(2, LIVE, "live")                                                                                                 \
    X(3, QUIET, "quiet")                                                                                               \
    X(4, CLOSED, "closed")                                                                                             \
    X(5, STALE, "stale")                                                                                               \
    X(6, NO_PERMISSION, "no_permission")                                                                               \
    X(7, COMPETING_SESSION, "competing_session")                                                                       \
    X(8, UNRESOLVED, "unresolved")                                                                                     \
    X(9, FALLBACK, "fallback")

#define TR_SOURCES(X)                                                                                                  \
    X(0, NONE, "none")                                                                                                 \
    X(1, IB_STREAM, "ib_stream")                                                                                       \
    X(2, IB_SNAPSHOT, "ib_snapshot")                                                                                   \
    X(3, IB_HISTORY, "ib_history")                                                                                     \
    X(4, SAMPLE, "sample")

/* IB's marketDataType numbers (TWS API, "Market Data Types"); 0 = the gateway has not said. */
#define TR_DATA_TYPES(X)                                                                                               \
    X(0, UNKNOWN, "unknown")                                                                                           \
    X(1, REALTIME, "realtime")                                                                                         \
    X(2, FROZEN, "frozen")                                                                                             \
    X(3, DELAYED, "delayed")                                                                                           \
    X(4, DELAYED_FROZEN, "delayed_frozen")

#define TR_API_MODES(X)                                                                                                \
    X(0, UNKNOWN, "unknown")                                                                                           \
    X(1, LIVE, "live")                                                                                                 \
    X(2, PAPER, "paper")                                                                                               \
    X(3, MOCK, "mock")

#define TR_RUN_STATES(X)                                                                                               \
    X(0, UNKNOWN, "unknown")                                                                                           \
    X(1, STARTING, "starting")                                                                                         \
    X(2, RUNNING, "running")                                                                                           \
    X(3, DEGRADED, "degraded")                                                                                         \
    X(4, BACKING_OFF, "backing_off")                                                                                   \
    X(5, STOPPING, "stopping")                                                                                         \
    X(6, STOPPED, "stopped")                                                                                           \
    X(7, FAILED, "failed")

#define TR_CONNECTIONS(X)                                                                                              \
    X(0, UNKNOWN, "unknown")                                                                                           \
    X(1, CONNECTING, "connecting")                                                                                     \
    X(2, CONNECTED, "connected")                                                                                       \
    X(3, SUSPECT, "suspect")                                                                                           \
    X(4, DISCONNECTED, "disconnected")

/* Ordered from the best to the worst. */
#define TR_VERDICTS(X)                                                                                                 \
    X(0, LIVE, "live")                                                                                                 \
    X(1, QUIET, "quiet")                                                                                               \
    X(2, CLOSED, "closed")                                                                                             \
    X(3, DELAYED, "delayed")                                                                                           \
    X(4, FALLBACK, "fallback")                                                                                         \
    X(5, STALE, "stale")                                                                                               \
    X(6, FEED_DOWN, "feed_down")                                                                                       \
    X(7, PAST, "past")                                                                                                 \
    X(8, MISSING, "missing")                                                                                           \
    X(9, CONTENDED, "contended")

/* Why a verdict was given; verdict.c holds the rules in their order. From TOO_OLD on: why a position was not priced. */
#define TR_REASONS(X)                                                                                                  \
    X(0, VOUCHED, "vouched")                                                                                           \
    X(1, QUIET_NAME, "quiet_name")                                                                                     \
    X(2, MARKET_CLOSED, "market_closed")                                                                               \
    X(3, DELAYED_DATA, "delayed_data")                                                                                 \
    X(4, FROM_SNAPSHOT, "from_snapshot")                                                                               \
    X(5, FROM_HISTORY, "from_history")                                                                                 \
    X(6, IN_FALLBACK, "in_fallback")                                                                                   \
    X(7, NOT_VOUCHED, "not_vouched")                                                                                   \
    X(8, DATA_TYPE, "data_type")                                                                                       \
    X(9, SOURCE, "source")                                                                                             \
    X(10, MARKED_STALE, "marked_stale")                                                                                \
    X(11, NOT_CONFIRMED, "not_confirmed")                                                                              \
    X(12, NO_PERMISSION, "no_permission")                                                                              \
    X(13, COMPETING_SESSION, "competing_session")                                                                      \
    X(14, UNRESOLVED, "unresolved")                                                                                    \
    X(15, UNKNOWN_STATE, "unknown_state")                                                                              \
    X(16, CONNECTION, "connection")                                                                                    \
    X(17, OLD_EPOCH, "old_epoch")                                                                                      \
    X(18, HEARTBEAT, "heartbeat")                                                                                      \
    X(19, FEEDER_STATE, "feeder_state")                                                                                \
    X(20, NO_FEEDER, "no_feeder")                                                                                      \
    X(21, SUPERVISOR_STATE, "supervisor_state")                                                                        \
    X(22, SUPERSEDED, "superseded")                                                                                    \
    X(23, NOT_NEWEST, "not_newest")                                                                                    \
    X(24, NO_PRICE, "no_price")                                                                                        \
    X(25, OTHER_API_MODE, "other_api_mode")                                                                            \
    X(26, RETIRED, "retired")                                                                                          \
    X(27, UNKNOWN_SYMBOL, "unknown_symbol")                                                                            \
    X(28, OVERTAKEN, "overtaken")                                                                                      \
    X(29, TOO_OLD, "too_old")                                                                                          \
    X(30, NO_BID, "no_bid")                                                                                            \
    X(31, NO_ASK, "no_ask")                                                                                            \
    X(32, NO_MID, "no_mid")

/* Fields of a quote in the order of their has-bits; the doubles first. */
#define TR_FIELDS(X)                                                                                                   \
    X(0, BID, "bid")                                                                                                   \
    X(1, ASK, "ask")                                                                                                   \
    X(2, LAST, "last")                                                                                                 \
    X(3, BID_SIZE, "bid_size")                                                                                         \
    X(4, ASK_SIZE, "ask_size")                                                                                         \
    X(5, LAST_SIZE, "last_size")                                                                                       \
    X(6, VOLUME, "volume")                                                                                             \
    X(7, CLOSE, "close")                                                                                               \
    X(8, OPEN, "open")                                                                                                 \
    X(9, HIGH, "high")                                                                                                 \
    X(10, LOW, "low")                                                                                                  \
    X(11, LAST_TRADE, "last_trade_s")

#define TR_ENUM_MEMBER(prefix, value, name) prefix##name = value,
#define X(value, name, word) TR_ENUM_MEMBER(TR_STATE_, value, name)
enum tr_state { TR_STATES(X) TR_STATE_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_SOURCE_, value, name)
enum tr_source { TR_SOURCES(X) TR_SOURCE_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_DATA_, value, name)
enum tr_data_type { TR_DATA_TYPES(X) TR_DATA_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_MODE_, value, name)
enum tr_api_mode { TR_API_MODES(X) TR_MODE_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_RUN_, value, name)
enum tr_run_state { TR_RUN_STATES(X) TR_RUN_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_CONN_, value, name)
enum tr_connection { TR_CONNECTIONS(X) TR_CONN_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_VERDICT_, value, name)
enum tr_verdict { TR_VERDICTS(X) TR_VERDICT_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_REASON_, value, name)
enum tr_reason { TR_REASONS(X) TR_REASON_COUNT };
#undef X
#define X(value, name, word) TR_ENUM_MEMBER(TR_FIELD_, value, name)
enum tr_field { TR_FIELDS(X) TR_FIELD_COUNT };
#undef X

/* Bits of record.flags. */
#define TR_FLAG_STATE_ONLY 0x01u /* same values and times as the record before; only state, source or data type moved */
#define TR_FLAG_HALTED 0x02u     /* trading is halted (IB tick 49) */
#define TR_FLAG_MODE_SHIFT 2     /* bits 2-3: enum tr_api_mode of the gateway that sent these very values */
#define TR_FLAG_MODE_MASK 0x0cu

/* ---- header page --------------------------------------------------------------------------------------------- */

/* Written once by the creator into a file that no one else can name yet; `ready` last. */
typedef struct {
    uint64_t magic;
    uint32_t layout_version;
    uint32_t ready; /* 0 until every other byte stands, then 1 (release) */
    uint64_t segment_bytes;
    uint8_t segment_id[16]; /* random; quotes of two segments never compare equal */
    int64_t created_ns;     /* wall clock, ns since 1970 */
    uint32_t header_bytes;
    uint32_t capacity;      /* slots */
    uint32_t depth;         /* records per ring, a power of two */
    uint32_t table_entries; /* directory entries, a power of two */
    uint64_t directory_offset;
    uint64_t control_offset;
    uint64_t ring_offset;
    uint32_t entry_bytes;
    uint32_t control_bytes;
    uint32_t record_bytes;
    uint32_t child_lines;
    uint8_t reserved[24];
} tr_identity;

/* Writer: the holder of the supervisor lock. */
typedef struct {
    uint64_t epoch;             /* the life of the writer that may write now; only grows */
    int64_t heartbeat_limit_ns; /* an older feeder heartbeat reads feed_down; <= 0 reads feed_down */
    int64_t vouch_limit_ns;     /* an older vouched_ns reads stale; <= 0 reads stale */
    uint32_t state;             /* enum tr_run_state */
    uint32_t api_mode;          /* enum tr_api_mode: what the operator configured */
    uint32_t superseded;        /* 1: a newer file stands at the path */
    int32_t pid;
    uint64_t start_ticks; /* /proc/PID/stat field 22: tells a reused pid apart */
    int64_t heartbeat_ns; /* CLOCK_BOOTTIME */
    int64_t since_ns;     /* wall clock of the last change of state */
    uint8_t reserved[64];
} tr_supervisor_line;

/* Writer: the holder of the writer lock. */
typedef struct {
    uint64_t epoch;       /* of the feeder that wrote this line */
    int64_t heartbeat_ns; /* CLOCK_BOOTTIME */
    uint32_t state;       /* enum tr_run_state */
    uint32_t connection;  /* enum tr_connection */
    uint32_t api_mode;    /* enum tr_api_mode: what the gateway's accounts say */
    int32_t pid;
    uint64_t start_ticks;       /* /proc/PID/stat field 22 */
    uint64_t directory_version; /* moves with every add and retire; unbound handles look again when it moved */
    uint32_t active_symbols;
    uint32_t reserved0;
    int64_t since_ns; /* wall clock of the last change of state */
    uint8_t reserved[64];
} tr_feeder_line;

/* Writer: the feeder. Readers sleep on `word` (FUTEX_WAIT_BITSET, bit = slot mod 32). */
typedef struct {
    uint32_t word;
    uint8_t reserved[124];
} tr_wake_line;

/* Writer: the child that holds lock byte TR_LOCK_BYTE_CHILD + n. */
typedef struct {
    char name[TR_CHILD_NAME_BYTES]; /* NUL padded; all zero = never used */
    int32_t pid;
    uint32_t state; /* enum tr_run_state */
    uint64_t start_ticks;
    int64_t heartbeat_ns; /* CLOCK_BOOTTIME */
    int64_t since_ns;
    uint8_t reserved[64];
} tr_child_line;

/* Durations by powers of two (histograms.h). Writer: the feeder. */
typedef struct {
    uint64_t sum_ns;
    uint64_t buckets[TR_HISTOGRAM_BUCKETS];
} tr_histogram;

typedef struct {
    tr_identity identity;
    tr_supervisor_line supervisor;
    tr_feeder_line feeder;
    tr_wake_line wake;
    uint64_t feeder_counters[TR_FEEDER_COUNTERS];
    uint64_t supervisor_counters[TR_SUPERVISOR_COUNTERS];
    tr_histogram histograms[TR_HISTOGRAMS];
    tr_child_line children[TR_CHILD_LINES];
} tr_header;

/* ---- directory ----------------------------------------------------------------------------------------------- */

#define TR_ENTRY_ACTIVE 1u
#define TR_ENTRY_RETIRED 2u

/* The word publishes, retires and re-adds an entry in one store: slot in bits 0-23, state in 24-31, generation 32-63. */
typedef struct {
    uint64_t word; /* 0 = never used; a probe ends here */
    uint64_t hash; /* FNV-1a 64 of the key */
    uint32_t key_bytes;
    uint8_t reserved[44];
    char key[TR_KEY_BYTES_MAX + 1]; /* NUL padded; never changes once word != 0 */
} tr_entry;

/* ---- slots --------------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t cursor;     /* sequence of the newest complete record, 0 = none; never goes back */
    int64_t vouched_ns;  /* CLOCK_BOOTTIME of the feed's last proof for this symbol, 0 = none */
    uint32_t generation; /* uses of this slot; moves at add and at retire */
    uint32_t entry;      /* directory entry of the present user (for tools) */
    uint8_t reserved[40];
} tr_control;

/* One quote. The first cache line holds all that a verdict needs. Absent = NaN and a cleared has-bit. */
typedef struct {
    uint64_t sequence; /* 0 while being written */
    double bid;
    double ask;
    double last;
    int64_t ts_recv_ns;    /* wall clock: receive time of the newest price tick in this quote */
    int64_t ts_publish_ns; /* CLOCK_BOOTTIME: when these values became visible (kept by state-only records) */
    uint32_t generation;   /* the slot's generation this record was written for */
    uint16_t epoch;        /* low 16 bits of the writer's epoch */
    uint8_t source;        /* enum tr_source */
    uint8_t data_type;     /* enum tr_data_type */
    uint8_t state;         /* enum tr_state */
    uint8_t flags;
    uint16_t has;          /* bit n = field n of TR_FIELDS is present */
    uint32_t last_trade_s; /* IB tick 45: seconds since 1970 of the last trade */
    double bid_size;
    double ask_size;
    double last_size;
    double volume; /* shares */
    double close;
    double open;
    double high;
    double low;
} tr_record;

typedef union {
    tr_record record;
    uint64_t words[TR_RECORD_WORDS];
} tr_record_image;

/* ---- the compiler holds the table above to its word ----------------------------------------------------------- */

#define TR_AT(type, member, offset) static_assert(offsetof(type, member) == (offset), #type "." #member)
#define TR_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)

TR_SIZE(tr_identity, TR_BLOCK_BYTES);
TR_SIZE(tr_supervisor_line, TR_BLOCK_BYTES);
TR_SIZE(tr_feeder_line, TR_BLOCK_BYTES);
TR_SIZE(tr_wake_line, TR_BLOCK_BYTES);
TR_SIZE(tr_child_line, TR_BLOCK_BYTES);
TR_SIZE(tr_entry, TR_ENTRY_BYTES);
TR_SIZE(tr_control, TR_CONTROL_BYTES);
TR_SIZE(tr_record, TR_RECORD_BYTES);
TR_SIZE(tr_record_image, TR_RECORD_BYTES);
TR_SIZE(tr_header, TR_HEADER_BYTES);
TR_AT(tr_header, supervisor, 0x080);
TR_AT(tr_header, feeder, 0x100);
TR_AT(tr_header, wake, 0x180);
TR_AT(tr_header, feeder_counters, 0x200);
TR_AT(tr_header, supervisor_counters, 0x400);
TR_AT(tr_header, histograms, 0x500);
TR_AT(tr_header, children, 0x800);
TR_AT(tr_feeder_line, since_ns, 56);
TR_AT(tr_entry, key, 64);
TR_AT(tr_record, ts_recv_ns, 32);
TR_AT(tr_record, ts_publish_ns, 40);
TR_AT(tr_record, generation, 48);
TR_AT(tr_record, epoch, 52);
TR_AT(tr_record, source, 54);
TR_AT(tr_record, data_type, 55);
TR_AT(tr_record, state, 56);
TR_AT(tr_record, flags, 57);
TR_AT(tr_record, has, 58);
TR_AT(tr_record, last_trade_s, 60);
TR_AT(tr_record, bid_size, 64);
TR_AT(tr_record, volume, 88);
TR_AT(tr_record, close, 96);
TR_AT(tr_record, low, 120);
static_assert(TR_CAPACITY_MAX <= (1u << 24), "slot numbers fit their 24 bits of an entry's word");

#endif
