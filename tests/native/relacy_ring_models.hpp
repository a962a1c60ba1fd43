/* The ring alone: a hot writer, a reader that is lapped, a writer that is killed and followed by another. */
#ifndef TICKRING_TESTS_RELACY_RING_MODELS_HPP
#define TICKRING_TESTS_RELACY_RING_MODELS_HPP

#include "relacy_ring.hpp"

static const char *const RING_BREAKS_NAMED[] = {RING_BREAK_NAMES, NULL};

/* Reads the newest record twice: nothing torn, nothing back. */
inline void read_newest_twice(Ring &ring) {
    unsigned last = 0;
    for (unsigned round = 0; round < 2; round++) {
        Record record;
        ReadStatus status = ring.read_latest(1, record, broken);
        RL_ASSERT(status == READ_OK || status == READ_NOTHING || status == READ_CONTENDED);
        if (status != READ_OK)
            continue;
        RL_ASSERT(Ring::is_whole(record));
        RL_ASSERT(record.words[VALUE] / 16 == record.words[SEQUENCE]);
        RL_ASSERT(record.words[SEQUENCE] >= last);
        last = record.words[SEQUENCE];
    }
}

/* Thread 0 writes more than a ring, the others read the newest. */
class HotModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) HotModel; }
    void before() {
        ring_.clear(1);
        Life life(IMMORTAL);
        ring_.publish(life, 1, 1, 1 * 16);
    }
    void thread(unsigned number) {
        if (number != 0)
            return read_newest_twice(ring_);
        Life life(IMMORTAL);
        for (unsigned sequence = 2; sequence <= 2 + DEPTH; sequence++)
            ring_.publish(life, sequence, 1, sequence * 16, broken);
    }

  private:
    Ring ring_;
};

/* The ring is full; thread 1 goes back through its history while thread 0 overwrites it. So short that relacy can
 * search all of it. */
class LappedModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) LappedModel; }
    void before() {
        ring_.clear(1);
        Life life(IMMORTAL);
        for (unsigned sequence = 1; sequence <= DEPTH; sequence++)
            ring_.publish(life, sequence, 1, sequence * 16);
    }
    void thread(unsigned number) {
        if (number == 0) {
            Life life(IMMORTAL);
            ring_.publish(life, DEPTH + 1, 1, (DEPTH + 1) * 16, broken);
            return;
        }
        unsigned newest = ring_.newest(broken);
        read(newest);
        read(newest - (DEPTH - 1)); /* under the pen */
    }

  private:
    Ring ring_;

    void read(unsigned sequence) {
        Record record;
        ReadStatus status = ring_.read_at(1, sequence, record, broken);
        RL_ASSERT(status == READ_OK || status == READ_LAPPED);
        RL_ASSERT(status == READ_OK || sequence <= 2); /* what is not about to be overwritten is there */
        if (status == READ_OK) {
            RL_ASSERT(Ring::is_whole(record));
            RL_ASSERT(record.words[VALUE] == sequence * 16);
        }
    }
};

/* Two writers' lives one after the other, handed over by the death of the first: its lock is free when it is dead, and
 * then everything it stored is visible. Each goes on where the cursor stands, so the second writes the first's
 * unfinished record again. Threads 0 and 1 are the lives, in either order, thread 2 reads. */
enum LifeBreak { SUCCESSOR_DOES_NOT_WAIT = RING_BREAKS };
static const char *const LIFE_BREAKS_NAMED[] = {RING_BREAK_NAMES, "successor does not wait", NULL};

class LivesModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) LivesModel; }
    void before() {
        ring_.clear(1);
        Life life(IMMORTAL);
        for (unsigned sequence = 1; sequence <= DEPTH - 1; sequence++)
            ring_.publish(life, sequence, 1, sequence * 16);
    }
    void thread(unsigned number) {
        if (number == 2)
            return read_newest_and_oldest();
        if (broken != SUCCESSOR_DOES_NOT_WAIT)
            writer_lock_.lock($);
        live(number);
        if (broken != SUCCESSOR_DOES_NOT_WAIT)
            writer_lock_.unlock($);
    }
    void after() {
        Record record;
        RL_ASSERT(ring_.read_latest(1, record) == READ_OK);
        RL_ASSERT(Ring::is_whole(record));
    }

  private:
    Ring ring_;
    rl::mutex writer_lock_;

    void read_newest_and_oldest() {
        read_newest_twice(ring_);
        unsigned oldest = ring_.newest(broken) - (DEPTH - 1);
        Record record;
        if (oldest != 0 && ring_.read_at(1, oldest, record, broken) == READ_OK) {
            RL_ASSERT(Ring::is_whole(record));
            RL_ASSERT(record.words[VALUE] / 16 == oldest);
        }
    }

    void live(unsigned number) {
        Life life(rl::rand(14)); /* two publications take twelve stores */
        unsigned first = ring_.cursor.load(rl::memory_order_acquire) + 1;
        for (unsigned sequence = first; sequence < first + 2; sequence++)
            if (!ring_.publish(life, sequence, 1, sequence * 16 + 1 + number, broken))
                return;
    }
};

#endif
