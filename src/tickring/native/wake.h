/* Sleeping readers and the writer that wakes them, without a waiter count that a killed waiter could leave behind.
 *
 * Readers map the segment read-only and sleep on its wake word with FUTEX_WAIT_BITSET (bit = slot mod 32). Before, they
 * push a deadline "wanted until" into a small writable page of its own. Per batch the writer increments the word, looks
 * at the deadline and wakes only if somebody may be asleep. A killed waiter's deadline simply passes; a hostile page
 * (a deadline in the past, or far in the future) costs latency up to the cap of one wait, or a needless system call.
 */
#ifndef TICKRING_WAKE_H
#define TICKRING_WAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

#define TR_WAIT_CAP_NS INT64_C(100000000)   /* no wait is longer, whatever the page says */
#define TR_WANTED_FOR_NS INT64_C(250000000) /* longer than the cap, so that a sleeper is covered to its end */
#define TR_SPINS 200                        /* pauses before sleeping: about 5 us */

static inline uint32_t tr_wake_bit(uint32_t slot) { return 1u << (slot & 31u); }

uint32_t tr_wake_word(const tr_wake_line *wake);

/* Writer, after the cursors of a batch: moves the word and wakes sleepers of these bits. True if a system call was
 * made. `wanted` may be NULL (no page: readers poll at the cap). */
bool tr_wake_batch(tr_wake_line *wake, const tr_wanted_page *wanted, uint32_t bits, int64_t now_ns);

/* Reader: sleeps until the word is no longer `seen`, a wake for one of `bits`, or min(timeout_ns, cap). Returns at once
 * if the word has moved. Spurious returns are allowed; the caller looks at its cursors. `wanted` may be NULL. */
void tr_wake_wait(const tr_wake_line *wake, tr_wanted_page *wanted, uint32_t seen, uint32_t bits, int64_t timeout_ns);

#endif
