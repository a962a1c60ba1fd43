/* Quotes whose every field follows from two numbers, the symbol's and the quote's own.
 *
 * A record that mixes two quotes, or that belongs to another symbol, is told from a whole one by looking at it alone.
 */
#ifndef TICKRING_TESTS_NUMBERED_QUOTE_H
#define TICKRING_TESTS_NUMBERED_QUOTE_H

#include "writer.h"

#define NUMBERED_SYMBOLS_MAX 1024u              /* symbols are 1 ... this */
#define NUMBERED_QUOTES_MAX (UINT64_C(1) << 36) /* quotes are 1 ... below this: with a fraction still exact doubles */

/* "SYM" and the number. Returns its length. */
size_t numbered_key(uint32_t symbol, char key[TR_KEY_BYTES_MAX + 1]);

/* Publishes quote `number` of `symbol` as one message of the source; returns the record's sequence. */
uint64_t numbered_tick(tr_writer *writer, uint32_t slot, uint32_t symbol, uint64_t number);

/* NULL if the record is a whole quote of this symbol or wholly empty; else what is wrong (a static string). */
const char *numbered_fault(const tr_record *record, uint32_t symbol);

/* The number of a whole quote, 0 of an empty one. */
uint64_t numbered_of(const tr_record *record, uint32_t symbol);

#endif
