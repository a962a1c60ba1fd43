/* Numbers as a gateway writes them, for those texts whose double is beyond doubt.
 *
 * A text of at most 15 significant digits and a power of ten of at most 22 is the quotient or product of two doubles
 * that are exact, so that one rounding gives the nearest double: what Python's float() gives, and Decimal too. Whatever
 * else a text may be (no number, longer, signs and spaces that Python would take) is declined, never guessed.
 */
#ifndef TICKRING_DECIMAL_TEXT_H
#define TICKRING_DECIMAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [-]digits[.digits][E[+-]digits]; false: declined. */
bool tr_decimal_value(const char *text, size_t bytes, double *value);
/* 1 to 9 digits and nothing else; false: declined. */
bool tr_small_number(const char *text, size_t bytes, uint32_t *value);

#endif
