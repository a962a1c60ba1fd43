/* Handle: one symbol, bound to its slot. The hot path of the whole product is handle_read. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "py_core.h"
#include "ring_reader.h"
#include "values.h"

/* ---- binding ---- */

/* The cached quote always belongs to the present binding; with the binding it goes. */
static void unbind(tr_handle *handle, tr_found as) {
    handle->is_bound = false;
    handle->unbound_as = as;
    Py_CLEAR(handle->cached);
}

static void follow_mapping(tr_handle *handle) {
    tr_mapping *mapping = handle->reader->mapping;
    tr_mapping_acquire(mapping);
    tr_mapping_release(handle->mapping);
    handle->mapping = mapping;
    handle->seen_version = UINT64_MAX;
    unbind(handle, TR_FOUND_NOTHING);
}

bool tr_handle_bind(tr_handle *handle) {
    if (handle->mapping != handle->reader->mapping)
        follow_mapping(handle);
    if (handle->is_bound)
        return true;
    const tr_view *view = &handle->mapping->view;
    /* Looked up again only when the directory has moved since: polling an unknown symbol stays cheap. */
    uint64_t version = tr_directory_version(view);
    if (version == handle->seen_version)
        return false;
    tr_found found = tr_directory_lookup(view, handle->key, handle->key_bytes, &handle->binding);
    handle->seen_version = version;
    handle->is_bound = found == TR_FOUND_ACTIVE;
    handle->unbound_as = found;
    return handle->is_bound;
}

static int nothing_reason(const tr_handle *handle) {
    return handle->unbound_as == TR_FOUND_RETIRED ? TR_REASON_RETIRED : TR_REASON_UNKNOWN_SYMBOL;
}

/* Copies the newest record: 0, or the reason why there is none. */
int tr_handle_copy(tr_handle *handle, tr_record_image *image, int64_t *vouched_ns) {
    for (int rebinds = 0; rebinds < 3; rebinds++) {
        if (!tr_handle_bind(handle))
            return nothing_reason(handle);
        const tr_view *view = &handle->mapping->view;
        const tr_binding binding = handle->binding;
        *vouched_ns = tr_ring_vouched_ns(view, binding.slot); /* SYNC VOUCH: before the record */
        tr_read_status status =
            tr_ring_read_latest(view, binding.slot, binding.generation, image, &handle->reader->retries);
        if (status == TR_READ_OK)
            return 0;
        if (status == TR_READ_CONTENDED) {
            handle->reader->contended++;
            return TR_REASON_OVERTAKEN;
        }
        unbind(handle, TR_FOUND_RETIRED); /* retired, or moved to another slot: look the symbol up again */
        handle->seen_version = UINT64_MAX;
    }
    return nothing_reason(handle);
}

void tr_finish_look(tr_look *look, const tr_vitals *vitals, int64_t now_ns, int reason_if_nothing, uint32_t modes,
                    bool is_newest) {
    look->now_ns = now_ns;
    if (reason_if_nothing != 0)
        look->judgement = tr_judge_nothing(reason_if_nothing);
    else
        look->judgement = tr_judge(&look->image.record, vitals, look->vouched_ns, now_ns, modes, is_newest);
    look->has_record = !tr_withholds_values(look->judgement);
    look->api_mode = (uint8_t)(look->has_record && look->image.record.has != 0 ? tr_record_mode(&look->image.record)
                                                                               : vitals->feeder_mode);
    if (!look->has_record) {
        tr_clear_record(&look->image.record);
        look->vouched_ns = 0;
    }
}

void tr_handle_look(tr_handle *handle, tr_look *look) {
    tr_reader *reader = handle->reader;
    for (int attempt = 0;; attempt++) {
        int nothing = tr_handle_copy(handle, &look->image, &look->vouched_ns);
        tr_vitals vitals;
        tr_vitals_load(&handle->mapping->view, &vitals);
        int64_t now_ns = tr_boot_ns(); /* last: everything above is at least as old as it looks */
        tr_finish_look(look, &vitals, now_ns, nothing, reader->accepted_modes, true);
        bool is_down = look->judgement.verdict == TR_VERDICT_FEED_DOWN ||
                       (look->judgement.verdict == TR_VERDICT_MISSING && tr_feed_fault(&vitals, now_ns) >= 0);
        if (!is_down || attempt > 0 || !tr_reader_reattach(reader, now_ns, false))
            return;
    }
}

