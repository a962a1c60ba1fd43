/* SYNC DIRECTORY and the generation rule: a handle never returns another symbol's quote. */
#ifndef TICKRING_TESTS_RELACY_DIRECTORY_MODEL_HPP
#define TICKRING_TESTS_RELACY_DIRECTORY_MODEL_HPP

#include "relacy_ring.hpp"

enum DirectoryBreak {
    DIRECTORY_AS_IN_C,
    RETIRE_ENTRY_FIRST,
    ENTRY_STORED_RELAXED,
    ENTRY_LOADED_RELAXED,
    ENTRY_BEFORE_THE_RECORD,
    ENTRY_BEFORE_THE_KEY,
    RECORD_GENERATION_UNCHECKED,
    SLOT_GENERATION_UNCHECKED,
    PROOF_NOT_TAKEN_BACK,
};
static const char *const DIRECTORY_BREAKS_NAMED[] = {"as in C",
                                                     "retire: entry first",
                                                     "entry stored relaxed",
                                                     "entry loaded relaxed",
                                                     "entry before the record",
                                                     "entry before the key",
                                                     "record generation unchecked",
                                                     "slot generation unchecked",
                                                     "proof not taken back",
                                                     NULL};

/* One slot. It is A's in its generation 1; thread 0 retires A and gives the slot to B in generation 3. Thread 1 still
 * holds A's handle, thread 2 looks B up. */
class DirectoryModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) DirectoryModel; }
    void before() {
        ring_.clear(1);
        Life life(IMMORTAL);
        ring_.publish(life, 1, 1, QUOTE_OF_A);
        ring_.publish(life, 2, 1, QUOTE_OF_A);
        ring_.vouched.store(2u, rl::memory_order_relaxed);
        entry_of_a_.store(ACTIVE, rl::memory_order_relaxed);
        entry_of_b_.store(UNUSED, rl::memory_order_relaxed);
    }
    void thread(unsigned number) {
        if (number == 0)
            give_the_slot_to_b();
        else if (number == 1)
            read_a();
        else
            read_b();
    }

  private:
    enum { UNUSED, ACTIVE, RETIRED };
    enum { QUOTE_OF_A = 100, EMPTY_OF_B = 200, QUOTE_OF_B = 201, KEY_OF_B = 7 };

    Ring ring_;
    rl::atomic<unsigned> entry_of_a_, entry_of_b_; /* the entries' words */
    rl::var<unsigned> key_of_b_;                   /* plain memory: relacy reports a race on it */

    void give_the_slot_to_b() {
        retire_a();
        /* tr_directory_reserve */
        if (broken != PROOF_NOT_TAKEN_BACK)
            ring_.vouched.store(0u, rl::memory_order_relaxed);
        ring_.generation.store(3u, rl::memory_order_release);
        /* tr_writer_add */
        Life life(IMMORTAL);
        if (broken == ENTRY_BEFORE_THE_RECORD)
            publish_b();
        ring_.publish(life, 3, 3, EMPTY_OF_B);
        if (broken != ENTRY_BEFORE_THE_RECORD)
            publish_b();
        /* tr_writer_tick */
        ring_.publish(life, 4, 3, QUOTE_OF_B);
        ring_.vouched.store(4u, rl::memory_order_release); /* SYNC VOUCH */
    }

    /* tr_directory_retire */
    void retire_a() {
        if (broken == RETIRE_ENTRY_FIRST)
            entry_of_a_.store(RETIRED, rl::memory_order_release);
        ring_.generation.store(2u, rl::memory_order_release);
        if (broken != RETIRE_ENTRY_FIRST)
            entry_of_a_.store(RETIRED, rl::memory_order_release);
    }

    /* tr_directory_publish */
    void publish_b() {
        if (broken != ENTRY_BEFORE_THE_KEY)
            key_of_b_($) = unsigned(KEY_OF_B);
        if (broken == ENTRY_STORED_RELAXED)
            entry_of_b_.store(ACTIVE, rl::memory_order_relaxed);
        else
            entry_of_b_.store(ACTIVE, rl::memory_order_release); /* SYNC DIRECTORY */
        if (broken == ENTRY_BEFORE_THE_KEY)
            key_of_b_($) = unsigned(KEY_OF_B);
    }

    ReadStatus read_latest(unsigned generation, Record &record) {
        return ring_.read_latest(generation, record, RING_AS_IN_C, broken != RECORD_GENERATION_UNCHECKED,
                                 broken != SLOT_GENERATION_UNCHECKED);
    }

    /* A handle that was bound before anything happened. Who has seen the entry retired gets nothing through it. */
    void read_a() {
        bool is_retired = entry_of_a_.load(rl::memory_order_acquire) == unsigned(RETIRED);
        Record record;
        ReadStatus status = read_latest(1, record);
        RL_ASSERT(status == READ_OK || status == READ_GENERATION);
        RL_ASSERT(!is_retired || status == READ_GENERATION);
        RL_ASSERT(status != READ_OK || record.words[VALUE] == unsigned(QUOTE_OF_A));
    }

    /* tr_directory_lookup until it is there, then a read and the history behind it. */
    void read_b() {
        while ((broken == ENTRY_LOADED_RELAXED ? entry_of_b_.load(rl::memory_order_relaxed)
                                               : entry_of_b_.load(rl::memory_order_acquire)) != unsigned(ACTIVE))
            rl::yield(1, $); /* lets the other threads go first, so that searches end */
        RL_ASSERT(unsigned(key_of_b_($)) == unsigned(KEY_OF_B));
        unsigned proof = ring_.vouched.load(rl::memory_order_acquire);
        Record record;
        RL_ASSERT(read_latest(3, record) == READ_OK);
        RL_ASSERT(record.words[VALUE] == unsigned(EMPTY_OF_B) || record.words[VALUE] == unsigned(QUOTE_OF_B));
        RL_ASSERT(proof == 0 || (proof == 4 && record.words[VALUE] == unsigned(QUOTE_OF_B)));
        unsigned newest = record.words[SEQUENCE];
        ReadStatus status = ring_.read_at(3, newest - 2, record, RING_AS_IN_C, broken != RECORD_GENERATION_UNCHECKED,
                                          broken != SLOT_GENERATION_UNCHECKED);
        RL_ASSERT(status == READ_GENERATION); /* A's, one record before B's first or older */
    }
};

#endif
