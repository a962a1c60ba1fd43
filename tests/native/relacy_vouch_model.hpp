/* SYNC VOUCH: a proof may meet a newer record than the one it was given for, never an older one. */
#ifndef TICKRING_TESTS_RELACY_VOUCH_MODEL_HPP
#define TICKRING_TESTS_RELACY_VOUCH_MODEL_HPP

#include "relacy_ring.hpp"

enum VouchBreak {
    VOUCH_AS_IN_C,
    VOUCHED_BEFORE_THE_RECORD,
    VOUCH_STORED_RELAXED,
    VOUCH_LOADED_RELAXED,
    VOUCH_LOADED_AFTER_THE_RECORD,
};
static const char *const VOUCH_BREAKS_NAMED[] = {"as in C",
                                                 "vouched before the record",
                                                 "vouch stored relaxed",
                                                 "vouch loaded relaxed",
                                                 "vouch loaded after the record",
                                                 NULL};

/* Thread 0 ticks and vouches (tr_writer_tick), thread 1 reads both (tr_handle_copy). Proofs are named by the sequence
 * of the record they were given for. */
class VouchModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) VouchModel; }
    void before() { ring_.clear(1); }
    void thread(unsigned number) {
        if (number != 0) {
            read();
            return read();
        }
        Life life(IMMORTAL);
        for (unsigned sequence = 1; sequence <= 2; sequence++) {
            if (broken == VOUCHED_BEFORE_THE_RECORD)
                vouch(sequence);
            ring_.publish(life, sequence, 1, sequence * 16);
            if (broken != VOUCHED_BEFORE_THE_RECORD)
                vouch(sequence);
        }
    }

  private:
    Ring ring_;

    /* tr_ring_vouch */
    void vouch(unsigned sequence) {
        if (broken == VOUCH_STORED_RELAXED)
            ring_.vouched.store(sequence, rl::memory_order_relaxed);
        else
            ring_.vouched.store(sequence, rl::memory_order_release);
    }
    /* tr_ring_vouched_ns */
    unsigned vouched() {
        return broken == VOUCH_LOADED_RELAXED ? ring_.vouched.load(rl::memory_order_relaxed)
                                              : ring_.vouched.load(rl::memory_order_acquire);
    }
    void read() {
        Record record = {{0}};
        unsigned proof = broken == VOUCH_LOADED_AFTER_THE_RECORD ? 0 : vouched();
        ReadStatus status = ring_.read_latest(1, record);
        if (broken == VOUCH_LOADED_AFTER_THE_RECORD)
            proof = vouched();
        RL_ASSERT(status == READ_OK || status == READ_NOTHING);
        RL_ASSERT(proof <= record.words[SEQUENCE]);
    }
};

#endif
