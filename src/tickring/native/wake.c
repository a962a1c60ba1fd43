#include "wake.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "atomics.h"
#include "clock.h"

/* SYNC WAKE: the word moves after the batch's cursors (release), so whoever sees it moved sees the records. A reader takes
 * the word before it looks at the cursors (acquire): either it sees the new record, or it goes to sleep with a word that
 * is no longer the present one, which the kernel compares under the futex bucket's lock and refuses. */
uint32_t tr_wake_word(const tr_wake_line *wake) { return TR_LOAD_ACQUIRE(&wake->word); }

void tr_wake_batch(tr_wake_line *wake, uint32_t bits) {
    /* Not an atomic add: one writer. The system call is a full barrier on both sides. */
    TR_STORE_SEQ_CST(&wake->word, TR_LOAD_RELAXED(&wake->word) + 1);
    syscall(SYS_futex, &wake->word, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, bits);
}

void tr_wake_wait(const tr_wake_line *wake, uint32_t seen, uint32_t bits, int64_t timeout_ns) {
    for (int spin = 0; spin < TR_SPINS; spin++) {
        if (TR_LOAD_RELAXED(&wake->word) != seen)
            return;
        tr_cpu_pause();
    }
    int64_t until_ns = tr_monotonic_ns() + (timeout_ns < TR_WAIT_CAP_NS ? timeout_ns : TR_WAIT_CAP_NS);
    struct timespec until = {until_ns / TR_NS_PER_S, until_ns % TR_NS_PER_S};
    /* BITSET takes an absolute CLOCK_MONOTONIC deadline. Not PRIVATE: the word is shared between processes. */
    syscall(SYS_futex, &wake->word, FUTEX_WAIT_BITSET, seen, &until, NULL, bits);
}
