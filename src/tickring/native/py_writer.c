/* Writer: the Python face of writer.h. The caller holds the writer lock on the file descriptor it hands in. */
#include <math.h>
#include <stddef.h>

#include "atomics.h"
#include "clock.h"
#include "histograms.h"
#include "py_core.h"
#include "writer.h"

typedef struct {
    PyObject_HEAD
    tr_mapping *mapping;
    tr_writer writer;
    PyObject *path;
    unsigned fork_generation;
} tr_writer_object;

static const char *path_text(tr_writer_object *self) {
    const char *text = self->path ? PyUnicode_AsUTF8(self->path) : NULL;
    if (text == NULL)
        PyErr_Clear();
    return text ? text : "(segment)";
}

static int check(tr_writer_object *self) {
    if (TR_CHECK_FORK(self) != 0)
        return -1;
    if (self->mapping == NULL) {
        PyErr_SetString(PyExc_ValueError, "the writer is closed");
        return -1;
    }
    return 0;
}

struct tr_writer *tr_writer_of(PyObject *writer_object) {
    tr_writer_object *self = (tr_writer_object *)writer_object;
    return check(self) == 0 ? &self->writer : NULL;
}

static int writer_init(tr_writer_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"path", "fd", "epoch", "pid", "start_ticks", NULL};
    PyObject *path;
    int fd, pid;
    unsigned long long epoch, start_ticks;
    if (self->mapping != NULL) {
        PyErr_SetString(PyExc_TypeError, "this writer is attached already");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "UiKiK:Writer", names, &path, &fd, &epoch, &pid, &start_ticks))
        return -1;
    Py_XSETREF(self->path, Py_NewRef(path));
    self->fork_generation = tr_fork_generation;
    uint32_t version = 0;
    int fault = tr_mapping_from_fd(&self->mapping, fd, &version);
    if (fault != TR_OPEN_OK) {
        self->mapping = NULL;
        tr_raise_open_fault(fault, path_text(self), version);
        return -1;
    }
    const tr_supervisor_line *line = &self->mapping->view.header->supervisor;
    if (epoch == 0 || line->epoch != epoch || line->superseded != 0) {
        tr_raise_segment(
            "SegmentFenced", path_text(self),
            "is at epoch %llu%s, this writer was granted %llu: another writer has taken over; exit and let "
            "the supervisor start the next one",
            (unsigned long long)line->epoch, line->superseded ? " and superseded" : "", epoch);
    } else if (!tr_writer_attach(&self->writer, &self->mapping->view, epoch, pid, start_ticks)) {
        PyErr_NoMemory();
    } else {
        return 0;
    }
    tr_mapping_release(self->mapping);
    self->mapping = NULL;
    return -1;
}

static PyObject *writer_close(tr_writer_object *self, PyObject *unused) {
    (void)unused;
    if (self->mapping != NULL) {
        if (self->fork_generation == tr_fork_generation)
            tr_writer_detach(&self->writer);
        else
            tr_writer_forget(&self->writer); /* a forked child's copy: the line is the parent's */
        tr_mapping_release(self->mapping);
        self->mapping = NULL;
    }
    Py_RETURN_NONE;
}

