/* Batch: pre-bound symbols, read or valued together. */
#include <stdlib.h>

#include "py_batch.h"

static PyObject *valuation_class(const char *name) {
    PyObject *module = PyImport_ImportModule("tickring.valuation");
    PyObject *class = module == NULL ? NULL : PyObject_GetAttrString(module, name);
    Py_XDECREF(module);
    return class;
}

PyObject *tr_batch_new(tr_reader *reader, PyObject *symbols) {
    PyObject *valuation = valuation_class("Valuation");
    PyObject *unpriced = valuation == NULL ? NULL : valuation_class("Unpriced");
    PyObject *handles = unpriced == NULL ? NULL : tr_handles_for(reader, symbols);
    if (handles == NULL) {
        Py_XDECREF(valuation);
        Py_XDECREF(unpriced);
        return NULL;
    }
    tr_batch *batch = PyObject_GC_New(tr_batch, &tr_batch_type);
    if (batch == NULL) {
        Py_DECREF(valuation);
        Py_DECREF(unpriced);
        Py_DECREF(handles);
        return NULL;
    }
    size_t length = (size_t)PyTuple_GET_SIZE(handles);
    batch->reader = (tr_reader *)Py_NewRef((PyObject *)reader);
    batch->handles = handles;
    batch->valuation_class = valuation;
    batch->unpriced_class = unpriced;
    batch->copies = calloc(length + 1, sizeof *batch->copies);
    batch->plain_mapping = reader->mapping;
    tr_mapping_acquire(batch->plain_mapping);
    batch->plain_epoch = 0;
    batch->plain = calloc(length + 1, sizeof *batch->plain);
    batch->odd = calloc(length + 1, sizeof *batch->odd);
    PyObject_GC_Track((PyObject *)batch);
    if (batch->copies == NULL || batch->plain == NULL || batch->odd == NULL) {
        Py_DECREF(batch);
        return PyErr_NoMemory();
    }
    return (PyObject *)batch;
}

static PyObject *batch_read(tr_batch *batch, PyObject *unused) {
    (void)unused;
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    PyObject *quotes = PyList_New(0);
    for (Py_ssize_t i = 0; quotes != NULL && i < length; i++) {
        PyObject *quote = tr_handle_quote(tr_batch_handle(batch, i));
        if (quote == NULL || PyList_Append(quotes, quote) != 0)
            Py_CLEAR(quotes);
        Py_XDECREF(quote);
    }
    return quotes;
}

static PyObject *get_symbols(tr_batch *batch, void *unused) {
    (void)unused;
    Py_ssize_t length = PyTuple_GET_SIZE(batch->handles);
    PyObject *symbols = PyTuple_New(length);
    for (Py_ssize_t i = 0; symbols != NULL && i < length; i++)
        PyTuple_SET_ITEM(symbols, i, Py_NewRef(tr_batch_handle(batch, i)->symbol));
    return symbols;
}

static Py_ssize_t batch_length(tr_batch *batch) { return PyTuple_GET_SIZE(batch->handles); }

static int batch_traverse(tr_batch *batch, visitproc visit, void *arg) {
    Py_VISIT(batch->reader);
    Py_VISIT(batch->handles);
    Py_VISIT(batch->valuation_class);
    Py_VISIT(batch->unpriced_class);
    return 0;
}

static void batch_dealloc(tr_batch *batch) {
    PyObject_GC_UnTrack(batch);
    Py_CLEAR(batch->reader);
    Py_CLEAR(batch->handles);
    Py_CLEAR(batch->valuation_class);
    Py_CLEAR(batch->unpriced_class);
    tr_mapping_release(batch->plain_mapping);
    free(batch->copies);
    free(batch->plain);
    free(batch->odd);
    PyObject_GC_Del(batch);
}

PyDoc_STRVAR(value_doc, "value(quantities, *, side='exit', accept=GOOD, max_age_s=None, out=None) -> Valuation\n\n"
                        "What the positions are worth, and which of them could not be priced and why.");

static PyMethodDef batch_methods[] = {
    {"read", (PyCFunction)batch_read, METH_NOARGS,
     "read() -> list[Quote]\n\nOne quote per symbol, in their order; each is a look of its own, as handle.read()."},
    {"value", (PyCFunction)(void (*)(void))tr_batch_value, METH_FASTCALL | METH_KEYWORDS, value_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef batch_getset[] = {
    {"symbols", (getter)get_symbols, NULL, "The symbols, in the order they were given.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PySequenceMethods batch_sequence = {.sq_length = (lenfunc)batch_length};

PyTypeObject tr_batch_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.Batch",
    .tp_doc = "Symbols of one reader in a fixed order, bound once. One thread at a time.",
    .tp_basicsize = sizeof(tr_batch),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_dealloc = (destructor)batch_dealloc,
    .tp_traverse = (traverseproc)batch_traverse,
    .tp_as_sequence = &batch_sequence,
    .tp_methods = batch_methods,
    .tp_getset = batch_getset,
};
