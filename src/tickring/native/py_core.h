/* What the Python glue shares: the types, the words and the errors. The glue only converts and raises; what it calls
 * (view, ring_*, directory*, verdict, wake, writer, mapping) knows nothing of Python. */
#ifndef TICKRING_PY_CORE_H
#define TICKRING_PY_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <structmember.h>

#include "directory.h"
#include "mapping.h"
#include "recent_clock.h"
#include "verdict.h"

/* ---- words (py_words.c): the members of the Python enums by number; unknown numbers become the given default ---- */

typedef enum {
    TR_WORDS_VERDICT,
    TR_WORDS_REASON,
    TR_WORDS_STATE,
    TR_WORDS_SOURCE,
    TR_WORDS_DATA_TYPE,
    TR_WORDS_API_MODE,
    TR_WORDS_RUN_STATE,
    TR_WORDS_CONNECTION,
    TR_WORDS_FIELD,
    TR_WORDS_KINDS,
} tr_word_kind;

int tr_words_load(void);
PyObject *tr_word(tr_word_kind kind, unsigned number); /* borrowed */
/* Number of a member or its text; -1 with an error set if it is none. None or NULL gives `if_none`. */
int tr_word_number(tr_word_kind kind, PyObject *word, int if_none);
/* Bit mask of an iterable of members; -1 with an error set on failure. */
int64_t tr_word_mask(tr_word_kind kind, PyObject *words);

/* ---- errors (py_errors.c) -------------------------------------------------------------------------------------- */

PyObject *tr_error_class(const char *name); /* borrowed; NULL with an error set */
/* Raises SEGMENT_ERROR(message, path=path). Always returns NULL. */
PyObject *tr_raise_segment(const char *class_name, const char *path, const char *format, ...);
PyObject *tr_raise_open_fault(int fault, const char *path, uint32_t found_version);
PyObject *tr_raise_rejection(const char *factory, PyObject *quote, PyObject *argument);
/* UTF-8 of a symbol after checking it; NULL with InvalidSymbol or TypeError set. */
const char *tr_symbol_key(PyObject *symbol, Py_ssize_t *bytes);

/* ---- fork: objects belong to the process that made them (py_fork.c) -------------------------------------------- */

extern unsigned tr_fork_generation;
int tr_fork_watch(void);
int tr_refuse_fork(void); /* raises ForkedHandle; always -1 */
#define TR_CHECK_FORK(object) ((object)->fork_generation == tr_fork_generation ? 0 : tr_refuse_fork())

/* ---- Quote (py_quote.c) ---------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    PyObject *symbol;
    PyObject *verdict, *is_good, *bid, *ask, *last, *bid_size, *ask_size; /* boxed when the quote is made */
    /* everything from here to `end` is plain data and is what a pickle holds */
    tr_record record; /* all absent when has_record is false */
    int64_t vouched_ns;
    int64_t read_ns;
    uint8_t segment_id[16];
    uint32_t slot;
    uint8_t api_mode;
    uint8_t has_record;
    tr_judgement judgement;
} tr_quote;

extern PyTypeObject tr_quote_type;
int tr_quote_ready(void);

/* A look at one symbol: what a Quote is made of, without the object. */
typedef struct {
    tr_record_image image;
    int64_t vouched_ns;
    int64_t now_ns;
    tr_judgement judgement;
    uint8_t api_mode;
    bool has_record; /* false: the values are withheld or there are none */
} tr_look;

PyObject *tr_quote_new(PyObject *symbol, const tr_mapping *mapping, uint32_t slot, const tr_look *look);
PyObject *tr_quote_restore(PyObject *module, PyObject *args);

/* ---- Reader and Handle (py_reader.c, py_handle.c) -------------------------------------------------------------- */

#define TR_SYMBOL_CACHE 1024 /* direct-mapped by the address of the symbol's string object */

struct tr_handle;

