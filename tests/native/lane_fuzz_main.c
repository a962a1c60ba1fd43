/* lane_fuzz for compilers without libFuzzer: a mutator of its own over a corpus.
 *
 *   lane_fuzz CORPUS SEED INPUTS
 *
 * Every file of the directory goes through as it is; then INPUTS mutated ones, always the same for a SEED. Ends with one
 * line of counts. When a promise is broken or a sanitizer complains, the input is shown in hexadecimal.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lane_fuzz.h"

#define FILES_MOST 4096
#define BYTES_MOST 4096

typedef struct {
    size_t bytes;
    uint8_t data[BYTES_MOST];
} input;

extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static input *corpus[FILES_MOST];
static size_t corpus_count;
static input now;
static uint64_t random_state;

/* splitmix64 */
static uint64_t draw(uint64_t below) {
    uint64_t mixed = random_state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return (mixed ^ mixed >> 31) % below;
}

static void show_input(void) {
    fprintf(stderr, "input:");
    for (size_t i = 0; i < now.bytes; i++)
        fprintf(stderr, " %02x", now.data[i]);
    fprintf(stderr, "\n");
}

static void on_abort(int number) {
    (void)number;
    show_input(); /* stdio in a signal handler: the process ends here either way */
    _exit(1);
}

static void read_corpus(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) {
        perror(path);
        exit(2);
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && corpus_count < FILES_MOST;) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
        if (file == NULL)
            continue;
        input *one = corpus[corpus_count++] = calloc(1, sizeof *one);
        one->bytes = fread(one->data, 1, BYTES_MOST, file);
        fclose(file);
    }
    closedir(directory);
}

/* ---- mutations ------------------------------------------------------------------------------------------------- */

/* Puts `bytes` bytes in at `at`, as far as there is room. */
static void insert(size_t at, const uint8_t *data, size_t bytes) {
    if (now.bytes + bytes > BYTES_MOST)
        return;
    memmove(now.data + at + bytes, now.data + at, now.bytes - at);
    memcpy(now.data + at, data, bytes);
    now.bytes += bytes;
}

static void mutate_once(void) {
    static const char LETTERS[] = "0123456789.-+eE \0\xff\x80\x7f\x19\x1a\x22\x08\x10\x28";
    size_t at = draw(now.bytes);
    uint8_t byte = (uint8_t)draw(256);
    switch (draw(7)) {
    case 0:
        now.data[at] ^= (uint8_t)(1u << draw(8));
        break;
    case 1:
        now.data[at] = byte;
        break;
    case 2:
        now.data[at] = (uint8_t)LETTERS[draw(sizeof LETTERS - 1)];
        break;
    case 3:
        byte = (uint8_t)LETTERS[draw(sizeof LETTERS - 1)];
        insert(at, &byte, 1);
        break;
    case 4: { /* some bytes go */
        size_t gone = 1 + draw(4);
        if (at + gone < now.bytes && now.bytes - gone >= 2) {
            memmove(now.data + at, now.data + at + gone, now.bytes - at - gone);
            now.bytes -= gone;
        }
        break;
    }
    case 5: { /* a piece of its own again */
        uint8_t piece[64];
        size_t bytes = 1 + draw(sizeof piece), from = draw(now.bytes);
        bytes = bytes < now.bytes - from ? bytes : now.bytes - from;
        memcpy(piece, now.data + from, bytes);
        insert(at, piece, bytes);
        break;
    }
    default: { /* the end of another one */
        const input *other = corpus[draw(corpus_count)];
        size_t from = draw(other->bytes + 1);
        insert(now.bytes, other->data + from, other->bytes - from);
    }
    }
}

/* A changed payload with its old length is mostly one frame that is cut wrongly, so lengths are made right now and then:
 * `at` is where one begins. */
static void repair_lengths(void) {
    for (size_t at = 2; at + 4 <= now.bytes;) {
        size_t length = (size_t)now.data[at + 2] << 8 | now.data[at + 3], left = now.bytes - at - 4;
        if (now.data[at] != 0 || now.data[at + 1] != 0 || length > left) {
            length = left < 40 ? left : 1 + draw(40);
            now.data[at] = now.data[at + 1] = now.data[at + 2] = 0;
            now.data[at + 3] = (uint8_t)length;
        }
        at += 4 + length;
    }
}

static void mutate(void) {
    do
        now = *corpus[draw(corpus_count)];
    while (now.bytes < 2);
    for (uint64_t left = 1 + draw(6); left > 0; left--)
        mutate_once();
    if (draw(2) == 0)
        repair_lengths();
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: lane_fuzz CORPUS SEED INPUTS\n");
        return 2;
    }
    signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(show_input);
    read_corpus(arguments[1]);
    size_t useful = 0;
    for (size_t i = 0; i < corpus_count; i++) {
        now = *corpus[i];
        useful += now.bytes >= 2;
        LLVMFuzzerTestOneInput(now.data, now.bytes);
    }
    if (useful == 0) {
        fprintf(stderr, "no input in %s\n", arguments[1]);
        return 2;
    }
    random_state = strtoull(arguments[2], NULL, 10);
    for (uint64_t left = strtoull(arguments[3], NULL, 10); left > 0; left--) {
        mutate();
        LLVMFuzzerTestOneInput(now.data, now.bytes);
    }
    for (size_t i = 0; i < corpus_count; i++)
        free(corpus[i]);
    printf("inputs=%llu taken=%llu declined=%llu received=%llu\n", (unsigned long long)lane_fuzz_told.inputs,
           (unsigned long long)lane_fuzz_told.taken, (unsigned long long)lane_fuzz_told.declined,
           (unsigned long long)lane_fuzz_told.received);
    return 0;
}
