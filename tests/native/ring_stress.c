/* Writer and readers at full speed over one segment, every reading checked.
 *
 *   ring_stress threads SECONDS [SEED]   one writer thread, readers as threads: for ThreadSanitizer, AddressSanitizer
 *   ring_stress lives SECONDS [SEED]     processes; the writer is killed again and again, and the next takes over
 *   ring_stress wake ROUNDS [SEED]       two threads that take turns: are sleepers woken?
 *
 * Ends with one line of counts and exit status 1 if anything was wrong.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "numbered_quote.h"
#include "ring_reader.h"
#include "stress_readers.h"
#include "stress_wake.h"
#include "stress_writer.h"

/* Numbers of a life times lives stay below numbered_quote.h's 2^36. */
#define NUMBERS_PER_LIFE (UINT64_C(1) << 18)
#define LIVES_MAX 60000u /* records hold 16 bits of the epoch: a longer run would meet its own numbers again */
#define LIFE_US_MAX 4000u

#define READERS_OF_LATEST 2
#define READERS 6

static bool is_over(const stress_shared *shared) {
    return atomic_load_explicit(&shared->is_over, memory_order_acquire);
}

static int conclude(stress_shared *shared, const char *form, uint64_t lives) {
    unsigned failures = shared->failures;
    printf("ring_stress %s: lives=%llu published=%llu reads=%llu trusted=%llu lapped=%llu contended=%llu rebound=%llu "
           "reused=%llu waits=%llu seen=%llu missed=%llu failures=%u\n",
           form, (unsigned long long)lives, (unsigned long long)shared->followed_published,
           (unsigned long long)shared->reads, (unsigned long long)shared->trusted, (unsigned long long)shared->lapped,
           (unsigned long long)shared->contended, (unsigned long long)shared->rebound,
           (unsigned long long)shared->reused, (unsigned long long)shared->waits, (unsigned long long)shared->seen,
           (unsigned long long)shared->missed, failures);
    return failures == 0 ? 0 : 1;
}

static void read_until_over(stress_shared *shared, uint64_t seed, void (*read)(stress_reader *)) {
    stress_reader reader;
    stress_reader_begin(&reader, shared, seed);
    while (!is_over(shared))
        read(&reader);
}

/* ---- threads ---- */

typedef struct {
    stress_shared *shared;
    uint64_t seed;
    int number;
} reader_task;

static void *run_reader(void *argument) {
    const reader_task *task = argument;
    if (task->number < READERS_OF_LATEST)
        read_until_over(task->shared, task->seed, stress_read_latest);
    else if (task->number == READERS_OF_LATEST)
        read_until_over(task->shared, task->seed, stress_read_history);
    else if (task->number == READERS_OF_LATEST + 1)
        stress_follow(task->shared, STRESS_FOLLOW_HOT);
    else if (task->number == READERS_OF_LATEST + 2)
        stress_follow(task->shared, STRESS_FOLLOW_ASLEEP);
    else
        stress_follow(task->shared, STRESS_FOLLOW_SLOW);
    return NULL;
}

static void *run_directory_walker(void *argument) {
    const reader_task *task = argument;
    read_until_over(task->shared, task->seed, stress_walk_directory);
    return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), void *argument) {
    if (pthread_create(thread, NULL, run, argument) != 0) {
        fprintf(stderr, "cannot start a thread\n");
        exit(2);
    }
}

static int run_threads(stress_shared *shared, uint64_t seed) {
    pthread_t threads[READERS + 1];
    reader_task tasks[READERS + 1];
    anonymous_segment_grant(&shared->segment, 1);
    for (int i = 0; i <= READERS; i++) {
        tasks[i] = (reader_task){shared, seed + 1 + (uint64_t)i, i};
        start(&threads[i], i < READERS ? run_reader : run_directory_walker, &tasks[i]);
    }
    stress_writer writer;
    stress_writer_begin(&writer, shared, 1, NUMBERED_QUOTES_MAX, seed);
    while (tr_monotonic_ns() < shared->deadline_ns && shared->failures == 0)
        stress_writer_batch(&writer);
    stress_writer_end(&writer);
    atomic_store_explicit(&shared->is_over, true, memory_order_release);
    for (int i = 0; i <= READERS; i++)
        pthread_join(threads[i], NULL);
    return conclude(shared, "threads", 1);
}

/* ---- lives ---- */

