/* Follower: every record of some symbols in order, and exactly how many were missed. Never slows the writer. */
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "py_core.h"
#include "ring_reader.h"
#include "wake.h"

typedef struct {
    tr_mapping *mapping; /* what `next` counts in; owned, so that a later mapping cannot have its address */
    tr_binding binding;
    bool is_bound;
    bool has_told; /* something was delivered for this symbol, its judgement is `told` */
    tr_judgement told;
    uint64_t next; /* sequence to deliver next */
} follow_place;

typedef struct {
    PyObject_HEAD
    tr_reader *reader;
    PyObject *handles;
    follow_place *places;
    uint64_t missed;
    uint32_t bits; /* wake bits of the symbols bound now; all bits while one is unbound */
} tr_follower;

PyObject *tr_follower_new(tr_reader *reader, PyObject *symbols) {
    PyObject *handles = tr_handles_for(reader, symbols);
    if (handles == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(handles) == 0) {
        Py_DECREF(handles);
        PyErr_SetString(PyExc_ValueError, "no symbols to follow");
        return NULL;
    }
    tr_follower *follower = PyObject_GC_New(tr_follower, &tr_follower_type);
    if (follower == NULL) {
        Py_DECREF(handles);
        return NULL;
    }
    follower->reader = (tr_reader *)Py_NewRef((PyObject *)reader);
    follower->handles = handles;
    follower->places = calloc((size_t)PyTuple_GET_SIZE(handles), sizeof *follower->places);
    follower->missed = 0;
    follower->bits = UINT32_MAX;
    PyObject_GC_Track((PyObject *)follower);
    if (follower->places == NULL) {
        Py_DECREF(follower);
        return PyErr_NoMemory();
    }
    return (PyObject *)follower;
}

static tr_handle *handle_at(const tr_follower *follower, Py_ssize_t i) {
    return (tr_handle *)PyTuple_GET_ITEM(follower->handles, i);
}

static bool same_judgement(tr_judgement a, tr_judgement b) { return a.verdict == b.verdict && a.reason == b.reason; }

/* Whether the place still counts in what the handle is bound to. A new use of a slot, another slot or another segment
 * starts counting anew: what was missed across such a break is no number of ticks of this subscription. */
static bool still_there(const follow_place *place, const tr_handle *handle) {
    return place->mapping == handle->mapping && place->is_bound == handle->is_bound &&
           (!handle->is_bound ||
            (place->binding.slot == handle->binding.slot && place->binding.generation == handle->binding.generation));
}

/* Looks at the newest and says whether this symbol has anything to deliver. */
static bool place_has_news(follow_place *place, tr_handle *handle, tr_look *look) {
    tr_handle_look(handle, look);
    if (!place->has_told || !still_there(place, handle))
        return true;
    if (look->has_record && look->image.record.sequence >= place->next)
        return true;
    return !same_judgement(place->told, look->judgement);
}

static int append(PyObject *list, PyObject *quote, uint64_t missed) {
    PyObject *item = quote ? Py_BuildValue("(OK)", quote, (unsigned long long)missed) : NULL;
    int failed = item == NULL || PyList_Append(list, item) != 0;
    Py_XDECREF(item);
    Py_XDECREF(quote);
    return failed ? -1 : 0;
}

static PyObject *quote_of(tr_handle *handle, const tr_look *look) {
    return tr_quote_new(handle->symbol, handle->mapping, look->has_record ? handle->binding.slot : 0, look);
}

/* Records between the last delivered and the newest; older ones that are overwritten are counted in *missed. */
static int take_past(tr_follower *follower, follow_place *place, tr_handle *handle, uint64_t newest, Py_ssize_t limit,
                     PyObject *list, uint64_t *missed) {
    const tr_view *view = &handle->mapping->view;
    while (place->next < newest && PyList_GET_SIZE(list) < limit) {
        /* depth - 2 records are safe: one place is being written, one may be next. Jump at once to the oldest of
         * them instead of failing through the overwritten ones. */
        uint64_t cursor = tr_ring_cursor(view, place->binding.slot), safe = view->depth - 2;
        uint64_t oldest = cursor >= safe ? cursor - safe + 1 : 1;
        if (place->next < oldest) {
            uint64_t skipped_to = oldest < newest ? oldest : newest;
            *missed += skipped_to - place->next;
            place->next = skipped_to;
            continue;
        }
        tr_look look = {.vouched_ns = 0};
        tr_read_status status =
            tr_ring_read_at(view, place->binding.slot, place->binding.generation, place->next, &look.image);
        place->next++;
        if (status != TR_READ_OK) {
            ++*missed;
            continue;
        }
        tr_vitals vitals;
        tr_vitals_load(view, &vitals);
        tr_finish_look(&look, &vitals, tr_monotonic_ns(), 0, follower->reader->accepted_modes, false);
        if (append(list, quote_of(handle, &look), *missed) != 0)
            return -1;
        follower->missed += *missed;
        *missed = 0;
    }
    return 0;
}

