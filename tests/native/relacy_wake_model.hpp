/* SYNC WAKE: nobody sleeps on although there is news (wake.c). */
#ifndef TICKRING_TESTS_RELACY_WAKE_MODEL_HPP
#define TICKRING_TESTS_RELACY_WAKE_MODEL_HPP

#include "relacy_model.hpp"

enum WakeBreak {
    WAKE_AS_IN_C,
    WORD_STORED_RELAXED,
    WORD_LOADED_RELAXED,
    WORD_LOADED_AFTER_THE_CURSOR,
    WORD_MOVES_BEFORE_THE_CURSOR,
    WORD_DOES_NOT_MOVE,
    NOBODY_IS_WOKEN,
};
static const char *const WAKE_BREAKS_NAMED[] = {"as in C",
                                                "word stored relaxed",
                                                "word loaded relaxed",
                                                "word loaded after the cursor",
                                                "word moves before the cursor",
                                                "word does not move",
                                                "nobody is woken",
                                                NULL};

/* Thread 0 publishes once and ends its batch; the others want that news and sleep until it is there. There is no cap
 * on a sleep here: a lost wake is a deadlock, which relacy reports. */
class WakeModel : public Model {
  public:
    static Model *make(void *memory) { return new (memory) WakeModel; }
    void before() {
        cursor_.store(0u, rl::memory_order_relaxed);
        word_.store(0u, rl::memory_order_seq_cst);
    }
    void thread(unsigned number) {
        if (number == 0)
            publish();
        else
            wait_for_news();
    }

  private:
    rl::atomic<unsigned> cursor_, word_;
    rl::mutex bucket_; /* the kernel's lock of the futex queue */
    rl::condition_variable queue_;

    void publish() {
        if (broken != WORD_MOVES_BEFORE_THE_CURSOR)
            cursor_.store(1u, rl::memory_order_release); /* SYNC RING-CURSOR */
        move_word();
        if (broken != NOBODY_IS_WOKEN)
            futex_wake();
        if (broken == WORD_MOVES_BEFORE_THE_CURSOR)
            cursor_.store(1u, rl::memory_order_release);
    }

    /* tr_wake_batch up to its system call */
    void move_word() {
        unsigned next = word_.load(rl::memory_order_relaxed) + (broken == WORD_DOES_NOT_MOVE ? 0 : 1);
        if (broken == WORD_STORED_RELAXED)
            word_.store(next, rl::memory_order_relaxed);
        else
            word_.store(next, rl::memory_order_seq_cst);
    }

    /* tr_wake_word */
    unsigned load_word() {
        return broken == WORD_LOADED_RELAXED ? word_.load(rl::memory_order_relaxed)
                                             : word_.load(rl::memory_order_acquire);
    }

    /* A follower: the word first, then the cursors, then sleep while the word is the same. */
    void wait_for_news() {
        for (;;) {
            unsigned seen = broken == WORD_LOADED_AFTER_THE_CURSOR ? 0 : load_word();
            if (cursor_.load(rl::memory_order_acquire) != 0)
                return;
            futex_wait(broken == WORD_LOADED_AFTER_THE_CURSOR ? load_word() : seen);
        }
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