/* A child that dies with its parent. Returns 0 in the child. */
static pid_t fork_child(void) {
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    if (child < 0) {
        perror("fork");
        exit(2);
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(3);
    }
    return child;
}

static void run_writer_until_killed(stress_shared *shared, uint64_t epoch, uint64_t seed) {
    stress_writer writer;
    stress_writer_begin(&writer, shared, epoch, NUMBERS_PER_LIFE, seed);
    while (tr_monotonic_ns() < shared->deadline_ns + 10 * TR_NS_PER_S)
        stress_writer_batch(&writer);
}

/* With no writer alive nothing moves: every symbol is whole or, between two stores of a retire, gone. */
static void check_what_a_killed_writer_left(stress_shared *shared) {
    for (uint32_t symbol = 1; symbol <= STRESS_SYMBOLS; symbol++) {
        char key[TR_KEY_BYTES_MAX + 1];
        size_t bytes = numbered_key(symbol, key);
        const tr_view *view = &shared->segment.view;
        tr_binding binding;
        tr_record_image image;
        uint64_t retries = 0;
        if (tr_directory_lookup(view, key, bytes, &binding) != TR_FOUND_ACTIVE)
            continue;
        tr_read_status status = tr_ring_read_latest(view, binding.slot, binding.generation, &image, &retries);
        if (status != TR_READ_GENERATION &&
            (status != TR_READ_OK || numbered_fault(&image.record, symbol) != NULL || retries != 0))
            stress_fail(shared, "a killed writer left symbol %u unreadable (%d)", symbol, (int)status);
    }
}

/* The moment is random on purpose; nothing waits for this time to have been enough. */
static void let_live(uint64_t *random) {
    struct timespec span = {0, (long)(stress_random(random) % LIFE_US_MAX) * 1000};
    nanosleep(&span, NULL);
}

static void end_child(stress_shared *shared, pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        stress_fail(shared, "a reader ended with status %#x", (unsigned)status);
}

static int run_lives(stress_shared *shared, uint64_t seed) {
    void (*const reads[])(stress_reader *) = {stress_read_latest, stress_read_history, stress_walk_directory};
    pid_t readers[sizeof reads / sizeof reads[0]];
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        readers[i] = fork_child();
        if (readers[i] == 0) {
            read_until_over(shared, seed + 1 + i, reads[i]);
            _exit(0);
        }
    }
    uint64_t epoch = 0, random = seed;
    while (tr_monotonic_ns() < shared->deadline_ns && epoch < LIVES_MAX && shared->failures == 0) {
        anonymous_segment_grant(&shared->segment, ++epoch);
        uint64_t writer_seed = stress_random(&random);
        pid_t writer = fork_child();
        if (writer == 0) {
            run_writer_until_killed(shared, epoch, writer_seed);
            _exit(0);
        }
        let_live(&random);
        kill(writer, SIGKILL);
        int status;
        if (waitpid(writer, &status, 0) != writer || !WIFSIGNALED(status))
            stress_fail(shared, "a writer ended by itself with status %#x", (unsigned)status);
        check_what_a_killed_writer_left(shared);
    }
    atomic_store_explicit(&shared->is_over, true, memory_order_release);
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        end_child(shared, readers[i]);
    return conclude(shared, "lives", epoch);
}

/* ---- wake ---- */

static int run_wake(stress_shared *shared, unsigned rounds, uint64_t seed) {
    stress_wake(shared, rounds, seed);
    return conclude(shared, "wake", 1);
}

int main(int argc, char **argv) {
    const char *form = argc >= 3 ? argv[1] : "";
    double amount = argc >= 3 ? atof(argv[2]) : 0;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)tr_monotonic_ns();
    seed |= 1; /* xorshift stays at 0 for ever */
    printf("seed %llu\n", (unsigned long long)seed);
    stress_shared *shared = stress_shared_make(amount);
    int status = 2;
    if (strcmp(form, "threads") == 0)
        status = run_threads(shared, seed);
    else if (strcmp(form, "lives") == 0)
        status = run_lives(shared, seed);
    else if (strcmp(form, "wake") == 0)
        status = run_wake(shared, (unsigned)amount, seed);
    else
        fprintf(stderr, "usage: ring_stress threads|lives|wake SECONDS|ROUNDS [SEED]\n");
    stress_shared_free(shared);
    return status;
}