/* ---- reading ---- */

static bool same_judgement(tr_judgement a, tr_judgement b) { return a.verdict == b.verdict && a.reason == b.reason; }

/* The cached quote if it is still the answer: an unmoved cursor names the very record that was copied before, and the
 * verdict is computed anew all the same. Ages are as of the read to within TR_AGE_RESOLUTION_NS, so an object that is
 * older than that is not given out again. Borrowed, or NULL: look properly. */
static PyObject *cached_answer(const tr_handle *handle) {
    const tr_quote *cached = handle->cached;
    if (cached == NULL || !cached->has_record || handle->mapping != handle->reader->mapping)
        return NULL;
    const tr_view *view = &handle->mapping->view;
    int64_t vouched_ns = tr_ring_vouched_ns(view, handle->binding.slot); /* SYNC VOUCH: before the cursor */
    if (tr_ring_cursor(view, handle->binding.slot) != cached->record.sequence ||
        tr_ring_generation(view, handle->binding.slot) != handle->binding.generation)
        return NULL;
    tr_vitals vitals;
    tr_vitals_load(view, &vitals);
    int64_t now_ns = tr_recent_ns(&handle->reader->recent); /* never behind: a verdict turns bad too early, if at all */
    if (now_ns - cached->read_ns >= TR_AGE_RESOLUTION_NS)
        return NULL;
    tr_judgement judgement =
        tr_judge(&cached->record, &vitals, vouched_ns, now_ns, handle->reader->accepted_modes, true);
    return same_judgement(judgement, cached->judgement) ? (PyObject *)cached : NULL;
}

PyObject *tr_handle_quote(tr_handle *handle) {
    if (handle->reader == NULL) { /* only inside a garbage collection that is ending both */
        PyErr_SetString(PyExc_ReferenceError, "the handle's reader is gone");
        return NULL;
    }
    if (tr_reader_check(handle->reader) != 0)
        return NULL;
    PyObject *answer = cached_answer(handle);
    if (answer != NULL)
        return Py_NewRef(answer);
    tr_look look;
    tr_handle_look(handle, &look);
    PyObject *quote = tr_quote_new(handle->symbol, handle->mapping, look.has_record ? handle->binding.slot : 0, &look);
    if (quote != NULL && look.has_record)
        Py_XSETREF(handle->cached, (tr_quote *)Py_NewRef(quote));
    return quote;
}

static PyObject *handle_read(tr_handle *handle, PyObject *unused) {
    (void)unused;
    return tr_handle_quote(handle);
}

int64_t tr_limit_ns(PyObject *seconds, const char *name) {
    if (seconds == NULL || seconds == Py_None)
        return INT64_MAX;
    double value = PyFloat_AsDouble(seconds);
    if (value == -1.0 && PyErr_Occurred())
        return -1;
    if (!(value >= 0.0)) {
        PyErr_Format(PyExc_ValueError, "%s is %R, must be seconds >= 0 (or None for no limit)", name, seconds);
        return -1;
    }
    return value >= 9e9 ? INT64_MAX : (int64_t)(value * 1e9);
}

static PyObject *accepted_words(int64_t mask) {
    PyObject *words = PyList_New(0);
    for (unsigned verdict = 0; words != NULL && verdict < TR_VERDICT_COUNT; verdict++)
        if ((mask >> verdict & 1) && PyList_Append(words, tr_word(TR_WORDS_VERDICT, verdict)) != 0)
            Py_CLEAR(words);
    return words;
}

PyDoc_STRVAR(require_doc,
             "require(*, max_age_s=None, max_unchanged_s=None, accept=None) -> Quote\n\n"
             "Return the quote if its verdict is accepted (default: live, quiet) and it is young enough, else raise\n"
             "a QuoteRejected that says why. max_age_s limits the time since the feed proved itself for the symbol,\n"
             "max_unchanged_s the time since the values last changed.");

