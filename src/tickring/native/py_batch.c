/* Batch: pre-bound symbols, read or valued together. For a valuation the first cache lines of all records are copied
 * first; one look at the header lines and one clock, both after the last copy, judge them all. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "py_core.h"
#include "ring_reader.h"
#include "values.h"

typedef struct {
    tr_record_image image; /* only its first cache line is set, and nothing here looks further */
    int64_t vouched_ns;
    int nothing; /* the reason if there is no record, else 0 */
} batch_copy;

typedef struct {
    PyObject_HEAD
    tr_reader *reader;
    PyObject *handles; /* tuple of Handle */
    batch_copy *copies;
} tr_batch;

enum side { SIDE_EXIT, SIDE_MID };

PyObject *tr_batch_new(tr_reader *reader, PyObject *symbols) {
    PyObject *handles = tr_handles_for(reader, symbols);
    if (handles == NULL)
        return NULL;
    tr_batch *batch = PyObject_GC_New(tr_batch, &tr_batch_type);
    if (batch == NULL) {
        Py_DECREF(handles);
        return NULL;
    }
    batch->reader = (tr_reader *)Py_NewRef((PyObject *)reader);
    batch->handles = handles;
    batch->copies = calloc((size_t)PyTuple_GET_SIZE(handles) + 1, sizeof *batch->copies);
    PyObject_GC_Track((PyObject *)batch);
    if (batch->copies == NULL) {
        Py_DECREF(batch);
        return PyErr_NoMemory();
    }
    return (PyObject *)batch;
}

static tr_handle *handle_at(const tr_batch *batch, Py_ssize_t i) {
    return (tr_handle *)PyTuple_GET_ITEM(batch->handles, i);
}

static void copy_one(tr_batch *batch, Py_ssize_t i) {
    batch_copy *copy = &batch->copies[i];
    tr_handle *handle = handle_at(batch, i);
    copy->nothing = 0;
    if (handle->is_bound && handle->mapping == batch->reader->mapping) {
        const tr_view *view = &handle->mapping->view;
        copy->vouched_ns = tr_ring_vouched_ns(view, handle->binding.slot); /* SYNC VOUCH: before the record */
        if (tr_ring_read_head(view, handle->binding.slot, handle->binding.generation, &copy->image))
            return;
    }
    copy->nothing = tr_handle_copy(handle, &copy->image, &copy->vouched_ns);
}

static void copy_all(tr_batch *batch, tr_vitals *vitals, int64_t *now_ns) {
    for (int attempt = 0; attempt < 2; attempt++) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(batch->handles); i++)
            copy_one(batch, i);
        tr_vitals_load(&batch->reader->mapping->view, vitals);
        *now_ns = tr_monotonic_ns();
        if (tr_feed_fault(vitals, *now_ns) < 0 || !tr_reader_reattach(batch->reader, *now_ns, false))
            return;
    }
}

