/* ring_writer.c and ring_reader.c, transcribed for relacy: the same stores and loads in the same order with the same
 * memory orders. Records are shorter (the number of payload words adds nothing but states to search), the depth is 4. */
#ifndef TICKRING_TESTS_RELACY_RING_HPP
#define TICKRING_TESTS_RELACY_RING_HPP

#include "relacy_model.hpp"

enum { DEPTH = 4, SEQUENCE = 0, GENERATION, VALUE, SECOND_VALUE, WORDS };

enum RingBreak {
    RING_AS_IN_C,
    NO_INVALIDATE,
    NO_RELEASE_FENCE,
    NO_ACQUIRE_FENCE,
    NO_RECHECK,
    CURSOR_STORED_RELAXED,
    CURSOR_LOADED_RELAXED,
    CURSOR_BEFORE_RECORD,
    RING_BREAKS,
};

#define RING_BREAK_NAMES                                                                                               \
    "as in C", "no invalidate", "no release fence", "no acquire fence", "no recheck", "cursor stored relaxed",         \
        "cursor loaded relaxed", "cursor before record"

struct Record {
    unsigned words[WORDS];
};

enum ReadStatus { READ_OK, READ_NOTHING, READ_GENERATION, READ_CONTENDED, READ_LAPPED };

/* How many more stores a writer may do; a killed process is a function that returns between two of them. */
class Life {
  public:
    explicit Life(unsigned stores) : stores_(stores) {}
    bool ends() { return stores_-- == 0; }

  private:
    unsigned stores_;
};

#define STORE_OR_DIE(life, atomic, value, order)                                                                       \
    do {                                                                                                               \
        if ((life).ends())                                                                                             \
            return false;                                                                                              \
        (atomic).store((value), order);                                                                                \
    } while (0)

class Ring {
  public:
    rl::atomic<unsigned> cursor, vouched, generation;

    void clear(unsigned first_generation) {
        cursor.store(0u, rl::memory_order_relaxed);
        vouched.store(0u, rl::memory_order_relaxed);
        generation.store(first_generation, rl::memory_order_relaxed);
        for (unsigned place = 0; place < DEPTH; place++)
            for (unsigned word = 0; word < WORDS; word++)
                places_[place][word].store(0u, rl::memory_order_relaxed);
    }

    /* tr_ring_publish. False: killed on the way. */
    bool publish(Life &life, unsigned sequence, unsigned of_generation, unsigned value, unsigned how = RING_AS_IN_C) {
        rl::atomic<unsigned> *place = places_[sequence % DEPTH];
        if (how == CURSOR_BEFORE_RECORD)
            STORE_OR_DIE(life, cursor, sequence, rl::memory_order_release);
        if (how != NO_INVALIDATE)
            STORE_OR_DIE(life, place[SEQUENCE], 0u, rl::memory_order_relaxed); /* SYNC RING-INVALIDATE */
        if (how != NO_RELEASE_FENCE)
            rl::atomic_thread_fence(rl::memory_order_release);
        STORE_OR_DIE(life, place[GENERATION], of_generation, rl::memory_order_relaxed);
        STORE_OR_DIE(life, place[VALUE], value, rl::memory_order_relaxed);
        STORE_OR_DIE(life, place[SECOND_VALUE], second_value(value), rl::memory_order_relaxed);
        /* SYNC RING-RECORD */
        if (how == CURSOR_STORED_RELAXED) {
            /* Both: in C++11 a relaxed store after a release store of the same thread still carries it. */
            STORE_OR_DIE(life, place[SEQUENCE], sequence, rl::memory_order_relaxed);
            STORE_OR_DIE(life, cursor, sequence, rl::memory_order_relaxed);
            return true;
        }
        STORE_OR_DIE(life, place[SEQUENCE], sequence, rl::memory_order_release);
        if (how != CURSOR_BEFORE_RECORD)
            STORE_OR_DIE(life, cursor, sequence, rl::memory_order_release); /* SYNC RING-CURSOR */
        return true;
    }

    /* copy_record */
    bool copy(unsigned sequence, Record &copy, unsigned how = RING_AS_IN_C) {
        rl::atomic<unsigned> *place = places_[sequence % DEPTH];
        for (unsigned word = 0; word < WORDS; word++)
            copy.words[word] = place[word].load(rl::memory_order_relaxed);
        if (how != NO_ACQUIRE_FENCE)
            rl::atomic_thread_fence(rl::memory_order_acquire); /* SYNC RING-INVALIDATE */
        return copy.words[SEQUENCE] == sequence &&
               (how == NO_RECHECK || place[SEQUENCE].load(rl::memory_order_relaxed) == sequence);
    }

    /* tr_ring_read_at; the two generation checks can be left out one by one. */
    ReadStatus read_at(unsigned of_generation, unsigned sequence, Record &result, unsigned how = RING_AS_IN_C,
                       bool checks_record = true, bool checks_slot = true) {
        if (!copy(sequence, result, how))
            return READ_LAPPED;
        if (checks_record && result.words[GENERATION] != of_generation)
            return READ_GENERATION;
        if (checks_slot && generation.load(rl::memory_order_acquire) != of_generation)
            return READ_GENERATION;
        return READ_OK;
    }

    /* SYNC RING-CURSOR: tr_ring_cursor */
    unsigned newest(unsigned how = RING_AS_IN_C) {
        return how == CURSOR_LOADED_RELAXED ? cursor.load(rl::memory_order_relaxed)
                                            : cursor.load(rl::memory_order_acquire);
    }

    /* tr_ring_read_latest, with fewer tries */
    ReadStatus read_latest(unsigned of_generation, Record &result, unsigned how = RING_AS_IN_C,
                           bool checks_record = true, bool checks_slot = true) {
        for (unsigned tries = 0; tries < 2; tries++) {
            unsigned sequence = newest(how);
            if (sequence == 0)
                return generation.load(rl::memory_order_acquire) == of_generation ? READ_NOTHING : READ_GENERATION;
            ReadStatus status = read_at(of_generation, sequence, result, how, checks_record, checks_slot);
            if (status != READ_LAPPED)
                return status;
        }
        return READ_CONTENDED;
    }

    static unsigned second_value(unsigned value) { return value * 2 + 1; }
    static bool is_whole(const Record &record) {
        return record.words[SECOND_VALUE] == second_value(record.words[VALUE]);
    }

  private:
    rl::atomic<unsigned> places_[DEPTH][WORDS];
};

static const unsigned IMMORTAL = 1000000;

#endif
