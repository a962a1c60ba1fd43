/* What a book is worth.
 *
 * All records are looked at first; one look at the header lines and one clock, both after the last record, judge them
 * all. There are two ways to look, with the same result:
 *  - Most records of a book are plain and have not moved since the valuation before. One line of memory each (cursor,
 *    proof, generation) says so, and the price that was kept is used (tr_plain_row).
 *  - The others are copied (their first cache line) and judged one by one, with a reason where there is no price.
 * Whatever speaks against the feed as a whole sends all positions the second way.
 */
#include <math.h>
#include <string.h>

#include "atomics.h"
#include "clock.h"
#include "py_batch.h"
#include "py_numbers.h"
#include "ring_reader.h"
#include "values.h"

#define LIVE_AND_QUIET (1u << TR_VERDICT_LIVE | 1u << TR_VERDICT_QUIET)

enum side { SIDE_EXIT, SIDE_MID };

/* What one valuation is held against. The vitals are loaded once, after the last record. */
typedef struct terms {
    tr_vitals vitals;
    int64_t now_ns;
    int64_t max_age_ns; /* INT64_MAX = no limit */
    uint32_t accepted;  /* mask of verdicts */
    enum side side;
    int feed_fault; /* of tr_feed_fault */
} terms;

/* ---- one by one ---- */

static void copy_one(tr_batch *batch, Py_ssize_t i) {
    tr_batch_copy *copy = &batch->copies[i];
    tr_handle *handle = tr_batch_handle(batch, i);
    copy->nothing = 0;
    if (handle->is_bound && handle->mapping == batch->reader->mapping) {
        const tr_view *view = &handle->mapping->view;
        copy->vouched_ns = tr_ring_vouched_ns(view, handle->binding.slot); /* SYNC VOUCH: before the record */
        if (tr_ring_read_head(view, handle->binding.slot, handle->binding.generation, &copy->image))
            return;
    }
    copy->nothing = tr_handle_copy(handle, &copy->image, &copy->vouched_ns);
}

static void load_vitals(tr_batch *batch, terms *terms) {
    tr_vitals_load(&batch->reader->mapping->view, &terms->vitals);
    terms->now_ns = tr_boot_ns();
    terms->feed_fault = tr_feed_fault(&terms->vitals, terms->now_ns);
}

static void copy_all(tr_batch *batch, terms *terms) {
    for (int attempt = 0; attempt < 2; attempt++) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(batch->handles); i++)
            copy_one(batch, i);
        load_vitals(batch, terms);
        if (terms->feed_fault < 0 || !tr_reader_reattach(batch->reader, terms->now_ns, false))
            return;
    }
}

/* Why this position has no price at this side, or -1 and the price. */
static int price_of(const tr_record *record, double quantity, enum side side, double *price) {
    if (side == SIDE_MID) {
        *price = tr_mid(record);
        return isnan(*price) ? TR_REASON_NO_MID : -1;
    }
    bool is_long = quantity > 0; /* a long position is sold at the bid, a short one bought back at the ask */
    *price = is_long ? record->bid : record->ask;
    if (!tr_has(record, is_long ? TR_FIELD_BID : TR_FIELD_ASK) || isnan(*price))
        return is_long ? TR_REASON_NO_BID : TR_REASON_NO_ASK;
    return -1;
}

/* An instance of a NamedTuple class, without a call of Python code. Steals the tuple. */
static PyObject *make_named(PyObject *class, PyObject *fields) {
    PyObject *args = fields == NULL ? NULL : PyTuple_Pack(1, fields);
    PyObject *named = args == NULL ? NULL : PyTuple_Type.tp_new((PyTypeObject *)class, args, NULL);
    Py_XDECREF(fields);
    Py_XDECREF(args);
    return named;
}

static int append_unpriced(const tr_batch *batch, PyObject *unpriced, Py_ssize_t i, tr_judgement judgement, int why) {
    PyObject *fields =
        Py_BuildValue("(nOOO)", i, tr_batch_handle(batch, i)->symbol, tr_word(TR_WORDS_VERDICT, judgement.verdict),
                      tr_word(TR_WORDS_REASON, (unsigned)why));
    PyObject *row = make_named(batch->unpriced_class, fields);
    int failed = row == NULL || PyList_Append(unpriced, row) != 0;
    Py_XDECREF(row);
    return failed ? -1 : 0;
}

