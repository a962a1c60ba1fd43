/* TickLane: the Python face of tick_lane.h. The tables come from Python, so that they stand in one place only. */
#include <limits.h>
#include <stddef.h>

#include "clock.h"
#include "lane_pump.h"
#include "py_core.h"

typedef struct {
    PyObject_HEAD
    PyObject *writer;
    tr_tick_lane lane;
} tr_tick_lane_object;

/* ---- the tables ------------------------------------------------------------------------------------------------ */

static int tick_type_of(PyObject *number) {
    long type = PyLong_AsLong(number);
    if (type >= 0 && type < TR_TICK_TYPES)
        return (int)type;
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "tick type %ld: must be 0 to %d", type, TR_TICK_TYPES - 1);
    return -1;
}

static int fill_prices(tr_tick_meaning *meaning, PyObject *prices) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(prices, &at, &key, &value)) {
        int type = tick_type_of(key), field = type < 0 ? -1 : tr_word_number(TR_WORDS_FIELD, value, -1);
        if (field < 0)
            return -1;
        meaning->price[type] = (int8_t)field;
    }
    return 0;
}

static int fill_sizes(tr_tick_meaning *meaning, PyObject *sizes, PyObject *shares) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(sizes, &at, &key, &value)) {
        int type = tick_type_of(key), field = type < 0 ? -1 : tr_word_number(TR_WORDS_FIELD, value, -1);
        PyObject *unit = field < 0 ? NULL : PyDict_GetItemWithError(shares, key);
        double number = unit == NULL ? -1.0 : PyFloat_AsDouble(unit);
        if (!(number > 0.0)) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_ValueError, "tick type %d is a size, but its unit is not in `shares`", type);
            return -1;
        }
        meaning->size[type] = (int8_t)field;
        meaning->shares[type] = number;
    }
    return 0;
}

static int fill_size_of(tr_tick_meaning *meaning, PyObject *size_of) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(size_of, &at, &key, &value)) {
        int type = tick_type_of(key), size = type < 0 ? -1 : tick_type_of(value);
        if (size < 0)
            return -1;
        meaning->size_of[type] = (int16_t)size;
    }
    return 0;
}

static int fill_flags(bool *flags, PyObject *types) {
    PyObject *iterator = PyObject_GetIter(types), *number;
    while (iterator != NULL && (number = PyIter_Next(iterator)) != NULL) {
        int type = tick_type_of(number);
        Py_DECREF(number);
        if (type >= 0)
            flags[type] = true;
        else
            break;
    }
    Py_XDECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

/* ---- the object ------------------------------------------------------------------------------------------------ */

static int lane_init(tr_tick_lane_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"writer",     "prices", "sizes",       "shares",          "size_of", "delayed",
                            "timestamps", "halted", "has_raw_ids", "sizes_are_whole", NULL};
    PyObject *writer, *prices, *sizes, *shares, *size_of, *delayed, *timestamps, *halted;
    int has_raw_ids, sizes_are_whole;
    if (self->writer != NULL) {
        PyErr_SetString(PyExc_TypeError, "this lane is made already");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!$O!O!O!O!OOOpp:TickLane", names, &tr_writer_object_type,
                                     &writer, &PyDict_Type, &prices, &PyDict_Type, &sizes, &PyDict_Type, &shares,
                                     &PyDict_Type, &size_of, &delayed, &timestamps, &halted, &has_raw_ids,
                                     &sizes_are_whole))
        return -1;
    tr_tick_meaning *meaning = &self->lane.meaning;
    *meaning = (tr_tick_meaning){0};
    for (unsigned i = 0; i < TR_TICK_TYPES; i++)
        meaning->price[i] = meaning->size[i] = -1, meaning->size_of[i] = -1;
    if (fill_prices(meaning, prices) != 0 || fill_sizes(meaning, sizes, shares) != 0 ||
        fill_size_of(meaning, size_of) != 0 || fill_flags(meaning->is_delayed, delayed) != 0 ||
        fill_flags(meaning->is_timestamp, timestamps) != 0 || fill_flags(meaning->is_halted, halted) != 0)
        return -1;
    self->lane.has_raw_ids = has_raw_ids;
    self->lane.sizes_are_whole = sizes_are_whole;
    if (!tr_lane_requests_init(&self->lane.requests)) {
        PyErr_NoMemory();
        return -1;
    }
    self->writer = Py_NewRef(writer);
    return 0;
}

