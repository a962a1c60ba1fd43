/* Stands in for decimal_text.c with one thing wrong, to show that the fuzzer notices: each digit is added at its own
 * weight, so that every digit behind the point rounds, and some sums are the double beside the right one.
 */
#include "decimal_text.h"

bool tr_small_number(const char *text, size_t bytes, uint32_t *value) {
    if (bytes == 0 || bytes > 9)
        return false;
    for (*value = 0; bytes > 0; bytes--, text++) {
        if (*text < '0' || *text > '9')
            return false;
        *value = *value * 10 + (uint32_t)(*text - '0');
    }
    return true;
}

bool tr_decimal_value(const char *text, size_t bytes, double *value) {
    double weight = 0.0;
    *value = 0.0;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '.' && weight == 0.0 && i > 0 && i + 1 < bytes)
            weight = 1.0;
        else if (text[i] < '0' || text[i] > '9')
            return false;
        else if (weight == 0.0)
            *value = *value * 10.0 + (text[i] - '0');
        else
            *value += (text[i] - '0') * (weight /= 10.0);
    }
    return bytes > 0 && bytes < 16;
}