static PyObject *handle_require(tr_handle *handle, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
    if (count != 0) {
        PyErr_SetString(PyExc_TypeError, "require() takes keyword arguments only");
        return NULL;
    }
    PyObject *max_age = NULL, *max_unchanged = NULL, *accept = NULL;
    for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_GET_SIZE(keywords); i++) {
        PyObject *name = PyTuple_GET_ITEM(keywords, i);
        if (PyUnicode_CompareWithASCIIString(name, "max_age_s") == 0)
            max_age = args[i];
        else if (PyUnicode_CompareWithASCIIString(name, "max_unchanged_s") == 0)
            max_unchanged = args[i];
        else if (PyUnicode_CompareWithASCIIString(name, "accept") == 0)
            accept = args[i];
        else
            return PyErr_Format(PyExc_TypeError, "require() has no argument %R", name);
    }
    int64_t age_limit = tr_limit_ns(max_age, "max_age_s");
    int64_t unchanged_limit = age_limit < 0 ? -1 : tr_limit_ns(max_unchanged, "max_unchanged_s");
    if (unchanged_limit < 0)
        return NULL;
    int64_t accepted = INT64_C(1) << TR_VERDICT_LIVE | INT64_C(1) << TR_VERDICT_QUIET;
    if (accept != NULL && accept != Py_None && (accepted = tr_word_mask(TR_WORDS_VERDICT, accept)) < 0)
        return NULL;
    PyObject *result = tr_handle_quote(handle);
    if (result == NULL)
        return NULL;
    const tr_quote *quote = (tr_quote *)result;
    /* The cached object may be 1 ms old; a limit is held against the time of this very look. */
    int64_t now_ns = age_limit == INT64_MAX && unchanged_limit == INT64_MAX ? 0 : tr_boot_ns();
    if (!(accepted >> quote->judgement.verdict & 1)) {
        PyObject *words = accepted_words(accepted);
        tr_raise_rejection("rejection_by_verdict", result, words);
        Py_XDECREF(words);
    } else if (tr_older_than(quote->vouched_ns, now_ns, age_limit)) {
        tr_raise_rejection("rejection_by_age", result, max_age);
    } else if (tr_older_than(quote->record.ts_publish_ns, now_ns, unchanged_limit)) {
        tr_raise_rejection("rejection_by_change", result, max_unchanged);
    } else {
        return result;
    }
    Py_DECREF(result);
    return NULL;
}

PyObject *tr_handle_history(tr_handle *handle, Py_ssize_t n, bool include_state_only) {
    if (n < 1)
        return PyErr_Format(PyExc_ValueError, "history of %zd quotes asked for, must be at least 1", n);
    PyObject *result = PyList_New(0);
    /* First the newest, with all that a read does (binding, moving to a newer segment). */
    PyObject *newest = result ? tr_handle_quote(handle) : NULL;
    if (newest == NULL)
        goto fail;
    if (!((tr_quote *)newest)->has_record) {
        Py_DECREF(newest);
        return result;
    }
    const tr_binding binding = handle->binding;
    uint64_t sequence = ((tr_quote *)newest)->record.sequence, rows = handle->mapping->view.depth - 2;
    bool shown = include_state_only || !(((tr_quote *)newest)->record.flags & TR_FLAG_STATE_ONLY);
    int failed = shown && PyList_Append(result, newest) != 0;
    Py_DECREF(newest);
    tr_look look = {.vouched_ns = 0};
    tr_vitals vitals;
    for (uint64_t back = 1; !failed && back < rows && back < sequence && PyList_GET_SIZE(result) < n; back++) {
        if (tr_ring_read_at(&handle->mapping->view, binding.slot, binding.generation, sequence - back, &look.image) !=
            TR_READ_OK)
            break; /* overwritten meanwhile, or of an earlier use of the slot */
        if (!include_state_only && (look.image.record.flags & TR_FLAG_STATE_ONLY))
            continue;
        tr_vitals_load(&handle->mapping->view, &vitals);
        tr_finish_look(&look, &vitals, tr_boot_ns(), 0, handle->reader->accepted_modes, false);
        if (!look.has_record)
            break; /* the kind of account changed meanwhile */
        PyObject *quote = tr_quote_new(handle->symbol, handle->mapping, binding.slot, &look);
        failed = quote == NULL || PyList_Append(result, quote) != 0;
        Py_XDECREF(quote);
    }
    if (!failed)
        return result;
fail:
    Py_XDECREF(result);
    return NULL;
}

