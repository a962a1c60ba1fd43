/* SYNC WAKE: nobody sleeps on although there is news (wake.c). */
#ifndef TICKRING_TESTS_RELACY_WAKE_MODEL_HPP
#define TICKRING_TESTS_RELACY_WAKE_MODEL_HPP

#include "relacy_model.hpp"

enum WakeBreak {
    WAKE_AS_IN_C,
    WORD_STORED_RELEASE,
    WANTED_LOADED_ACQUIRE,
    WANTED_STORED_RELEASE,
    WORD_LOADED_ACQUIRE,
    WANTED_LOADED_BEFORE_THE_WORD_MOVES,
    WORD_LOADED_BEFORE_WANTED_IS_SET,
    WORD_MOVES_BEFORE_THE_CURSOR,
    WORD_DOES_NOT_MOVE,
};
static const char *const WAKE_BREAKS_NAMED[] = {"as in C",
                                                "word stored release",
                                                "wanted loaded acquire",
                                                "wanted stored release",
                                                "word loaded acquire",
                                                "wanted loaded before the word moves",
                                                "word loaded before wanted is set",
                                                "word moves before the cursor",
                                                "word does not move",
                                                NULL};

/* Thread 0 publishes once and ends its batch; the others want that news and sleep until it is there. There is no cap
 * on a sleep here: a lost wake is a deadlock, which relacy reports. */
class WakeModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) WakeModel; }
    void before() {
        cursor_.store(0u, rl::memory_order_relaxed);
        word_.store(0u, rl::memory_order_seq_cst);
        wanted_.store(0u, rl::memory_order_seq_cst);
    }
    void thread(unsigned number) {
        if (number == 0)
            publish();
        else
            wait_for_news();
    }

  private:
    rl::atomic<unsigned> cursor_, word_, wanted_;
    rl::mutex bucket_; /* the kernel's lock of the futex queue */
    rl::condition_variable queue_;

    void publish() {
        if (broken != WORD_MOVES_BEFORE_THE_CURSOR)
            cursor_.store(1u, rl::memory_order_release); /* SYNC RING-CURSOR */
        if (wake_batch())
            futex_wake();
        if (broken == WORD_MOVES_BEFORE_THE_CURSOR)
            cursor_.store(1u, rl::memory_order_release);
    }

    /* tr_wake_batch up to its system call */
    bool wake_batch() {
        unsigned wanted = broken == WANTED_LOADED_BEFORE_THE_WORD_MOVES ? wanted_.load(rl::memory_order_seq_cst) : 0;
        unsigned next = word_.load(rl::memory_order_relaxed) + (broken == WORD_DOES_NOT_MOVE ? 0 : 1);
        if (broken == WORD_STORED_RELEASE)
            word_.store(next, rl::memory_order_release);
        else
            word_.store(next, rl::memory_order_seq_cst);
        if (broken == WANTED_LOADED_BEFORE_THE_WORD_MOVES)
            return wanted != 0;
        return (broken == WANTED_LOADED_ACQUIRE ? wanted_.load(rl::memory_order_acquire)
                                                : wanted_.load(rl::memory_order_seq_cst)) != 0;
    }

    /* A follower: the word first, then the cursors, then sleep while the word is the same. */
    void wait_for_news() {
        for (;;) {
            unsigned seen = word_.load(rl::memory_order_seq_cst); /* tr_wake_word */
            if (cursor_.load(rl::memory_order_acquire) != 0)
                return;
            wait(seen);
        }
    }

    /* tr_wake_wait after its spins */
    void wait(unsigned seen) {
        if (broken == WORD_LOADED_BEFORE_WANTED_IS_SET && has_moved(seen))
            return;
        if (broken == WANTED_STORED_RELEASE)
            wanted_.store(1u, rl::memory_order_release);
        else
            wanted_.store(1u, rl::memory_order_seq_cst);
        if (broken != WORD_LOADED_BEFORE_WANTED_IS_SET && has_moved(seen))
            return;
        futex_wait(seen);
    }
    bool has_moved(unsigned seen) {
        return (broken == WORD_LOADED_ACQUIRE ? word_.load(rl::memory_order_acquire)
                                              : word_.load(rl::memory_order_seq_cst)) != seen;
    }

    /* What futex(2) promises and no more: comparing and falling asleep is one step under the queue's lock. */
    void futex_wait(unsigned seen) {
        bucket_.lock($);
        if (word_.load(rl::memory_order_relaxed) == seen)
            queue_.wait(bucket_, $);
        bucket_.unlock($);
    }
    void futex_wake() {
        bucket_.lock($);
        queue_.notify_all($);
        bucket_.unlock($);
    }
};

#endif
