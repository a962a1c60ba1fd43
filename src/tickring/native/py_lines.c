/* The supervisor's and the children's own lines of the header page: they map that page only. */
#include <stddef.h>
#include <sys/mman.h>

#include "atomics.h"
#include "clock.h"
#include "counters.h"
#include "py_core.h"

typedef struct {
    PyObject_HEAD
    tr_header *header;
    unsigned number; /* of a child's line */
    unsigned fork_generation;
} tr_line_object;

static int map_header(tr_line_object *self, int fd) {
    if (self->header != NULL) {
        PyErr_SetString(PyExc_TypeError, "this line is open already");
        return -1;
    }
    /* The descriptor was checked by whoever opened it (segment_file.open_checked). */
    void *page = mmap(NULL, TR_HEADER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    self->header = page;
    self->fork_generation = tr_fork_generation;
    return 0;
}

static int check(tr_line_object *self) {
    if (TR_CHECK_FORK(self) != 0)
        return -1;
    if (self->header == NULL) {
        PyErr_SetString(PyExc_ValueError, "the line is closed");
        return -1;
    }
    return 0;
}

static PyObject *line_close(tr_line_object *self, PyObject *unused) {
    (void)unused;
    if (self->header != NULL)
        munmap(self->header, TR_HEADER_BYTES);
    self->header = NULL;
    Py_RETURN_NONE;
}

static void line_dealloc(tr_line_object *self) {
    Py_XDECREF(line_close(self, NULL));
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* ---- supervisor ---- */

static int supervisor_init(tr_line_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"fd", "pid", "start_ticks", NULL};
    int fd, pid;
    unsigned long long start_ticks;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "iiK:SupervisorLine", names, &fd, &pid, &start_ticks) ||
        map_header(self, fd) != 0)
        return -1;
    tr_supervisor_line *line = &self->header->supervisor;
    TR_STORE_RELAXED(&line->pid, pid);
    TR_STORE_RELAXED(&line->start_ticks, (uint64_t)start_ticks);
    TR_STORE_RELEASE(&line->heartbeat_ns, tr_boot_ns());
    return 0;
}

PyDoc_STRVAR(supervisor_set_doc,
             "set(*, state=None, api_mode=None, heartbeat_limit_ns=None, vouch_limit_ns=None) -> None\n\n"
             "What the supervisor says of the feed; None = as before.");

static PyObject *supervisor_set(tr_line_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"state", "api_mode", "heartbeat_limit_ns", "vouch_limit_ns", NULL};
    PyObject *state = NULL, *api_mode = NULL, *heartbeat = NULL, *vouch = NULL;
    if (check(self) != 0 ||
        !PyArg_ParseTupleAndKeywords(args, keywords, "|$OOOO:set", names, &state, &api_mode, &heartbeat, &vouch))
        return NULL;
    int state_number = tr_word_number(TR_WORDS_RUN_STATE, state, -1);
    int mode_number = tr_word_number(TR_WORDS_API_MODE, api_mode, -1);
    long long heartbeat_ns = heartbeat == NULL || heartbeat == Py_None ? -1 : PyLong_AsLongLong(heartbeat);
    long long vouch_ns = vouch == NULL || vouch == Py_None ? -1 : PyLong_AsLongLong(vouch);
    if (PyErr_Occurred())
        return NULL;
    tr_supervisor_line *line = &self->header->supervisor;
    if (heartbeat_ns >= 0)
        TR_STORE_RELAXED(&line->heartbeat_limit_ns, (int64_t)heartbeat_ns);
    if (vouch_ns >= 0)
        TR_STORE_RELAXED(&line->vouch_limit_ns, (int64_t)vouch_ns);
    if (mode_number >= 0)
        TR_STORE_RELEASE(&line->api_mode, (uint32_t)mode_number);
    if (state_number >= 0 && (uint32_t)state_number != TR_LOAD_RELAXED(&line->state)) {
        TR_STORE_RELAXED(&line->since_ns, tr_wall_ns());
        TR_STORE_RELEASE(&line->state, (uint32_t)state_number);
        TR_COUNT(&self->header->supervisor_counters[TR_SCOUNTER_STATE_CHANGES], 1);
    }
    Py_RETURN_NONE;
}