static void writer_dealloc(tr_writer_object *self) {
    Py_XDECREF(writer_close(self, NULL));
    Py_XDECREF(self->path);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* A slot number that is a symbol's now; -1 with an error set if not. */
static int64_t slot_of(tr_writer_object *self, PyObject *number) {
    if (check(self) != 0)
        return -1;
    unsigned long slot = PyLong_AsUnsignedLong(number);
    if (slot == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    const tr_view *view = &self->writer.view;
    uint32_t generation = slot < view->capacity ? self->writer.staged[slot].record.generation : 0;
    if (generation != 0 && view->controls[slot].generation == generation)
        return (int64_t)slot;
    PyObject *class = tr_error_class("SlotNotActive");
    if (class != NULL)
        PyErr_Format(class, "slot %lu belongs to no symbol (retired, or never added): add the symbol again", slot);
    return -1;
}

static PyObject *writer_add(tr_writer_object *self, PyObject *symbol) {
    Py_ssize_t bytes;
    const char *key = check(self) == 0 ? tr_symbol_key(symbol, &bytes) : NULL;
    if (key == NULL)
        return NULL;
    tr_binding binding;
    tr_add_status status = tr_writer_add(&self->writer, key, (size_t)bytes, &binding);
    if (status == TR_ADD_OK || status == TR_ADD_EXISTS)
        return PyLong_FromUnsignedLong(binding.slot);
    PyObject *class = tr_error_class("DirectoryFull"), *error = NULL, *message = NULL, *args = NULL, *keywords = NULL;
    if (class != NULL)
        message = PyUnicode_FromFormat(
            status == TR_ADD_NO_SLOT
                ? "all %u slots are in use, no room for %R: retire symbols, or let the supervisor "
                  "make a larger segment"
                : "the directory has seen too many different symbols for its %u slots, no room for "
                  "%R: let the supervisor make a new segment",
            self->writer.view.capacity, symbol);
    if (message != NULL && (args = PyTuple_Pack(1, message)) != NULL &&
        (keywords = Py_BuildValue("{sOsO}", "path", self->path, "symbol", symbol)) != NULL)
        error = PyObject_Call(class, args, keywords);
    if (error != NULL)
        PyErr_SetObject(class, error);
    Py_XDECREF(message);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    Py_XDECREF(error);
    return NULL;
}

static PyObject *writer_retire(tr_writer_object *self, PyObject *symbol) {
    Py_ssize_t bytes;
    const char *key = check(self) == 0 ? tr_symbol_key(symbol, &bytes) : NULL;
    if (key == NULL)
        return NULL;
    return PyBool_FromLong(tr_writer_retire(&self->writer, key, (size_t)bytes));
}

static PyObject *writer_begin(tr_writer_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"", "keep_last_known", NULL};
    PyObject *number;
    int keep = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$p:begin", names, &number, &keep))
        return NULL;
    int64_t slot = slot_of(self, number);
    if (slot < 0)
        return NULL;
    tr_writer_begin(&self->writer, (uint32_t)slot, keep);
    Py_RETURN_NONE;
}

#define TICK_FIELDS_MAX 16

static int change_from(PyObject *field, PyObject *value, tr_change *change) {
    change->field = tr_word_number(TR_WORDS_FIELD, field, -1);
    if (change->field < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "None is no Field");
        return -1;
    }
    if (PyFloat_CheckExact(value)) {
        change->value = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    change->value = value == Py_None ? NAN : PyFloat_AsDouble(value);
    return change->value == -1.0 && PyErr_Occurred() ? -1 : 0;
}

PyDoc_STRVAR(
    tick_doc,
    "tick(slot, ts_recv_ns, field, value, ...) -> int\n\n"
    "One message of the source: pairs of Field and value (None and IB's unset values are absent). Publishes one "
    "record if anything\nchanged and returns its sequence, else 0. Vouches for the symbol either way.");

static PyObject *writer_tick(tr_writer_object *self, PyObject *const *args, Py_ssize_t count) {
    if (count < 4 || count % 2 != 0 || count > 2 + 2 * TICK_FIELDS_MAX) {
        PyErr_SetString(PyExc_TypeError,
                        "tick(slot, ts_recv_ns, field, value, ...): pairs of field and value expected");
        return NULL;
    }
    long long ts_recv_ns = PyLong_AsLongLong(args[1]);
    if (ts_recv_ns == -1 && PyErr_Occurred())
        return NULL;
    tr_change changes[TICK_FIELDS_MAX];
    size_t length = 0;
    for (Py_ssize_t i = 2; i < count; i += 2, length++)
        if (change_from(args[i], args[i + 1], &changes[length]) != 0)
            return NULL;
    int64_t slot = slot_of(self, args[0]); /* last: all of the above may run Python code, which may close this */
    if (slot < 0)
        return NULL;
    return PyLong_FromUnsignedLongLong(tr_writer_tick(&self->writer, (uint32_t)slot, ts_recv_ns, changes, length));
}

PyDoc_STRVAR(
    set_state_doc,
    "set_state(slot, *, state=None, source=None, data_type=None, is_halted=None, publish=True) -> int\n\n"
    "Stages the words (None = as before). With publish, a change becomes a state-only record at once; without, it "
    "rides on the\nnext tick, so that price and state become visible together.");

static PyObject *writer_set_state(tr_writer_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"", "state", "source", "data_type", "is_halted", "publish", NULL};
    PyObject *number, *state = NULL, *source = NULL, *data_type = NULL, *halted = NULL;
    int publish = 1;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$OOOOp:set_state", names, &number, &state, &source, &data_type,
                                     &halted, &publish))
        return NULL;
    int state_number = tr_word_number(TR_WORDS_STATE, state, -1);
    int source_number = tr_word_number(TR_WORDS_SOURCE, source, -1);
    int data_type_number = tr_word_number(TR_WORDS_DATA_TYPE, data_type, -1);
    int is_halted = halted == NULL || halted == Py_None ? -1 : PyObject_IsTrue(halted);
    if (PyErr_Occurred())
        return NULL;
    int64_t slot = slot_of(self, number); /* last, as in tick */
    if (slot < 0)
        return NULL;
    return PyLong_FromUnsignedLongLong(tr_writer_set_state(&self->writer, (uint32_t)slot, state_number, source_number,
                                                           data_type_number, is_halted, publish));
}