static int take_symbol(tr_follower *follower, Py_ssize_t i, Py_ssize_t limit, PyObject *list) {
    follow_place *place = &follower->places[i];
    tr_handle *handle = handle_at(follower, i);
    tr_look look;
    if (!place_has_news(place, handle, &look))
        return 0;
    uint64_t missed = 0, newest = look.image.record.sequence;
    if (!place->has_told || !still_there(place, handle)) {
        tr_mapping_acquire(handle->mapping);
        tr_mapping_release(place->mapping);
        place->mapping = handle->mapping;
        place->binding = handle->binding;
        place->is_bound = handle->is_bound;
        place->next = look.has_record ? newest : 0;
    }
    if (look.has_record && place->next != 0) {
        if (take_past(follower, place, handle, newest, limit, list, &missed) != 0)
            return -1;
        if (place->next < newest) { /* the limit was reached: the rest comes with the next call */
            follower->missed += missed;
            return 0;
        }
    }
    if (look.has_record)
        place->next = newest + 1;
    place->has_told = true;
    place->told = look.judgement;
    follower->missed += missed;
    return append(list, quote_of(handle, &look), missed);
}

PyDoc_STRVAR(take_doc,
             "take(limit=4096) -> list[tuple[Quote, int]]\n\n"
             "What happened since the last call, in order per symbol: each record with the number of records "
             "missed just before it.\nThe first call gives the present quote of every symbol. A changed verdict "
             "without a record (a feed that went down)\ngives the newest quote again. Records that are not the "
             "newest read `past`.");

static PyObject *follower_take(tr_follower *follower, PyObject *args) {
    Py_ssize_t limit = 4096;
    if (!PyArg_ParseTuple(args, "|n:take", &limit) || tr_reader_check(follower->reader) != 0)
        return NULL;
    if (limit < 1)
        return PyErr_Format(PyExc_ValueError, "limit is %zd, must be at least 1", limit);
    PyObject *list = PyList_New(0);
    uint32_t bits = 0;
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(follower->handles); i++) {
        if (PyList_GET_SIZE(list) < limit && take_symbol(follower, i, limit, list) != 0) {
            Py_CLEAR(list);
            break;
        }
        const tr_handle *handle = handle_at(follower, i);
        bits |= handle->is_bound ? tr_wake_bit(handle->binding.slot) : UINT32_MAX;
    }
    follower->bits = bits;
    return list;
}

static bool has_news(tr_follower *follower) {
    tr_look look;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(follower->handles); i++)
        if (place_has_news(&follower->places[i], handle_at(follower, i), &look))
            return true;
    return false;
}

static PyObject *follower_has_news(tr_follower *follower, PyObject *unused) {
    (void)unused;
    if (tr_reader_check(follower->reader) != 0)
        return NULL;
    return PyBool_FromLong(has_news(follower));
}

PyDoc_STRVAR(wait_doc, "wait(timeout_s) -> bool\n\n"
                       "Sleep until take() has something or the time is up; return whether it has. Releases the GIL; "
                       "signals are handled.");

static PyObject *follower_wait(tr_follower *follower, PyObject *argument) {
    double timeout_s = PyFloat_AsDouble(argument);
    if ((timeout_s == -1.0 && PyErr_Occurred()) || tr_reader_check(follower->reader) != 0)
        return NULL;
    int64_t now_ns = tr_monotonic_ns();
    int64_t until_ns = timeout_s < 9e8 ? now_ns + (timeout_s > 0 ? (int64_t)(timeout_s * 1e9) : 0) : INT64_MAX;
    for (;;) {
        if (tr_reader_check(follower->reader) != 0)
            return NULL; /* closed by another thread while this one slept */
        tr_mapping *mapping = follower->reader->mapping;
        /* SYNC WAKE: the word before the cursors; a batch published after this load moves it. */
        uint32_t seen = tr_wake_word(&mapping->view.header->wake);
        if (has_news(follower))
            Py_RETURN_TRUE;
        now_ns = tr_monotonic_ns();
        if (now_ns >= until_ns)
            Py_RETURN_FALSE;
        tr_mapping_acquire(mapping);
        Py_BEGIN_ALLOW_THREADS
        tr_wake_wait(&mapping->view.header->wake, mapping->wanted, seen, follower->bits, until_ns - now_ns);
        Py_END_ALLOW_THREADS
        tr_mapping_release(mapping);
        if (PyErr_CheckSignals() != 0)
            return NULL;
    }
}

static int follower_traverse(tr_follower *follower, visitproc visit, void *arg) {
    Py_VISIT(follower->reader);
    Py_VISIT(follower->handles);
    return 0;
}

static void follower_dealloc(tr_follower *follower) {
    PyObject_GC_UnTrack(follower);
    for (Py_ssize_t i = 0; follower->places != NULL && i < PyTuple_GET_SIZE(follower->handles); i++)
        tr_mapping_release(follower->places[i].mapping);
    Py_CLEAR(follower->reader);
    Py_CLEAR(follower->handles);
    free(follower->places);
    PyObject_GC_Del(follower);
}

static PyMethodDef follower_methods[] = {
    {"take", (PyCFunction)follower_take, METH_VARARGS, take_doc},
    {"has_news", (PyCFunction)follower_has_news, METH_NOARGS,
     "has_news() -> bool\n\nWhether take() would give something."},
    {"wait", (PyCFunction)follower_wait, METH_O, wait_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef follower_members[] = {
    {"missed", T_ULONGLONG, offsetof(tr_follower, missed), READONLY, "Records missed in all, over all symbols."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject tr_follower_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.Follower",
    .tp_doc = "Follows every record of some symbols; one thread at a time.",
    .tp_basicsize = sizeof(tr_follower),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_dealloc = (destructor)follower_dealloc,
    .tp_traverse = (traverseproc)follower_traverse,
    .tp_methods = follower_methods,
    .tp_members = follower_members,
};
