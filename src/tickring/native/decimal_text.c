#include "decimal_text.h"

#define DIGITS_MOST 15 /* 10^15 < 2^53 */
#define EXPONENT_MOST 22

static const double POWERS[EXPONENT_MOST + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool tr_small_number(const char *text, size_t bytes, uint32_t *value) {
    if (bytes == 0 || bytes > 9)
        return false;
    uint32_t number = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (!is_digit(text[i]))
            return false;
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    *value = number;
    return true;
}

bool tr_decimal_value(const char *text, size_t bytes, double *value) {
    const char *at = text, *end = text + bytes;
    bool is_negative = at < end && *at == '-';
    at += is_negative;
    uint64_t digits = 0;
    unsigned significant = 0;
    int exponent = 0;
    const char *whole = at;
    for (; at < end && is_digit(*at); at++) {
        significant += significant > 0 || *at != '0';
        if (significant > DIGITS_MOST)
            return false;
        digits = digits * 10 + (uint64_t)(*at - '0');
    }
    if (at == whole)
        return false;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        for (; at < end && is_digit(*at); at++) {
            significant += significant > 0 || *at != '0';
            if (significant > DIGITS_MOST || at - fraction >= EXPONENT_MOST)
                return false;
            digits = digits * 10 + (uint64_t)(*at - '0');
        }
        if (at == fraction)
            return false;
        exponent = (int)(fraction - at);
    }
    if (at < end && (*at == 'E' || *at == 'e')) {
        at++;
        bool is_small = at < end && *at == '-';
        at += at < end && (*at == '-' || *at == '+');
        uint32_t tens;
        if (end - at > 3 || !tr_small_number(at, (size_t)(end - at), &tens))
            return false;
        exponent += is_small ? -(int)tens : (int)tens;
        at = end;
    }
    if (at != end || exponent > EXPONENT_MOST || exponent < -EXPONENT_MOST)
        return false;
    if (is_negative && digits == 0) /* -0: an int has none, a float has */
        return false;
    double number = exponent < 0 ? (double)digits / POWERS[-exponent] : (double)digits * POWERS[exponent];
    *value = is_negative ? -number : number;
    return true;
}
