/* Every access to shared words goes through this file: C11 memory order by name, and the kill points of the tests.
 *
 * The mapped structs are declared with plain integer types so that other languages can read the header; the accesses
 * are atomic through the compiler's __atomic builtins, which work on plain objects and which ThreadSanitizer knows.
 *
 * TR_STEP marks the moment after a store that another process can see. In normal builds it is nothing. In the
 * instrumented build of the tests (-DTICKRING_STEPS) it counts, and at the chosen count sends SIGKILL to its own
 * process: that is how "a writer killed between any two stores" is proven at each store instead of by luck.
 */
#ifndef TICKRING_ATOMICS_H
#define TICKRING_ATOMICS_H

#include <stdint.h>
#include <string.h>

#ifdef TICKRING_STEPS
void tr_step(void);
#define TR_STEP() tr_step()
#else
#define TR_STEP() ((void)0)
#endif

#define TR_LOAD_RELAXED(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define TR_LOAD_ACQUIRE(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define TR_LOAD_SEQ_CST(p) __atomic_load_n((p), __ATOMIC_SEQ_CST)

#define TR_STORE_RELAXED(p, v)                                                                                         \
    do {                                                                                                               \
        __atomic_store_n((p), (v), __ATOMIC_RELAXED);                                                                  \
        TR_STEP();                                                                                                     \
    } while (0)
#define TR_STORE_RELEASE(p, v)                                                                                         \
    do {                                                                                                               \
        __atomic_store_n((p), (v), __ATOMIC_RELEASE);                                                                  \
        TR_STEP();                                                                                                     \
    } while (0)
#define TR_STORE_SEQ_CST(p, v)                                                                                         \
    do {                                                                                                               \
        __atomic_store_n((p), (v), __ATOMIC_SEQ_CST);                                                                  \
        TR_STEP();                                                                                                     \
    } while (0)

/* Counters have one writer, so load + store is enough and cheaper than a locked add. */
#define TR_COUNT(p, n) __atomic_store_n((p), __atomic_load_n((p), __ATOMIC_RELAXED) + (uint64_t)(n), __ATOMIC_RELAXED)

static inline void tr_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void tr_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

static inline void tr_cpu_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#endif