/* As tr_judge, with what is the same for all symbols computed once. */
static tr_judgement judge(const tr_batch_copy *copy, const terms *terms, uint32_t modes) {
    const tr_record *record = &copy->image.record;
    if (copy->nothing != 0)
        return tr_judge_nothing(copy->nothing);
    if (!tr_modes_accepted(&terms->vitals, record, modes))
        return (tr_judgement){TR_VERDICT_MISSING, TR_REASON_OTHER_API_MODE};
    if (!tr_has_price(record))
        return (tr_judgement){TR_VERDICT_MISSING, TR_REASON_NO_PRICE};
    if (terms->feed_fault >= 0)
        return (tr_judgement){TR_VERDICT_FEED_DOWN, (uint8_t)terms->feed_fault};
    return tr_judge_symbol(record, &terms->vitals, copy->vouched_ns, terms->now_ns);
}

/* Sets the position's value, NaN if it could not be priced. `unpriced` is a list, made when the first needs it. */
static int value_position(const tr_batch *batch, Py_ssize_t i, double quantity, const terms *terms, double *value,
                          PyObject **unpriced) {
    *value = 0.0;
    if (quantity == 0.0)
        return 0; /* flat: needs no price */
    const tr_batch_copy *copy = &batch->copies[i];
    tr_judgement judgement = judge(copy, terms, batch->reader->accepted_modes);
    double price = NAN;
    int why;
    if (!(terms->accepted >> judgement.verdict & 1u) || tr_withholds_values(judgement))
        why = judgement.reason;
    else if (tr_older_than(copy->vouched_ns, terms->now_ns, terms->max_age_ns))
        why = TR_REASON_TOO_OLD;
    else
        why = price_of(&copy->image.record, quantity, terms->side, &price);
    *value = why < 0 ? quantity * price : NAN;
    if (why < 0)
        return 0;
    if (*unpriced == NULL && (*unpriced = PyList_New(0)) == NULL)
        return -1;
    return append_unpriced(batch, *unpriced, i, judgement, why);
}

static int check_finite(const tr_batch *batch, const double *quantities) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(batch->handles); i++)
        if (!isfinite(quantities[i])) {
            PyErr_Format(PyExc_ValueError, "the quantity of %U (position %zd) is not a finite number",
                         tr_batch_handle(batch, i)->symbol, i);
            return -1;
        }
    return 0;
}

static int value_each(tr_batch *batch, const double *quantities, terms *terms, double *out, double *total,
                      PyObject **unpriced) {
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    if (check_finite(batch, quantities) != 0)
        return -1;
    copy_all(batch, terms);
    *total = 0.0;
    for (Py_ssize_t i = 0; i < length; i++) {
        double value;
        if (value_position(batch, i, quantities[i], terms, &value, unpriced) != 0)
            return -1;
        if (out != NULL)
            out[i] = value;
        if (!isnan(value))
            *total += value;
    }
    return 0;
}

/* ---- the plain ones ---- */

/* Remembers position i if its record is plain. Its copy and its proof stand in `copies` either way. */
static bool look_again(tr_batch *batch, Py_ssize_t i) {
    tr_plain_row *row = &batch->plain[i];
    tr_batch_copy *copy = &batch->copies[i];
    row->sequence = 0;
    row->generation = 0;
    copy_one(batch, i);
    const tr_handle *handle = tr_batch_handle(batch, i);
    const tr_record *record = &copy->image.record;
    if (copy->nothing != 0 || handle->mapping != batch->plain_mapping || !tr_two_sided(record) ||
        tr_verdict_at_best(record, batch->plain_epoch, batch->reader->accepted_modes) > TR_VERDICT_QUIET)
        return false;
    row->slot = handle->binding.slot;
    row->generation = handle->binding.generation;
    row->price[0] = record->ask;
    row->price[1] = record->bid;
    row->sequence = record->sequence;
    return true;
}

/* Rows of an earlier mapping or feeder are of no use. */
static void renew_plain(tr_batch *batch) {
    tr_mapping *mapping = batch->reader->mapping;
    uint64_t epoch = TR_LOAD_RELAXED(&mapping->view.header->feeder.epoch);
    if (mapping == batch->plain_mapping && epoch == batch->plain_epoch)
        return;
    tr_mapping_acquire(mapping);
    tr_mapping_release(batch->plain_mapping);
    batch->plain_mapping = mapping;
    batch->plain_epoch = epoch;
    memset(batch->plain, 0, (size_t)PyTuple_GET_SIZE(batch->handles) * sizeof *batch->plain);
}

/* How long a valuation may take from its first to its last clock for the proofs checked on the way to count. */
#define TR_PLAIN_PATIENCE_NS INT64_C(1000000)