static PyObject *supervisor_grant_epoch(tr_line_object *self, PyObject *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    uint64_t *epoch = &self->header->supervisor.epoch;
    uint64_t granted = TR_LOAD_RELAXED(epoch) + 1;
    /* Above whatever a feeder has ever called itself here: epochs only grow. */
    if (granted <= TR_LOAD_RELAXED(&self->header->feeder.epoch))
        granted = TR_LOAD_RELAXED(&self->header->feeder.epoch) + 1;
    TR_STORE_RELEASE(epoch, granted);
    TR_COUNT(&self->header->supervisor_counters[TR_SCOUNTER_EPOCHS], 1);
    return PyLong_FromUnsignedLongLong(granted);
}

static PyObject *supervisor_supersede(tr_line_object *self, PyObject *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    TR_STORE_RELEASE(&self->header->supervisor.superseded, 1u);
    Py_RETURN_NONE;
}

static PyObject *supervisor_count_kill(tr_line_object *self, PyObject *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    TR_COUNT(&self->header->supervisor_counters[TR_SCOUNTER_KILLS], 1);
    Py_RETURN_NONE;
}

static PyObject *supervisor_heartbeat(tr_line_object *self, PyObject *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    TR_STORE_RELEASE(&self->header->supervisor.heartbeat_ns, tr_boot_ns());
    Py_RETURN_NONE;
}

static PyObject *get_epoch(tr_line_object *self, void *unused) {
    (void)unused;
    return check(self) != 0 ? NULL : PyLong_FromUnsignedLongLong(TR_LOAD_ACQUIRE(&self->header->supervisor.epoch));
}

static PyObject *get_superseded(tr_line_object *self, void *unused) {
    (void)unused;
    return check(self) != 0 ? NULL : PyBool_FromLong(TR_LOAD_ACQUIRE(&self->header->supervisor.superseded) != 0);
}

static PyObject *get_feeder(tr_line_object *self, void *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    const tr_feeder_line *feeder = &self->header->feeder;
    return Py_BuildValue("(iK)", (int)TR_LOAD_RELAXED(&feeder->pid),
                         (unsigned long long)TR_LOAD_RELAXED(&feeder->start_ticks));
}

static PyObject *get_feeder_epoch(tr_line_object *self, void *unused) {
    (void)unused;
    return check(self) != 0 ? NULL : PyLong_FromUnsignedLongLong(TR_LOAD_ACQUIRE(&self->header->feeder.epoch));
}

static PyObject *get_geometry(tr_line_object *self, void *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    const tr_identity *identity = &self->header->identity;
    return Py_BuildValue("(IIK)", identity->capacity, identity->depth, (unsigned long long)identity->segment_bytes);
}