static void lane_dealloc(tr_tick_lane_object *self) {
    tr_lane_requests_free(&self->lane.requests);
    Py_XDECREF(self->writer);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* The writer behind the lane; NULL with an error set. */
static tr_writer *writer_of(tr_tick_lane_object *self) {
    if (self->writer != NULL)
        return tr_writer_of(self->writer);
    PyErr_SetString(PyExc_ValueError, "this lane was never made");
    return NULL;
}

PyDoc_STRVAR(admit_doc, "admit(req_id, slot, *, takes_delayed) -> None\n\nTake the ticks of this request from now on.");

static PyObject *lane_admit(tr_tick_lane_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"", "", "takes_delayed", NULL};
    long long req_id, slot;
    int takes_delayed;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "LL$p:admit", names, &req_id, &slot, &takes_delayed))
        return NULL;
    tr_writer *writer = writer_of(self);
    if (writer == NULL)
        return NULL;
    if (req_id < 0 || req_id > UINT32_MAX)
        return PyErr_Format(PyExc_ValueError, "request id %lld: must be 0 to %u", req_id, UINT32_MAX);
    bool is_slot = slot >= 0 && slot < (long long)writer->view.capacity;
    uint32_t generation = is_slot ? writer->staged[slot].record.generation : 0;
    if (generation == 0 || writer->view.controls[slot].generation != generation) {
        PyObject *class = tr_error_class("SlotNotActive");
        if (class != NULL)
            PyErr_Format(class, "slot %lld belongs to no symbol (retired, or never added): add the symbol again", slot);
        return NULL;
    }
    tr_lane_request request = {(uint32_t)req_id, (uint32_t)slot, generation, takes_delayed};
    if (!tr_lane_requests_put(&self->lane.requests, request))
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *lane_dismiss(tr_tick_lane_object *self, PyObject *number) {
    long long req_id = PyLong_AsLongLong(number);
    if (req_id == -1 && PyErr_Occurred())
        return NULL;
    if (self->writer == NULL || req_id < 0 || req_id > UINT32_MAX)
        Py_RETURN_FALSE;
    return PyBool_FromLong(tr_lane_requests_remove(&self->lane.requests, (uint32_t)req_id));
}

static PyObject *lane_clear(tr_tick_lane_object *self, PyObject *unused) {
    (void)unused;
    if (self->writer != NULL)
        tr_lane_requests_clear(&self->lane.requests);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(run_doc,
             "run(buffer, start, stop, ts_recv_ns) -> int\n\n"
             "Publish the ticks of the frames in buffer[start:stop]; return where the first frame begins that is not "
             "taken here or not\ncomplete. Commit afterwards.");

static PyObject *lane_run(tr_tick_lane_object *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "run(buffer, start, stop, ts_recv_ns)");
        return NULL;
    }
    Py_ssize_t start = PyLong_AsSsize_t(args[1]), stop = PyLong_AsSsize_t(args[2]);
    long long ts_recv_ns = PyLong_AsLongLong(args[3]);
    Py_buffer buffer;
    if (PyErr_Occurred() || PyObject_GetBuffer(args[0], &buffer, PyBUF_SIMPLE) != 0)
        return NULL;
    PyObject *end = NULL;
    tr_writer *writer = writer_of(self); /* last: all of the above may run Python code, which may close it */
    if (start < 0 || start > stop || stop > buffer.len)
        PyErr_Format(PyExc_ValueError, "from %zd to %zd: not in a buffer of %zd bytes", start, stop, buffer.len);
    else if (writer != NULL)
        end = PyLong_FromSize_t(
            tr_tick_lane_run(&self->lane, writer, buffer.buf, (size_t)start, (size_t)stop, ts_recv_ns));
    PyBuffer_Release(&buffer);
    return end;
}

PyDoc_STRVAR(
    pump_doc,
    "pump(epoll_fd, socket_fd, buffer, start, stop, receive_bytes, until_ns) -> tuple[str, int, int]\n\n"
    "Wait for the socket until CLOCK_MONOTONIC `until_ns` and publish what it brings, read after read, readers "
    "told after each.\nReturn why it ended - due, other, message, closed, fenced, signal - and where in the "
    "buffer bytes lie that are not taken.\nRaises OSError where the connection is broken. The GIL is free "
    "while it waits.");

static const char *const pump_words[] = {
#define X(name, word) word,
    TR_PUMP_TABLE(X)
#undef X
};

static tr_pump_end pump_on(tr_tick_lane_object *self, tr_pump *pump) {
    tr_pump_end end;
    do {
        Py_BEGIN_ALLOW_THREADS;
        end = tr_pump_wait(pump, &self->lane);
        Py_END_ALLOW_THREADS;
        if (end != TR_PUMP_BYTES)
            return end;
        tr_writer *writer = writer_of(self); /* anew: another thread may have closed it meanwhile */
        if (writer == NULL)
            return TR_PUMP_BROKEN;
        end = tr_pump_take(pump, &self->lane, writer);
    } while (end == TR_PUMP_DUE && tr_monotonic_ns() < pump->until_ns);
    return end;
}

