/* A piece of the protocol as a model that the relacy race detector runs under every order C++11 allows.
 *
 * relacy (Debian: relacy-dev) executes the threads of a model step by step under a scheduler of its own and lets loads
 * return every value that the memory model permits, not only what this machine's does. That is the evidence for CPUs
 * that reorder more than x86. A model transcribes lines of the C core by hand; each says which, by SYNC name. It can be
 * built `broken` in named ways, and then relacy must complain: else the model would prove nothing.
 */
#ifndef TICKRING_TESTS_RELACY_MODEL_HPP
#define TICKRING_TESTS_RELACY_MODEL_HPP

#include <relacy/relacy.hpp>

#undef new /* relacy's macro counts what is allocated; models are only constructed in place */

/* One iteration's world: made, run by all threads at once, and destroyed, some hundred thousand times. */
class Model {
  public:
    virtual ~Model() {}
    virtual void before() = 0; /* alone; what it stores is visible to all threads */
    virtual void thread(unsigned number) = 0;
    virtual void after() {} /* alone again, after all threads; sees everything */
};

/* How the model at hand is broken; 0 = not at all: as the C core has it. Each model has an enum of its own. Chosen once
 * before a run, because relacy wants runs to be repeatable. */
extern unsigned broken;

struct ModelKind {
    const char *name;
    unsigned threads;
    Model *(*make)(void *memory); /* placement: relacy counts what `new` takes */
    const char *const *breaks;    /* by number from 1; ends with NULL; [0] is the true one */
};

#endif
