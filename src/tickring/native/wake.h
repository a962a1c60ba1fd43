/* Sleeping readers and the writer that wakes them, without a waiter count that a killed waiter could leave behind.
 *
 * Readers map the segment read-only and sleep on its wake word with FUTEX_WAIT_BITSET (bit = slot mod 32). Per batch the
 * writer moves the word and wakes that batch's bits, whether or not anybody sleeps: readers have nothing they could
 * write, so none of them can hurt the writer or another reader (docs/decisions/0006). One system call a batch.
 */
#ifndef TICKRING_WAKE_H
#define TICKRING_WAKE_H

#include <stdint.h>

#include "layout.h"

#define TR_WAIT_CAP_NS INT64_C(100000000) /* no wait is longer: a silent feed must be noticed too */
#define TR_SPINS 200                      /* pauses before sleeping: about 5 us */

static inline uint32_t tr_wake_bit(uint32_t slot) { return 1u << (slot & 31u); }

uint32_t tr_wake_word(const tr_wake_line *wake);

/* Writer, after the cursors of a batch: moves the word and wakes sleepers of these bits. */
void tr_wake_batch(tr_wake_line *wake, uint32_t bits);

/* Reader: sleeps until the word is no longer `seen`, a wake for one of `bits`, or min(timeout_ns, cap). Returns at once
 * if the word has moved. Spurious returns are allowed; the caller looks at its cursors. */
void tr_wake_wait(const tr_wake_line *wake, uint32_t seen, uint32_t bits, int64_t timeout_ns);

#endif