static PyMethodDef supervisor_methods[] = {
    {"set", (PyCFunction)(void (*)(void))supervisor_set, METH_VARARGS | METH_KEYWORDS, supervisor_set_doc},
    {"grant_epoch", (PyCFunction)supervisor_grant_epoch, METH_NOARGS,
     "grant_epoch() -> int\n\nRaises the epoch: the writer before is fenced from here on."},
    {"supersede", (PyCFunction)supervisor_supersede, METH_NOARGS,
     "supersede() -> None\n\nSays that a newer file stands at the path; readers move."},
    {"count_kill", (PyCFunction)supervisor_count_kill, METH_NOARGS, "count_kill() -> None"},
    {"heartbeat", (PyCFunction)supervisor_heartbeat, METH_NOARGS, "heartbeat() -> None"},
    {"close", (PyCFunction)line_close, METH_NOARGS, "close() -> None\n\nUnmaps the page. Idempotent."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef supervisor_getset[] = {
    {"epoch", (getter)get_epoch, NULL, "The epoch granted last.", NULL},
    {"superseded", (getter)get_superseded, NULL, "Whether supersede() was called on this segment.", NULL},
    {"feeder", (getter)get_feeder, NULL, "(pid, start_ticks) of the feeder's line; zeros before the first.", NULL},
    {"feeder_epoch", (getter)get_feeder_epoch, NULL, "The epoch the feeder's line was written in.", NULL},
    {"geometry", (getter)get_geometry, NULL, "(capacity, depth, segment_bytes) of this segment.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject tr_supervisor_line_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.SupervisorLine",
    .tp_doc = "SupervisorLine(fd, pid, start_ticks)\n--\n\nFor the holder of the supervisor lock only.",
    .tp_basicsize = sizeof(tr_line_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)supervisor_init,
    .tp_dealloc = (destructor)line_dealloc,
    .tp_methods = supervisor_methods,
    .tp_getset = supervisor_getset,
};

/* ---- children ---- */

static int child_init(tr_line_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"fd", "number", "name", "pid", "start_ticks", NULL};
    int fd, pid;
    unsigned number;
    const char *name;
    Py_ssize_t bytes;
    unsigned long long start_ticks;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "iIs#iK:ChildLine", names, &fd, &number, &name, &bytes, &pid,
                                     &start_ticks))
        return -1;
    if (number >= TR_CHILD_LINES || bytes < 1 || bytes >= (Py_ssize_t)TR_CHILD_NAME_BYTES ||
        memchr(name, 0, (size_t)bytes) != NULL) {
        PyErr_Format(PyExc_ValueError, "child line %u named %R: the number must be below %u, the name 1-%u bytes",
                     number, PyTuple_GET_SIZE(args) > 2 ? PyTuple_GET_ITEM(args, 2) : Py_None, TR_CHILD_LINES,
                     TR_CHILD_NAME_BYTES - 1);
        return -1;
    }
    if (map_header(self, fd) != 0)
        return -1;
    self->number = number;
    tr_child_line *line = &self->header->children[number];
    memset(line->name, 0, sizeof line->name);
    memcpy(line->name, name, (size_t)bytes);
    TR_STORE_RELAXED(&line->pid, pid);
    TR_STORE_RELAXED(&line->start_ticks, (uint64_t)start_ticks);
    TR_STORE_RELAXED(&line->state, (uint32_t)TR_RUN_STARTING);
    TR_STORE_RELAXED(&line->since_ns, tr_wall_ns());
    TR_STORE_RELEASE(&line->heartbeat_ns, tr_boot_ns());
    return 0;
}

static PyObject *child_set_state(tr_line_object *self, PyObject *word) {
    int number = check(self) != 0 ? -1 : tr_word_number(TR_WORDS_RUN_STATE, word, -1);
    if (number < 0)
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "None is no RunState");
    tr_child_line *line = &self->header->children[self->number];
    TR_STORE_RELAXED(&line->since_ns, tr_wall_ns());
    TR_STORE_RELEASE(&line->state, (uint32_t)number);
    Py_RETURN_NONE;
}

static PyObject *child_heartbeat(tr_line_object *self, PyObject *unused) {
    (void)unused;
    if (check(self) != 0)
        return NULL;
    TR_STORE_RELEASE(&self->header->children[self->number].heartbeat_ns, tr_boot_ns());
    Py_RETURN_NONE;
}

static PyMethodDef child_methods[] = {
    {"set_state", (PyCFunction)child_set_state, METH_O, "set_state(state) -> None"},
    {"heartbeat", (PyCFunction)child_heartbeat, METH_NOARGS, "heartbeat() -> None"},
    {"close", (PyCFunction)line_close, METH_NOARGS, "close() -> None\n\nUnmaps the page. Idempotent."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject tr_child_line_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.ChildLine",
    .tp_doc = "ChildLine(fd, number, name, pid, start_ticks)\n--\n\nFor the holder of that child's lock byte only.",
    .tp_basicsize = sizeof(tr_line_object),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)child_init,
    .tp_dealloc = (destructor)line_dealloc,
    .tp_methods = child_methods,
};
