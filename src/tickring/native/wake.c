#include "wake.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "atomics.h"
#include "clock.h"

uint32_t tr_wake_word(const tr_wake_line *wake) { return TR_LOAD_SEQ_CST(&wake->word); }

/* SYNC WAKE: two seq_cst pairs in opposite order, so that at least one side sees the other.
 *   writer: word += 1;            then load wanted_until
 *   reader: wanted_until = later; then load word (in the kernel, under the futex bucket's lock, and here before) */
bool tr_wake_batch(tr_wake_line *wake, const tr_wanted_page *wanted, uint32_t bits, int64_t now_ns) {
    /* Not an atomic add: one writer. seq_cst, because the load below must not pass it. */
    TR_STORE_SEQ_CST(&wake->word, TR_LOAD_RELAXED(&wake->word) + 1);
    if (wanted == NULL || TR_LOAD_SEQ_CST(&wanted->wanted_until_ns) < now_ns)
        return false;
    syscall(SYS_futex, &wake->word, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, bits);
    return true;
}

void tr_wake_wait(const tr_wake_line *wake, tr_wanted_page *wanted, uint32_t seen, uint32_t bits, int64_t timeout_ns) {
    for (int spin = 0; spin < TR_SPINS; spin++) {
        if (TR_LOAD_RELAXED(&wake->word) != seen)
            return;
        tr_cpu_pause();
    }
    int64_t now_ns = tr_monotonic_ns();
    if (wanted != NULL)
        TR_STORE_SEQ_CST(&wanted->wanted_until_ns, now_ns + TR_WANTED_FOR_NS);
    if (tr_wake_word(wake) != seen)
        return;
    int64_t until_ns = now_ns + (timeout_ns < TR_WAIT_CAP_NS ? timeout_ns : TR_WAIT_CAP_NS);
    struct timespec until = {until_ns / TR_NS_PER_S, until_ns % TR_NS_PER_S};
    /* BITSET takes an absolute CLOCK_MONOTONIC deadline. Not PRIVATE: the word is shared between processes. */
    syscall(SYS_futex, &wake->word, FUTEX_WAIT_BITSET, seen, &until, NULL, bits);
}