static PyObject *lane_pump(tr_tick_lane_object *self, PyObject *const *args, Py_ssize_t count) {
    long long number[6] = {0};
    if (count != 7) {
        PyErr_SetString(PyExc_TypeError, "pump(epoll_fd, socket_fd, buffer, start, stop, receive_bytes, until_ns)");
        return NULL;
    }
    for (int i = 0, at = 0; i < 7; i++)
        if (i != 2 && (number[at++] = PyLong_AsLongLong(args[i])) == -1 && PyErr_Occurred())
            return NULL;
    long long epoll_fd = number[0], socket_fd = number[1], start = number[2], stop = number[3], most = number[4];
    Py_buffer buffer;
    if (PyObject_GetBuffer(args[2], &buffer, PyBUF_WRITABLE) != 0)
        return NULL;
    PyObject *ended = NULL;
    if (start < 0 || start > stop || stop > buffer.len)
        PyErr_Format(PyExc_ValueError, "from %lld to %lld: not in a buffer of %zd bytes", start, stop, buffer.len);
    else if (epoll_fd < 0 || epoll_fd > INT_MAX || socket_fd < 0 || socket_fd > INT_MAX || most < 1)
        PyErr_Format(PyExc_ValueError, "descriptors %lld and %lld, %lld bytes at once: must be open, at least 1",
                     epoll_fd, socket_fd, most);
    else if (writer_of(self) != NULL) {
        tr_pump pump = {(int)epoll_fd, (int)socket_fd, buffer.buf,   (size_t)buffer.len,
                        (size_t)start, (size_t)stop,   (size_t)most, number[5]};
        tr_pump_end end = pump_on(self, &pump);
        if (end == TR_PUMP_SIGNAL && PyErr_CheckSignals() != 0)
            ended = NULL;
        else if (end != TR_PUMP_BROKEN)
            ended = Py_BuildValue("snn", pump_words[end], (Py_ssize_t)pump.start, (Py_ssize_t)pump.stop);
        else if (!PyErr_Occurred())
            PyErr_SetFromErrno(PyExc_OSError);
    }
    PyBuffer_Release(&buffer);
    return ended;
}

static PyMethodDef lane_methods[] = {
    {"admit", (PyCFunction)(void (*)(void))lane_admit, METH_VARARGS | METH_KEYWORDS, admit_doc},
    {"dismiss", (PyCFunction)lane_dismiss, METH_O,
     "dismiss(req_id) -> bool\n\nLeave the ticks of this request alone from now on. False: it did so anyway."},
    {"clear", (PyCFunction)lane_clear, METH_NOARGS, "clear() -> None\n\nDismiss all."},
    {"run", (PyCFunction)(void (*)(void))lane_run, METH_FASTCALL, run_doc},
    {"pump", (PyCFunction)(void (*)(void))lane_pump, METH_FASTCALL, pump_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef lane_members[] = {
    {"messages", T_ULONGLONG, offsetof(tr_tick_lane_object, lane.messages), READONLY, "Taken since the start."},
    {"prices", T_ULONGLONG, offsetof(tr_tick_lane_object, lane.prices), READONLY, "Of those: with a price above 0."},
    {"price_ns", T_LONGLONG, offsetof(tr_tick_lane_object, lane.price_ns), READONLY,
     "CLOCK_MONOTONIC after the newest run that took a price; 0: none."},
    {"heard_ns", T_LONGLONG, offsetof(tr_tick_lane_object, lane.heard_ns), READONLY,
     "CLOCK_MONOTONIC before `pump` received its newest bytes; 0: it has received none."},
    {"ts_recv_ns", T_LONGLONG, offsetof(tr_tick_lane_object, lane.ts_recv_ns), READONLY,
     "CLOCK_REALTIME of that moment."},
    {"requests", T_UINT, offsetof(tr_tick_lane_object, lane.requests.count), READONLY, "How many are admitted."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject tr_tick_lane_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.TickLane",
    .tp_doc = "TickLane(writer, *, prices, sizes, shares, size_of, delayed, timestamps, halted, has_raw_ids, "
              "sizes_are_whole)\n--\n\n"
              "From the gateway's bytes to the segment for the ticks of admitted requests; the writer's thread only.",
    .tp_basicsize = sizeof(tr_tick_lane_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)lane_init,
    .tp_dealloc = (destructor)lane_dealloc,
    .tp_methods = lane_methods,
    .tp_members = lane_members,
};
