/* Reader: one mapped segment, read-only, with the handles that were asked for. */
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "py_core.h"
#include "ring_reader.h"
#include "wake.h"

#define ATTACH_CHECK_NS INT64_C(50000000) /* a stat() at most every 50 ms while the feed is down */

int tr_reader_check(tr_reader *reader) {
    if (TR_CHECK_FORK(reader) != 0)
        return -1;
    if (reader->mapping == NULL || reader->is_closed) {
        PyErr_Format(PyExc_ValueError, "the reader of %s is closed", reader->path ? reader->path : "(nothing)");
        return -1;
    }
    return 0;
}

/* The mapping that handles were bound to stays alive through their references; they follow at their next read. A new
 * file that cannot be used yet is no error here: the verdict is bad already, and the next check tries again. */
bool tr_reader_reattach(tr_reader *reader, int64_t now_ns, bool force) {
    if (reader->is_closed || (!force && now_ns - reader->last_attach_check_ns < ATTACH_CHECK_NS))
        return false;
    reader->last_attach_check_ns = now_ns;
    tr_mapping *fresh;
    uint32_t version;
    if (!tr_mapping_is_replaced(reader->mapping, reader->path) ||
        tr_mapping_open(&fresh, reader->path, &version) != TR_OPEN_OK)
        return false;
    tr_mapping_release(reader->mapping);
    reader->mapping = fresh;
    reader->roster_mapping = NULL; /* the new mapping may get the old one's address */
    reader->reattached++;
    return true;
}