static PyObject *handle_history(tr_handle *handle, PyObject *args, PyObject *keywords) {
    static char *names[] = {"", "include_state_only", NULL};
    Py_ssize_t n;
    int include_state_only = 1;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "n|$p:history", names, &n, &include_state_only))
        return NULL;
    return tr_handle_history(handle, n, include_state_only);
}

/* ---- the type ---- */

/* Keys of the dict are exact str objects, so that looking one up runs no code of a subclass. */
static tr_handle *make_handle(tr_reader *reader, PyObject *symbol, const char *key, Py_ssize_t bytes) {
    tr_handle *handle = PyObject_GC_New(tr_handle, &tr_handle_type);
    if (handle == NULL)
        return NULL;
    handle->reader = (tr_reader *)Py_NewRef((PyObject *)reader);
    handle->symbol = Py_NewRef(symbol);
    handle->key = key;
    handle->key_bytes = (size_t)bytes;
    handle->mapping = reader->mapping;
    tr_mapping_acquire(handle->mapping);
    handle->is_bound = false;
    handle->unbound_as = TR_FOUND_NOTHING;
    handle->seen_version = UINT64_MAX;
    handle->cached = NULL;
    PyObject_GC_Track((PyObject *)handle);
    if (PyDict_SetItem(reader->handles, symbol, (PyObject *)handle) != 0)
        Py_CLEAR(handle);
    return handle;
}

tr_handle *tr_handle_for(tr_reader *reader, PyObject *symbol) {
    Py_ssize_t bytes;
    if (!PyUnicode_Check(symbol))
        return (tr_handle *)tr_symbol_key(symbol, &bytes); /* NULL, with the TypeError set */
    PyObject *exact = PyUnicode_FromObject(symbol);
    if (exact == NULL)
        return NULL;
    tr_handle *handle = (tr_handle *)PyDict_GetItemWithError(reader->handles, exact);
    if (handle != NULL) {
        Py_INCREF(handle);
    } else if (!PyErr_Occurred()) {
        const char *key = tr_symbol_key(exact, &bytes);
        handle = key != NULL ? make_handle(reader, exact, key, bytes) : NULL;
    }
    Py_DECREF(exact);
    return handle;
}

static int handle_traverse(tr_handle *handle, visitproc visit, void *arg) {
    Py_VISIT(handle->reader);
    return 0;
}

static int handle_clear(tr_handle *handle) {
    Py_CLEAR(handle->reader);
    return 0;
}

static void handle_dealloc(tr_handle *handle) {
    PyObject_GC_UnTrack(handle);
    handle_clear(handle);
    Py_XDECREF(handle->cached);
    Py_DECREF(handle->symbol);
    tr_mapping_release(handle->mapping);
    PyObject_GC_Del(handle);
}

static PyObject *handle_repr(tr_handle *handle) { return PyUnicode_FromFormat("<Handle %U>", handle->symbol); }

static PyMethodDef handle_methods[] = {
    {"read", (PyCFunction)handle_read, METH_NOARGS,
     "read() -> Quote\n\nThe newest quote with the verdict of this look. Never blocks, makes no system call while the "
     "feed is up."},
    {"require", (PyCFunction)(void (*)(void))handle_require, METH_FASTCALL | METH_KEYWORDS, require_doc},
    {"history", (PyCFunction)(void (*)(void))handle_history, METH_VARARGS | METH_KEYWORDS,
     "history(n, *, include_state_only=True) -> list[Quote]\n\nUp to n quotes, newest first, at most depth - 2."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef handle_members[] = {
    {"symbol", T_OBJECT_EX, offsetof(tr_handle, symbol), READONLY, "The symbol this handle was made for."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject tr_handle_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.Handle",
    .tp_doc = "One symbol of one reader. Follows its symbol through retire, re-add and a new segment; never returns "
              "another symbol's quote.",
    .tp_basicsize = sizeof(tr_handle),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_dealloc = (destructor)handle_dealloc,
    .tp_traverse = (traverseproc)handle_traverse,
    .tp_clear = (inquiry)handle_clear,
    .tp_repr = (reprfunc)handle_repr,
    .tp_methods = handle_methods,
    .tp_members = handle_members,
};
