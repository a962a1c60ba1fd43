#include "key.h"

#include "layout.h"

const char *tr_key_fault(const char *key, size_t bytes) {
    if (bytes == 0)
        return "must not be empty";
    if (bytes > TR_KEY_BYTES_MAX)
        return "must be at most 63 bytes";
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)key[i];
        if (c < 0x20 || c == 0x7f)
            return "must not contain control characters";
        if (c == '/' || c == '\\')
            return "must not contain path separators";
    }
    if (key[0] == ' ' || key[bytes - 1] == ' ')
        return "must not begin or end with a space";
    if (key[0] == '.' && (bytes == 1 || (bytes == 2 && key[1] == '.')))
        return "must not be a directory name";
    return NULL;
}

uint64_t tr_key_hash(const char *key, size_t bytes) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes; i++) {
        hash ^= (unsigned char)key[i];
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}