static int reader_init(tr_reader *reader, PyObject *args, PyObject *keywords) {
    static char *names[] = {"path", "accepted_modes", NULL};
    PyObject *path = NULL, *modes = NULL;
    if (reader->path != NULL) {
        PyErr_SetString(PyExc_TypeError, "this reader is open already: open another one");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O&O:Reader", names, PyUnicode_FSConverter, &path, &modes))
        return -1;
    int64_t mask = tr_word_mask(TR_WORDS_API_MODE, modes);
    reader->path = strdup(PyBytes_AS_STRING(path));
    Py_DECREF(path);
    if (mask < 0)
        return -1;
    if (reader->path == NULL || (reader->handles = PyDict_New()) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    /* `unknown` is never accepted: a price nobody has named the account of is shown to no one. */
    reader->accepted_modes = (uint32_t)mask & ~1u;
    reader->fork_generation = tr_fork_generation;
    uint32_t version = 0;
    int fault = tr_mapping_open(&reader->mapping, reader->path, &version);
    if (fault != TR_OPEN_OK) {
        reader->mapping = NULL;
        tr_raise_open_fault(fault, reader->path, version);
        return -1;
    }
    return 0;
}

static void forget_symbols(tr_reader *reader) {
    for (int i = 0; i < TR_SYMBOL_CACHE; i++) {
        reader->cache[i].handle = NULL;
        Py_CLEAR(reader->cache[i].symbol);
    }
    if (reader->handles != NULL)
        PyDict_Clear(reader->handles);
}

static int reader_traverse(tr_reader *reader, visitproc visit, void *arg) {
    Py_VISIT(reader->handles);
    return 0;
}

static int reader_clear(tr_reader *reader) {
    for (int i = 0; i < TR_SYMBOL_CACHE; i++) {
        reader->cache[i].handle = NULL;
        Py_CLEAR(reader->cache[i].symbol);
    }
    Py_CLEAR(reader->handles);
    return 0;
}

static void reader_dealloc(tr_reader *reader) {
    PyObject_GC_UnTrack(reader);
    reader_clear(reader);
    tr_mapping_release(reader->mapping);
    free(reader->roster);
    free(reader->path);
    Py_TYPE(reader)->tp_free((PyObject *)reader);
}

static PyObject *reader_close(tr_reader *reader, PyObject *unused) {
    (void)unused;
    if (reader->mapping == NULL || reader->is_closed)
        Py_RETURN_NONE;
    tr_mapping *open = reader->mapping;
    reader->is_closed = true;
    tr_mapping_acquire(tr_mapping_of_closed());
    reader->mapping = tr_mapping_of_closed();
    reader->roster_mapping = NULL;
    tr_mapping_release(open);
    forget_symbols(reader);
    Py_RETURN_NONE;
}

/* Symbols are mostly literals or attributes: the same string object again and again. Its address finds the handle
 * without hashing; the entry owns the string, so the address cannot be reused meanwhile. */
static tr_handle *cached_handle(tr_reader *reader, PyObject *symbol) {
    size_t at = ((uintptr_t)symbol >> 4) & (TR_SYMBOL_CACHE - 1);
    if (reader->cache[at].symbol == symbol)
        return (tr_handle *)Py_NewRef((PyObject *)reader->cache[at].handle);
    tr_handle *handle = tr_handle_for(reader, symbol);
    if (handle != NULL && PyUnicode_CheckExact(symbol)) {
        PyObject *before = reader->cache[at].symbol;
        reader->cache[at].handle = handle; /* borrowed: the dict of handles holds it until close */
        reader->cache[at].symbol = Py_NewRef(symbol);
        Py_XDECREF(before);
    }
    return handle;
}

static PyObject *reader_subscript(tr_reader *reader, PyObject *symbol) {
    if (tr_reader_check(reader) != 0)
        return NULL;
    tr_handle *handle = cached_handle(reader, symbol);
    PyObject *quote = handle == NULL ? NULL : tr_handle_quote(handle);
    Py_XDECREF(handle);
    return quote;
}

static int reader_contains(tr_reader *reader, PyObject *symbol) {
    if (tr_reader_check(reader) != 0)
        return -1;
    tr_handle *handle = cached_handle(reader, symbol);
    if (handle == NULL)
        return -1;
    tr_look look;
    tr_handle_look(handle, &look);
    int is_streamed = handle->is_bound;
    Py_DECREF(handle);
    return is_streamed;
}

static PyObject *reader_handle(tr_reader *reader, PyObject *symbol) {
    if (tr_reader_check(reader) != 0)
        return NULL;
    return (PyObject *)tr_handle_for(reader, symbol);
}

PyObject *tr_handles_for(tr_reader *reader, PyObject *symbols) {
    if (PyUnicode_Check(symbols))
        return PyErr_Format(PyExc_TypeError, "symbols is the single str %R, must be a sequence of symbols", symbols);
    /* Both run Python code; the check comes after them. */
    PyObject *list = PySequence_List(symbols);
    PyObject *handles = list != NULL ? PyTuple_New(PyList_GET_SIZE(list)) : NULL;
    if (handles != NULL && tr_reader_check(reader) != 0)
        Py_CLEAR(handles);
    for (Py_ssize_t i = 0; handles != NULL && i < PyList_GET_SIZE(list); i++) {
        PyObject *handle = (PyObject *)tr_handle_for(reader, PyList_GET_ITEM(list, i));
        if (handle == NULL)
            Py_CLEAR(handles);
        else
            PyTuple_SET_ITEM(handles, i, handle);
    }
    Py_XDECREF(list);
    return handles;
}

static PyObject *reader_follower(tr_reader *reader, PyObject *symbols) { return tr_follower_new(reader, symbols); }

static PyObject *reader_header(tr_reader *reader, PyObject *unused) {
    (void)unused;
    if (tr_reader_check(reader) != 0)
        return NULL;
    /* A status is asked for when something looks wrong: look for a newer file at once. */
    tr_vitals vitals;
    tr_vitals_load(&reader->mapping->view, &vitals);
    int64_t now_ns = tr_boot_ns();
    if (tr_feed_fault(&vitals, now_ns) >= 0)
        tr_reader_reattach(reader, now_ns, true);
    tr_mapping *mapping = reader->mapping;
    tr_mapping_acquire(mapping);
    PyObject *header = tr_header_dict(mapping);
    tr_mapping_release(mapping);
    return header;
}

static PyObject *reader_reattach(tr_reader *reader, PyObject *unused) {
    (void)unused;
    if (tr_reader_check(reader) != 0)
        return NULL;
    return PyBool_FromLong(tr_reader_reattach(reader, tr_boot_ns(), true));
}

static PyObject *reader_wake_word(tr_reader *reader, PyObject *unused) {
    (void)unused;
    if (tr_reader_check(reader) != 0)
        return NULL;
    return PyLong_FromUnsignedLong(tr_wake_word(&reader->mapping->view.header->wake));
}

static PyObject *reader_wait(tr_reader *reader, PyObject *args) {
    unsigned long seen;
    double timeout_s;
    if (!PyArg_ParseTuple(args, "kd:wait", &seen, &timeout_s) || tr_reader_check(reader) != 0)
        return NULL;
    int64_t timeout_ns = timeout_s > 0 ? (timeout_s < 1e9 ? (int64_t)(timeout_s * 1e9) : TR_WAIT_CAP_NS) : 0;
    tr_mapping *mapping = reader->mapping;
    tr_mapping_acquire(mapping);
    Py_BEGIN_ALLOW_THREADS
    tr_wake_wait(&mapping->view.header->wake, (uint32_t)seen, UINT32_MAX, timeout_ns);
    Py_END_ALLOW_THREADS
    tr_mapping_release(mapping);
    Py_RETURN_NONE;
}

static PyObject *get_stats(tr_reader *reader, void *unused) {
    (void)unused;
    return Py_BuildValue("{sKsKsK}", "retries", (unsigned long long)reader->retries, "contended",
                         (unsigned long long)reader->contended, "reattached", (unsigned long long)reader->reattached);
}

static PyObject *get_path(tr_reader *reader, void *unused) {
    (void)unused;
    return reader->path ? PyUnicode_DecodeFSDefault(reader->path) : Py_NewRef(Py_None);
}

static PyObject *get_is_open(tr_reader *reader, void *unused) {
    (void)unused;
    return PyBool_FromLong(reader->mapping != NULL && !reader->is_closed);
}

static PyMethodDef reader_methods[] = {
    {"handle", (PyCFunction)reader_handle, METH_O,
     "handle(symbol) -> Handle\n\nThe handle of a symbol; the symbol need not be streamed (yet)."},
    {"bind", (PyCFunction)tr_batch_new, METH_O, "bind(symbols) -> Batch\n\nPre-bound symbols, read or valued at once."},
    {"follower", (PyCFunction)reader_follower, METH_O,
     "follower(symbols) -> Follower\n\nEvery record, with what was missed."},
    {"symbols", (PyCFunction)tr_reader_symbols, METH_NOARGS,
     "symbols() -> list[str]\n\nThe symbols streamed now, sorted."},
    {"fill_table", (PyCFunction)tr_reader_fill_table, METH_O,
     "fill_table(buffer) -> int\n\nWrites rows (TABLE_FIELDS) into a writable buffer; returns how many symbols there "
     "are."},
    {"header", (PyCFunction)reader_header, METH_NOARGS, "header() -> dict\n\nEverything the header page says."},
    {"reattach", (PyCFunction)reader_reattach, METH_NOARGS,
     "reattach() -> bool\n\nMoves to a newer segment now, if one stands at the path."},
    {"wake_word", (PyCFunction)reader_wake_word, METH_NOARGS,
     "wake_word() -> int\n\nThe present wake word, for wait()."},
    {"wait", (PyCFunction)reader_wait, METH_VARARGS,
     "wait(seen, timeout_s) -> None\n\nSleeps until the wake word is no longer `seen`, at most 0.1 s. Releases the "
     "GIL."},
    {"close", (PyCFunction)reader_close, METH_NOARGS, "close() -> None\n\nUnmaps; quotes stay usable. Idempotent."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef reader_getset[] = {
    {"stats", (getter)get_stats, NULL, "This reader's own counters: retries, contended, reattached.", NULL},
    {"path", (getter)get_path, NULL, "The segment file.", NULL},
    {"is_open", (getter)get_is_open, NULL, "Whether close() has not been called.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMappingMethods reader_mapping = {.mp_subscript = (binaryfunc)reader_subscript};
static PySequenceMethods reader_sequence = {.sq_contains = (objobjproc)reader_contains};

PyTypeObject tr_reader_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.Reader",
    .tp_doc = "Reader(path, accepted_modes)\n--\n\nOne segment mapped read-only.",
    .tp_basicsize = sizeof(tr_reader),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)reader_init,
    .tp_dealloc = (destructor)reader_dealloc,
    .tp_traverse = (traverseproc)reader_traverse,
    .tp_clear = (inquiry)reader_clear,
    .tp_as_mapping = &reader_mapping,
    .tp_as_sequence = &reader_sequence,
    .tp_methods = reader_methods,
    .tp_getset = reader_getset,
};