/* The proofs that hold until TR_PLAIN_PATIENCE_NS from now: an interval, checked in one comparison. */
typedef struct proof_window {
    int64_t started_ns;
    int64_t least_ns;
    uint64_t span_ns;
} proof_window;

static proof_window window_of(const tr_batch *batch, const terms *terms) {
    int64_t limit_ns = TR_LOAD_RELAXED(&batch->plain_mapping->view.header->supervisor.vouch_limit_ns);
    if (terms->max_age_ns < limit_ns)
        limit_ns = terms->max_age_ns;
    proof_window window = {.started_ns = tr_boot_ns()};
    window.least_ns = window.started_ns - limit_ns + TR_PLAIN_PATIENCE_NS;
    if (window.least_ns < 1)
        window.least_ns = 1; /* 0 = no proof at all */
    /* A limit that is not longer than the patience leaves nothing inside: then no proof is that simple. */
    window.span_ns = window.least_ns <= window.started_ns ? (uint64_t)(window.started_ns - window.least_ns) : 0;
    return window;
}

/* Position i, which is not what it was: plain again (then its proof is set), or one of batch->odd. */
static bool becomes_plain(tr_batch *batch, Py_ssize_t i, const proof_window *window) {
    return look_again(batch, i) && (uint64_t)(batch->copies[i].vouched_ns - window->least_ns) <= window->span_ns;
}

typedef struct book {
    const double *quantities;
    double *out; /* or NULL */
    double total;
} book;

#define INLINE static inline __attribute__((always_inline))

INLINE void add_plain(book *book, Py_ssize_t i, const tr_plain_row *row, bool is_mid) {
    double quantity = book->quantities[i];
    double price = is_mid ? row->price[1] + (row->price[0] - row->price[1]) / 2.0 : row->price[quantity > 0];
    double value = quantity * price;
    if (book->out != NULL)
        book->out[i] = value;
    book->total += value;
}

/* Adds up from position `first` on, up to the first that is not what it was; returns its number or the length. No call
 * is made in this loop: the sum stays in a register, which halves its time. */
INLINE Py_ssize_t add_run(const tr_batch *batch, book *book, const proof_window *window, Py_ssize_t first,
                          Py_ssize_t length, bool is_mid) {
    const tr_control *controls = batch->plain_mapping->view.controls;
    const tr_plain_row *rows = batch->plain;
    struct proof_window kept = *window;
    struct book local = *book;
    Py_ssize_t i = first;
    for (; i < length; i++) {
        const tr_control *control = &controls[rows[i].slot];
        int64_t vouched_ns = TR_LOAD_ACQUIRE(&control->vouched_ns); /* SYNC VOUCH: before the cursor */
        if (TR_LOAD_ACQUIRE(&control->cursor) != rows[i].sequence ||
            TR_LOAD_RELAXED(&control->generation) != rows[i].generation ||
            (uint64_t)(vouched_ns - kept.least_ns) > kept.span_ns)
            break;
        add_plain(&local, i, &rows[i], is_mid);
    }
    book->total = local.total;
    return i;
}

/* Adds up the plain positions; the others are copied and listed in batch->odd. Returns how many others there are. */
INLINE Py_ssize_t add_plain_ones(tr_batch *batch, book *book, const proof_window *window, bool is_mid) {
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles), odd = 0;
    for (Py_ssize_t i = 0;; i++) {
        i = add_run(batch, book, window, i, length, is_mid);
        if (i == length)
            return odd;
        if (becomes_plain(batch, i, window))
            add_plain(book, i, &batch->plain[i], is_mid);
        else
            batch->odd[odd++] = i;
    }
}

/* Whether all that makes a plain record read live or quiet is so. */
static bool plain_holds(const tr_batch *batch, const terms *terms, const proof_window *window) {
    const tr_vitals *vitals = &terms->vitals;
    return terms->feed_fault < 0 && vitals->connection == TR_CONN_CONNECTED &&
           vitals->feeder_epoch == batch->plain_epoch && tr_feed_mode_accepted(vitals, batch->reader->accepted_modes) &&
           terms->now_ns - window->started_ns <= TR_PLAIN_PATIENCE_NS;
}

