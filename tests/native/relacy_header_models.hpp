/* What the header page orders: SYNC EPOCH and SYNC DIRECTORY-VERSION. */
#ifndef TICKRING_TESTS_RELACY_HEADER_MODELS_HPP
#define TICKRING_TESTS_RELACY_HEADER_MODELS_HPP

#include "relacy_ring.hpp"

enum EpochBreak { EPOCH_AS_IN_C, EPOCH_AFTER_THE_RECORD, HEADER_LOADED_BEFORE_THE_RECORD, GRANTED_AFTER_THE_EPOCH };
static const char *const EPOCH_BREAKS_NAMED[] = {"as in C", "epoch after the record", "header loaded before the record",
                                                 "granted after the epoch", NULL};

/* Thread 0 is the supervisor that grants epoch 2 and the writer that takes over with it, one after the other as lock
 * and fork make them. Thread 1 reads; the records' value is their epoch. A reader that sees a record of the new life
 * sees a header that knows that life, so a record of the header's epoch is never an older writer's. */
class EpochModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) EpochModel; }
    void before() {
        ring_.clear(1);
        Life life(IMMORTAL);
        ring_.publish(life, 1, 1, 1);
        granted_.store(1u, rl::memory_order_relaxed);
        epoch_.store(1u, rl::memory_order_relaxed);
    }
    void thread(unsigned number) {
        if (number == 0)
            take_over();
        else
            read();
    }

  private:
    Ring ring_;
    rl::atomic<unsigned> granted_, epoch_; /* the supervisor's line, the feeder's line */

    void take_over() {
        if (broken != GRANTED_AFTER_THE_EPOCH)
            granted_.store(2u, rl::memory_order_release);
        if (broken != EPOCH_AFTER_THE_RECORD)
            epoch_.store(2u, rl::memory_order_release); /* SYNC EPOCH: tr_writer_attach */
        Life life(IMMORTAL);
        ring_.publish(life, 2, 1, 2);
        if (broken == EPOCH_AFTER_THE_RECORD)
            epoch_.store(2u, rl::memory_order_release);
        if (broken == GRANTED_AFTER_THE_EPOCH)
            granted_.store(2u, rl::memory_order_release);
    }

    /* tr_ring_read_latest, tr_vitals_load */
    void read() {
        unsigned epoch = 0, granted = 0;
        if (broken == HEADER_LOADED_BEFORE_THE_RECORD)
            load_header(epoch, granted);
        Record record;
        RL_ASSERT(ring_.read_latest(1, record) == READ_OK);
        if (broken != HEADER_LOADED_BEFORE_THE_RECORD)
            load_header(epoch, granted);
        RL_ASSERT(record.words[VALUE] <= epoch);
        RL_ASSERT(record.words[VALUE] <= granted);
    }
    void load_header(unsigned &epoch, unsigned &granted) {
        epoch = epoch_.load(rl::memory_order_relaxed);
        granted = granted_.load(rl::memory_order_relaxed);
    }
};

enum VersionBreak {
    VERSION_AS_IN_C,
    VERSION_BEFORE_THE_ENTRY,
    VERSION_STORED_RELAXED,
    VERSION_LOADED_RELAXED,
    VERSION_LOADED_AFTER_THE_LOOKUP,
};
static const char *const VERSION_BREAKS_NAMED[] = {"as in C",
                                                   "version before the entry",
                                                   "version stored relaxed",
                                                   "version loaded relaxed",
                                                   "version loaded after the lookup",
                                                   NULL};

/* Thread 0 adds a symbol, thread 1 has a handle that waits for it and looks again only when the version has moved: it
 * must not remember a version without the entry that moved it, or it would never look again. */
class VersionModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) VersionModel; }
    void before() {
        entry_.store(0u, rl::memory_order_relaxed);
        version_.store(0u, rl::memory_order_relaxed);
    }
    void thread(unsigned number) {
        if (number == 0)
            add();
        else
            look();
    }

  private:
    rl::atomic<unsigned> entry_, version_;

    /* The end of tr_directory_publish */
    void add() {
        if (broken == VERSION_BEFORE_THE_ENTRY)
            version_.store(1u, rl::memory_order_release);
        entry_.store(1u, rl::memory_order_release); /* SYNC DIRECTORY */
        if (broken == VERSION_STORED_RELAXED)
            version_.store(1u, rl::memory_order_relaxed);
        else if (broken != VERSION_BEFORE_THE_ENTRY)
            version_.store(1u, rl::memory_order_release); /* SYNC DIRECTORY-VERSION */
    }

    /* tr_handle_bind */
    void look() {
        unsigned version = broken == VERSION_LOADED_AFTER_THE_LOOKUP ? 0 : load_version();
        bool is_found = entry_.load(rl::memory_order_acquire) != 0;
        if (broken == VERSION_LOADED_AFTER_THE_LOOKUP)
            version = load_version();
        RL_ASSERT(is_found || version == 0);
    }
    unsigned load_version() {
        return broken == VERSION_LOADED_RELAXED ? version_.load(rl::memory_order_relaxed)
                                                : version_.load(rl::memory_order_acquire);
    }
};

#endif