static PyObject *writer_vouch(tr_writer_object *self, PyObject *number) {
    int64_t slot = slot_of(self, number);
    if (slot < 0)
        return NULL;
    tr_writer_vouch(&self->writer, (uint32_t)slot, tr_boot_ns());
    Py_RETURN_NONE;
}

static PyObject *writer_vouched_ns(tr_writer_object *self, PyObject *number) {
    int64_t slot = slot_of(self, number);
    if (slot < 0)
        return NULL;
    return PyLong_FromLongLong(TR_LOAD_RELAXED(&self->writer.view.controls[slot].vouched_ns));
}

static PyObject *writer_commit(tr_writer_object *self, PyObject *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    if (tr_writer_commit(&self->writer))
        Py_RETURN_NONE;
    return tr_raise_segment("SegmentFenced", path_text(self),
                            "epoch %llu is over, another writer has taken this segment: exit without writing more",
                            (unsigned long long)self->writer.epoch);
}

static PyObject *writer_measured(tr_writer_object *self, PyObject *const *args, Py_ssize_t count) {
    int64_t ns[TR_HISTOGRAMS_USED];
    if (check(self) != 0)
        return NULL;
    if (count != TR_HISTOGRAMS_USED)
        return PyErr_Format(PyExc_TypeError, "measured() takes %d durations", TR_HISTOGRAMS_USED);
    for (int i = 0; i < TR_HISTOGRAMS_USED; i++) {
        ns[i] = PyLong_AsLongLong(args[i]);
        if (ns[i] == -1 && PyErr_Occurred())
            return NULL;
    }
    for (int i = 0; i < TR_HISTOGRAMS_USED; i++)
        tr_histogram_add(&self->writer.view.header->histograms[i], ns[i]);
    Py_RETURN_NONE;
}

static PyObject *writer_heartbeat(tr_writer_object *self, PyObject *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    tr_writer_heartbeat(&self->writer, tr_boot_ns());
    Py_RETURN_NONE;
}

