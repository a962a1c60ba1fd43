/* The writer: staged quotes, records, directory and heartbeat of one segment, for the one process that holds the lock.
 *
 * Every slot has a staged record in private memory; a tick changes the staged values and publishes the whole record, so
 * that the writer never reads shared memory back (but once, when it takes over).
 */
#ifndef TICKRING_WRITER_H
#define TICKRING_WRITER_H

#include "directory_writer.h"
#include "wake.h"

typedef struct tr_writer {
    tr_view view;
    tr_record_image *staged; /* capacity records; record.sequence = newest published */
    tr_record_image *kept;   /* per slot: last known values, shown as stale until a price comes; has == 0: none */
    tr_slot_pool pool;
    uint64_t epoch;
    uint32_t dirty_bits; /* wake bits of the batch under way */
    uint8_t mode;        /* enum tr_api_mode of this life's gateway; goes into every record */
} tr_writer;

/* Takes the segment over for `epoch`, which the caller has been granted while holding the writer lock: names itself in
 * the feeder's line, derives the pool, and republishes every active slot as stale in the new epoch, so that no record
 * of an earlier life can ever look current. False: out of memory. */
bool tr_writer_attach(tr_writer *writer, const tr_view *view, uint64_t epoch, int32_t pid, uint64_t start_ticks);
/* Says that this writer has stopped, takes its name out of the header and frees the memory. */
void tr_writer_detach(tr_writer *writer);
/* Frees the memory and writes nothing: for a forked child, which owns neither the lock nor the line. */
void tr_writer_forget(tr_writer *writer);

tr_add_status tr_writer_add(tr_writer *writer, const char *key, size_t bytes, tr_binding *binding);
bool tr_writer_retire(tr_writer *writer, const char *key, size_t bytes);

/* A new subscription starts from an empty quote. keep_last_known: the old values stay visible, marked stale, until the
 * first price; the staged quote is empty either way, so no old value can ride along with a new one. */
void tr_writer_begin(tr_writer *writer, uint32_t slot, bool keep_last_known);

typedef struct {
    int field; /* enum tr_field */
    double value;
} tr_change;

/* One message of the source. Publishes one record if anything changed; returns its sequence, or 0. Vouches either way. */
uint64_t tr_writer_tick(tr_writer *writer, uint32_t slot, int64_t ts_recv_ns, const tr_change *changes, size_t count);

/* Stages state, source, data type and halted (negative = as before); publishes a state-only record if `publish` and
 * anything moved. Returns its sequence, or 0. */
uint64_t tr_writer_set_state(tr_writer *writer, uint32_t slot, int state, int source, int data_type, int halted,
                             bool publish);

/* The feed proved itself for this symbol without a tick (an answered probe of this very symbol). */
void tr_writer_vouch(tr_writer *writer, uint32_t slot, int64_t now_ns);

/* Ends a batch: wakes readers. False if this writer's epoch is over and it must leave. */
bool tr_writer_commit(tr_writer *writer);
bool tr_writer_is_current(const tr_writer *writer);

void tr_writer_heartbeat(tr_writer *writer, int64_t now_ns);
/* Negative = as before. A change of api_mode first empties every quote. */
void tr_writer_set_line(tr_writer *writer, int run_state, int connection, int api_mode);

#endif