/* The two ways together. */
static int value_all(tr_batch *batch, const double *quantities, terms *terms, double *out, double *total,
                     PyObject **unpriced) {
    if ((terms->accepted & LIVE_AND_QUIET) != LIVE_AND_QUIET)
        return value_each(batch, quantities, terms, out, total, unpriced);
    renew_plain(batch);
    proof_window window = window_of(batch, terms);
    book book = {.quantities = quantities, .out = out};
    Py_ssize_t odd;
    if (terms->side == SIDE_MID)
        odd = add_plain_ones(batch, &book, &window, true);
    else
        odd = add_plain_ones(batch, &book, &window, false);
    load_vitals(batch, terms);
    if (!plain_holds(batch, terms, &window))
        return value_each(batch, quantities, terms, out, total, unpriced);
    *total = book.total;
    if (odd > 0 && check_finite(batch, quantities) != 0)
        return -1;
    for (Py_ssize_t n = 0; n < odd; n++) {
        Py_ssize_t i = batch->odd[n];
        double value;
        if (value_position(batch, i, quantities[i], terms, &value, unpriced) != 0)
            return -1;
        if (out != NULL)
            out[i] = value;
        if (!isnan(value))
            *total += value;
    }
    return 0;
}

/* ---- the call ---- */

/* The number of enum side, -1 with an error set. */
static int side_of(PyObject *side) {
    if (side == NULL || (PyUnicode_Check(side) && PyUnicode_CompareWithASCIIString(side, "exit") == 0))
        return SIDE_EXIT;
    if (PyUnicode_Check(side) && PyUnicode_CompareWithASCIIString(side, "mid") == 0)
        return SIDE_MID;
    PyErr_Format(PyExc_ValueError, "side is %R, must be 'exit' (long at bid, short at ask) or 'mid'", side);
    return -1;
}

static int take_terms(terms *terms, PyObject *const *values, PyObject *keywords, PyObject **target) {
    PyObject *side = NULL, *accept = NULL, *max_age = NULL;
    for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_GET_SIZE(keywords); i++) {
        PyObject *name = PyTuple_GET_ITEM(keywords, i);
        if (PyUnicode_CompareWithASCIIString(name, "side") == 0)
            side = values[i];
        else if (PyUnicode_CompareWithASCIIString(name, "accept") == 0)
            accept = values[i];
        else if (PyUnicode_CompareWithASCIIString(name, "max_age_s") == 0)
            max_age = values[i];
        else if (PyUnicode_CompareWithASCIIString(name, "out") == 0)
            *target = values[i];
        else {
            PyErr_Format(PyExc_TypeError, "value() has no argument %R", name);
            return -1;
        }
    }
    int number = side_of(side);
    int64_t mask = accept == NULL ? (int64_t)LIVE_AND_QUIET : tr_word_mask(TR_WORDS_VERDICT, accept);
    if (number < 0 || mask < 0)
        return -1;
    *terms =
        (struct terms){.side = number, .accepted = (uint32_t)mask, .max_age_ns = tr_limit_ns(max_age, "max_age_s")};
    return terms->max_age_ns < 0 ? -1 : 0;
}

PyObject *tr_batch_value(tr_batch *batch, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
    if (count != 1)
        return PyErr_Format(PyExc_TypeError, "value() takes the quantities alone, then keyword arguments; %zd given",
                            count);
    terms terms;
    PyObject *target = Py_None, *unpriced = NULL, *rows = NULL;
    if (take_terms(&terms, args + count, keywords, &target) != 0)
        return NULL;
    tr_doubles quantities = {.numbers = NULL}, out = {.numbers = NULL};
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    double total = 0.0;
    if (tr_doubles_from(args[0], &quantities) != 0 ||
        (target != Py_None && tr_doubles_from_buffer(target, &out, PyBUF_WRITABLE) != 0))
        goto done;
    if (quantities.length != length || (target != Py_None && out.length != length)) {
        PyErr_Format(PyExc_ValueError, "%zd numbers for %zd symbols",
                     quantities.length != length ? quantities.length : out.length, length);
        goto done;
    }
    /* The reader's check comes after everything that may run Python code. Quantities are checked first where a mistake
     * must leave `out` as it was; without `out` a sum that is finite shows that all plain positions' quantities are. */
    if (tr_reader_check(batch->reader) != 0 || (target != Py_None && check_finite(batch, quantities.numbers) != 0) ||
        value_all(batch, quantities.numbers, &terms, out.numbers, &total, &unpriced) != 0)
        goto done;
    if (!isfinite(total) && check_finite(batch, quantities.numbers) != 0)
        goto done;
    rows = unpriced == NULL ? PyTuple_New(0) : PyList_AsTuple(unpriced);
done:
    tr_doubles_release(&quantities);
    tr_doubles_release(&out);
    Py_XDECREF(unpriced);
    return rows == NULL ? NULL : make_named(batch->valuation_class, Py_BuildValue("(dN)", total, rows));
}