static PyObject *writer_set_line(tr_writer_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"state", "connection", "api_mode", NULL};
    PyObject *state = NULL, *connection = NULL, *api_mode = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|$OOO:set_line", names, &state, &connection, &api_mode))
        return NULL;
    int state_number = tr_word_number(TR_WORDS_RUN_STATE, state, -1);
    int connection_number = tr_word_number(TR_WORDS_CONNECTION, connection, -1);
    int mode_number = tr_word_number(TR_WORDS_API_MODE, api_mode, -1);
    if (PyErr_Occurred() || check(self) != 0)
        return NULL;
    tr_writer_set_line(&self->writer, state_number, connection_number, mode_number);
    Py_RETURN_NONE;
}

static PyObject *get_epoch(tr_writer_object *self, void *unused) {
    (void)unused;
    return PyLong_FromUnsignedLongLong(self->writer.epoch);
}

static PyObject *get_active(tr_writer_object *self, void *unused) {
    (void)unused;
    return PyLong_FromUnsignedLong(self->writer.pool.active);
}

static PyMethodDef writer_methods[] = {
    {"add", (PyCFunction)writer_add, METH_O, "add(symbol) -> int\n\nThe symbol's slot; a new one starts empty."},
    {"retire", (PyCFunction)writer_retire, METH_O,
     "retire(symbol) -> bool\n\nTakes the symbol out; its handles read `missing` at once. False if it was not in."},
    {"begin", (PyCFunction)(void (*)(void))writer_begin, METH_VARARGS | METH_KEYWORDS,
     "begin(slot, *, keep_last_known=False) -> None\n\nA new subscription: starts from an empty quote, unvouched. "
     "keep_last_known leaves the old\nvalues visible, marked stale, until the first tick."},
    {"tick", (PyCFunction)(void (*)(void))writer_tick, METH_FASTCALL, tick_doc},
    {"set_state", (PyCFunction)(void (*)(void))writer_set_state, METH_VARARGS | METH_KEYWORDS, set_state_doc},
    {"vouch", (PyCFunction)writer_vouch, METH_O, "vouch(slot) -> None\n\nThe feed proved itself for this symbol now."},
    {"vouched_ns", (PyCFunction)writer_vouched_ns, METH_O,
     "vouched_ns(slot) -> int\n\nCLOCK_BOOTTIME of the newest tick, by whichever lane, or `vouch`; 0: none since "
     "`begin`."},
    {"commit", (PyCFunction)writer_commit, METH_NOARGS,
     "commit() -> None\n\nEnds a batch: wakes readers. Raises SegmentFenced when this writer's epoch is over."},
    {"measured", (PyCFunction)(void (*)(void))writer_measured, METH_FASTCALL,
     "measured(decode_ns, wake_ns, wire_to_visible_ns) -> None\n\nCounts the durations of one read and its batch."},
    {"heartbeat", (PyCFunction)writer_heartbeat, METH_NOARGS, "heartbeat() -> None\n\nStamps that the loop turns."},
    {"set_line", (PyCFunction)(void (*)(void))writer_set_line, METH_VARARGS | METH_KEYWORDS,
     "set_line(*, state=None, connection=None, api_mode=None) -> None\n\nWhat the feeder says of itself. A change of "
     "api_mode empties every quote first."},
    {"close", (PyCFunction)writer_close, METH_NOARGS,
     "close() -> None\n\nUnmaps. The lock is the caller's. Idempotent."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef writer_getset[] = {
    {"epoch", (getter)get_epoch, NULL, "The life of the segment's writer that this one is.", NULL},
    {"active_symbols", (getter)get_active, NULL, "How many symbols are in.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject tr_writer_object_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.Writer",
    .tp_doc = "Writer(path, fd, epoch, pid, start_ticks)\n--\n\nThe one writer of a segment; one thread only.",
    .tp_basicsize = sizeof(tr_writer_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)writer_init,
    .tp_dealloc = (destructor)writer_dealloc,
    .tp_methods = writer_methods,
    .tp_getset = writer_getset,
};