static PyObject *batch_read(tr_batch *batch, PyObject *unused) {
    (void)unused;
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    PyObject *quotes = PyList_New(0);
    for (Py_ssize_t i = 0; quotes != NULL && i < length; i++) {
        PyObject *quote = tr_handle_quote(handle_at(batch, i));
        if (quote == NULL || PyList_Append(quotes, quote) != 0)
            Py_CLEAR(quotes);
        Py_XDECREF(quote);
    }
    return quotes;
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

static bool too_old(int64_t vouched_ns, int64_t now_ns, int64_t max_age_ns) {
    return max_age_ns >= 0 && (vouched_ns <= 0 || now_ns - vouched_ns > max_age_ns);
}

static int append_unpriced(PyObject *unpriced, tr_handle *handle, Py_ssize_t i, tr_judgement judgement, int why) {
    PyObject *row = Py_BuildValue("(nOOO)", i, handle->symbol, tr_word(TR_WORDS_VERDICT, judgement.verdict),
                                  tr_word(TR_WORDS_REASON, (unsigned)why));
    int failed = row == NULL || PyList_Append(unpriced, row) != 0;
    Py_XDECREF(row);
    return failed ? -1 : 0;
}

/* What one valuation is held against, loaded once after the last copy. */
typedef struct {
    tr_vitals vitals;
    int64_t now_ns;
    int64_t max_age_ns; /* -1 = no limit */
    uint32_t accepted;  /* mask of verdicts */
    enum side side;
    int feed_fault; /* of tr_feed_fault */
} terms;

/* As tr_judge, with what is the same for all symbols computed once. */
static tr_judgement judge(const batch_copy *copy, const terms *terms, uint32_t modes) {
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

/* Sets the position's value, NaN if it could not be priced. */
static int value_position(tr_batch *batch, Py_ssize_t i, double quantity, const terms *terms, double *value,
                          PyObject *unpriced) {
    *value = 0.0;
    if (quantity == 0.0)
        return 0; /* flat: needs no price */
    const batch_copy *copy = &batch->copies[i];
    tr_judgement judgement = judge(copy, terms, batch->reader->accepted_modes);
    double price = NAN;
    int why;
    if (!(terms->accepted >> judgement.verdict & 1u) || tr_withholds_values(judgement))
        why = judgement.reason;
    else if (too_old(copy->vouched_ns, terms->now_ns, terms->max_age_ns))
        why = TR_REASON_TOO_OLD;
    else
        why = price_of(&copy->image.record, quantity, terms->side, &price);
    *value = why < 0 ? quantity * price : NAN;
    return why < 0 ? 0 : append_unpriced(unpriced, handle_at(batch, i), i, judgement, why);
}

static bool doubles_of(PyObject *source, Py_buffer *buffer, bool writable) {
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(source, buffer, flags) != 0)
        return false;
    if (buffer->itemsize == 8 && buffer->format != NULL && strcmp(buffer->format, "d") == 0)
        return true;
    PyErr_Format(PyExc_TypeError, "a buffer of float64 is needed, not of format '%s'",
                 buffer->format ? buffer->format : "B");
    PyBuffer_Release(buffer);
    return false;
}

static int value_all(tr_batch *batch, const double *quantities, terms *terms, double *out, double *total,
                     PyObject *unpriced) {
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    for (Py_ssize_t i = 0; i < length; i++)
        if (!isfinite(quantities[i])) {
            PyErr_Format(PyExc_ValueError, "the quantity of %U (position %zd) is not a finite number",
                         handle_at(batch, i)->symbol, i);
            return -1;
        }
    copy_all(batch, &terms->vitals, &terms->now_ns);
    terms->feed_fault = tr_feed_fault(&terms->vitals, terms->now_ns);
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

PyDoc_STRVAR(value_doc,
             "_value(quantities, side, accepted, max_age_ns, out) -> (priced_total, unpriced)\n\n"
             "quantities: float64 buffer, one per symbol; side: 0 exit (long at bid, short at ask), 1 mid; accepted: "
             "mask of verdicts;\nmax_age_ns: -1 = no limit; out: float64 buffer for the values, or None.");

static PyObject *batch_value(tr_batch *batch, PyObject *args) {
    PyObject *source, *target;
    int side;
    unsigned accepted;
    long long max_age_ns;
    if (!PyArg_ParseTuple(args, "OiILO:_value", &source, &side, &accepted, &max_age_ns, &target))
        return NULL;
    terms terms = {.max_age_ns = max_age_ns, .accepted = accepted, .side = side == SIDE_MID ? SIDE_MID : SIDE_EXIT};
    Py_buffer quantities, out = {.buf = NULL};
    if (!doubles_of(source, &quantities, false))
        return NULL;
    PyObject *unpriced = NULL;
    double total = 0.0;
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    if (target != Py_None && !doubles_of(target, &out, true))
        goto done;
    if (quantities.len != length * 8 || (out.buf != NULL && out.len != length * 8)) {
        PyErr_Format(PyExc_ValueError, "%zd numbers for %zd symbols",
                     (out.buf != NULL && quantities.len == length * 8 ? out.len : quantities.len) / 8, length);
        goto done;
    }
    unpriced = PyList_New(0);
    /* The check comes after everything that may run Python code: buffers, a list. */
    if (unpriced != NULL && (tr_reader_check(batch->reader) != 0 ||
                             value_all(batch, quantities.buf, &terms, out.buf, &total, unpriced) != 0))
        Py_CLEAR(unpriced);
done:
    PyBuffer_Release(&quantities);
    if (out.buf != NULL)
        PyBuffer_Release(&out);
    return unpriced == NULL ? NULL : Py_BuildValue("(dN)", total, unpriced);
}

static PyObject *get_symbols(tr_batch *batch, void *unused) {
    (void)unused;
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    PyObject *symbols = PyTuple_New(length);
    for (Py_ssize_t i = 0; symbols != NULL && i < length; i++)
        PyTuple_SET_ITEM(symbols, i, Py_NewRef(handle_at(batch, i)->symbol));
    return symbols;
}

static Py_ssize_t batch_length(tr_batch *batch) { return PyTuple_GET_SIZE(batch->handles); }

static int batch_traverse(tr_batch *batch, visitproc visit, void *arg) {
    Py_VISIT(batch->reader);
    Py_VISIT(batch->handles);
    return 0;
}

static void batch_dealloc(tr_batch *batch) {
    PyObject_GC_UnTrack(batch);
    Py_CLEAR(batch->reader);
    Py_CLEAR(batch->handles);
    free(batch->copies);
    PyObject_GC_Del(batch);
}

static PyMethodDef batch_methods[] = {
    {"read", (PyCFunction)batch_read, METH_NOARGS, "read() -> list[Quote]\n\nOne quote per symbol, in their order."},
    {"_value", (PyCFunction)batch_value, METH_VARARGS, value_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef batch_getset[] = {
    {"symbols", (getter)get_symbols, NULL, "The symbols, in the order they were given.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PySequenceMethods batch_sequence = {.sq_length = (lenfunc)batch_length};

PyTypeObject tr_batch_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.Batch",
    .tp_doc = "Pre-bound symbols of one reader.",
    .tp_basicsize = sizeof(tr_batch),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_dealloc = (destructor)batch_dealloc,
    .tp_traverse = (traverseproc)batch_traverse,
    .tp_as_sequence = &batch_sequence,
    .tp_methods = batch_methods,
    .tp_getset = batch_getset,
};