typedef struct {
    PyObject_HEAD
    tr_mapping *mapping; /* never NULL once open; tr_mapping_of_closed() after close */
    bool is_closed;
    char *path;
    uint32_t accepted_modes;
    unsigned fork_generation;
    int64_t last_attach_check_ns;
    tr_recent_clock recent;
    uint64_t retries;
    uint64_t contended;
    uint64_t reattached;
    PyObject *handles; /* dict: symbol -> Handle */
    struct {
        PyObject *symbol;         /* owned: an address is only a key while its object lives */
        struct tr_handle *handle; /* borrowed from `handles` */
    } cache[TR_SYMBOL_CACHE];
    /* The active symbols of directory version `roster_version`, for whole-table reads. */
    struct tr_roster_row *roster;
    uint32_t roster_length;
    uint64_t roster_version;
    tr_mapping *roster_mapping; /* identity only, not owned */
} tr_reader;

typedef struct tr_handle {
    PyObject_HEAD
    tr_reader *reader;
    PyObject *symbol;
    const char *key; /* into symbol */
    size_t key_bytes;
    tr_mapping *mapping; /* what `binding` belongs to */
    tr_binding binding;
    bool is_bound;
    tr_found unbound_as; /* why not */
    uint64_t seen_version;
    tr_quote *cached;
} tr_handle;

extern PyTypeObject tr_reader_type;
extern PyTypeObject tr_handle_type;

/* How long one Quote object may answer further reads of an unchanged quote: the resolution of its ages. */
#define TR_AGE_RESOLUTION_NS INT64_C(1000000)

/* Open, and not in a forked child. Anything that can run Python code - taking arguments apart, allocating a container -
 * may close the reader or move it to another mapping: do it before, or hold a reference to the mapping. */
int tr_reader_check(tr_reader *reader);
/* Moves to a newer file at the path if there is one; looks at most every 50 ms unless forced. */
bool tr_reader_reattach(tr_reader *reader, int64_t now_ns, bool force);

tr_handle *tr_handle_for(tr_reader *reader, PyObject *symbol); /* a new reference */
/* Makes the handle point at its symbol's present slot, if it has one. */
bool tr_handle_bind(tr_handle *handle);
/* Copies the newest record without judging it; fills image and vouched_ns. Returns a reason if there is nothing. */
int tr_handle_copy(tr_handle *handle, tr_record_image *image, int64_t *vouched_ns);
void tr_handle_look(tr_handle *handle, tr_look *look);
PyObject *tr_handle_quote(tr_handle *handle);
PyObject *tr_handle_history(tr_handle *handle, Py_ssize_t n, bool include_state_only);
void tr_finish_look(tr_look *look, const tr_vitals *vitals, int64_t now_ns, int reason_if_nothing, uint32_t modes,
                    bool is_newest);

/* Seconds as a number or None (no limit: INT64_MAX) to ns; -1 with an error set if it is neither. */
int64_t tr_limit_ns(PyObject *seconds, const char *name);

static inline bool tr_older_than(int64_t stamp_ns, int64_t now_ns, int64_t limit_ns) {
    return limit_ns != INT64_MAX && (stamp_ns <= 0 || now_ns - stamp_ns > limit_ns);
}

/* ---- whole tables, batches, followers, header (one file each) -------------------------------------------------- */

PyObject *tr_reader_symbols(tr_reader *reader, PyObject *unused);
PyObject *tr_reader_fill_table(tr_reader *reader, PyObject *buffer);
PyObject *tr_table_fields(void);
PyObject *tr_header_dict(const tr_mapping *mapping);

extern PyTypeObject tr_batch_type;
extern PyTypeObject tr_follower_type;
extern PyTypeObject tr_writer_object_type;
extern PyTypeObject tr_tick_lane_type;
extern PyTypeObject tr_supervisor_line_type;
extern PyTypeObject tr_child_line_type;

struct tr_writer;
/* The writer inside a Writer object that is open and not in a forked child; NULL with an error set. */
struct tr_writer *tr_writer_of(PyObject *writer_object);

PyObject *tr_batch_new(tr_reader *reader, PyObject *symbols);
PyObject *tr_follower_new(tr_reader *reader, PyObject *symbols);
/* A tuple of Handles for a sequence of symbols. */
PyObject *tr_handles_for(tr_reader *reader, PyObject *symbols);

PyObject *tr_format_segment(PyObject *module, PyObject *args, PyObject *keywords);
PyObject *tr_segment_bytes(PyObject *module, PyObject *args);
PyObject *tr_py_judge(PyObject *module, PyObject *args);
PyObject *tr_feeder_identity(PyObject *module, PyObject *argument);
PyObject *tr_check_segment(PyObject *module, PyObject *args);

#endif
