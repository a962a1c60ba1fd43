/* Symbols as directory keys: what may be one, and their hash. */
#ifndef TICKRING_KEY_H
#define TICKRING_KEY_H

#include <stddef.h>
#include <stdint.h>

/* Returns NULL for a usable key, else the rule it breaks (a static string for an error message).
 *
 * A key is 1-63 bytes of printable UTF-8 without path separators; a space inside and dots are fine (`BRK B`, `EUR.USD`).
 * `.` and `..` and a space at either end are refused. The caller checks that the text is UTF-8 and printable beyond
 * ASCII; this function checks bytes.
 */
const char *tr_key_fault(const char *key, size_t bytes);

/* FNV-1a 64; written in docs/layout.md so that a reader in another language finds the same entry. */
uint64_t tr_key_hash(const char *key, size_t bytes);

#endif
