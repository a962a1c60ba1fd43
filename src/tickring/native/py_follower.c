/* Follower: every record of some symbols in order, and exactly how many were missed. Never slows the writer. */
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "py_core.h"
#include "ring_reader.h"
#include "wake.h"

#define TURN_RECORDS 16 /* records of one symbol before the next has its turn */

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
    Py_ssize_t turn;   /* the symbol to look at first */
    Py_ssize_t streak; /* records that it has given in a row */
    uint32_t bits;     /* wake bits of the symbols bound now; all bits while one is unbound */
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
    follower->turn = 0;
    follower->streak = 0;
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

static PyObject *quote_of(tr_handle *handle, const tr_look *look) {
    return tr_quote_new(handle->symbol, handle->mapping, look->has_record ? handle->binding.slot : 0, look);
}

/* Moves `next` past what is overwritten and counts it. depth - 2 records are safe: one place is being written, one may be
 * next; jump at once to the oldest of them instead of failing through the others. */
static void skip_overwritten(follow_place *place, const tr_view *view, uint64_t newest, uint64_t *missed) {
    uint64_t cursor = tr_ring_cursor(view, place->binding.slot), safe = view->depth - 2;
    uint64_t oldest = cursor >= safe ? cursor - safe + 1 : 1;
    if (oldest > newest)
        oldest = newest;
    if (place->next < oldest) {
        *missed += oldest - place->next;
        place->next = oldest;
    }
}

/* The next record before the newest, if it still stands. Returns 1 and the look, or 0 when the newest is next. */
static int next_past(tr_follower *follower, follow_place *place, tr_mapping *mapping, uint64_t newest, tr_look *look,
                     uint64_t *missed) {
    while (place->next < newest) {
        skip_overwritten(place, &mapping->view, newest, missed);
        if (place->next >= newest)
            break;
        tr_read_status status = tr_ring_read_at(&mapping->view, place->binding.slot, place->binding.generation,
                                                place->next++, &look->image);
        if (status != TR_READ_OK) {
            ++*missed;
            continue;
        }
        tr_vitals vitals;
        tr_vitals_load(&mapping->view, &vitals);
        look->vouched_ns = 0;
        tr_finish_look(look, &vitals, tr_boot_ns(), 0, follower->reader->accepted_modes, false);
        return 1;
    }
    return 0;
}

/* Where a new binding starts. The first look at a symbol starts with its present quote; a symbol that was added (again)
 * while it was followed starts with the oldest record of this use that still stands. */
static uint64_t first_sequence(const follow_place *place, const tr_mapping *mapping, uint64_t newest) {
    uint64_t first = newest, safe = mapping->view.depth - 2;
    tr_record_image image;
    while (place->has_told && first > 1 && newest - first + 1 < safe &&
           tr_ring_read_at(&mapping->view, place->binding.slot, place->binding.generation, first - 1, &image) ==
               TR_READ_OK)
        first--;
    return first;
}

static void bind_place(follow_place *place, const tr_handle *handle, const tr_look *look) {
    tr_mapping_acquire(handle->mapping);
    tr_mapping_release(place->mapping);
    place->mapping = handle->mapping;
    place->binding = handle->binding;
    place->is_bound = handle->is_bound;
    place->next = look->has_record ? first_sequence(place, handle->mapping, look->image.record.sequence) : 0;
}

/* One record of this symbol as (Quote, missed), NULL with no error set if there is no news. */
static PyObject *take_one(tr_follower *follower, Py_ssize_t i) {
    follow_place *place = &follower->places[i];
    tr_handle *handle = handle_at(follower, i);
    tr_look look;
    if (!place_has_news(place, handle, &look))
        return NULL;
    if (!place->has_told || !still_there(place, handle))
        bind_place(place, handle, &look);
    uint64_t missed = 0, newest = look.image.record.sequence;
    tr_look past;
    bool is_past =
        look.has_record && place->next != 0 && next_past(follower, place, place->mapping, newest, &past, &missed);
    if (!is_past) {
        if (look.has_record)
            place->next = newest + 1;
        place->told = look.judgement;
        place->has_told = true;
    }
    follower->missed += missed;
    PyObject *quote = quote_of(handle, is_past ? &past : &look); /* no container: runs no Python code */
    PyObject *item = quote != NULL ? Py_BuildValue("(NK)", quote, (unsigned long long)missed) : NULL;
    return item;
}

PyDoc_STRVAR(take_doc,
             "take(limit=4096) -> list[tuple[Quote, int]]\n\n"
             "What happened since the last call, in order per symbol: each record with the number of records "
             "missed just before it.\nThe first call gives the present quote of every symbol. A changed verdict "
             "without a record (a feed that went down)\ngives the newest quote again. Records that are not the "
             "newest read `past`. With a limit, symbols take turns.");

static void refresh_bits(tr_follower *follower) {
    uint32_t bits = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(follower->handles); i++) {
        const tr_handle *handle = handle_at(follower, i);
        bits |= handle->is_bound ? tr_wake_bit(handle->binding.slot) : UINT32_MAX;
    }
    follower->bits = bits;
}

static PyObject *follower_take(tr_follower *follower, PyObject *args) {
    Py_ssize_t limit = 4096, symbols = PyTuple_GET_SIZE(follower->handles), idle = 0;
    if (!PyArg_ParseTuple(args, "|n:take", &limit))
        return NULL;
    if (limit < 1)
        return PyErr_Format(PyExc_ValueError, "limit is %zd, must be at least 1", limit);
    PyObject *list = PyList_New(0);
    /* Symbols take turns, so that a busy one cannot keep the others waiting; the next call goes on from there. */
    while (list != NULL && idle < symbols && PyList_GET_SIZE(list) < limit) {
        /* Each round anew: making an item may run Python code that closes the reader. */
        PyObject *item = tr_reader_check(follower->reader) == 0 ? take_one(follower, follower->turn) : NULL;
        if (item == NULL && PyErr_Occurred()) {
            Py_CLEAR(list);
            break;
        }
        follower->streak = item == NULL ? TURN_RECORDS : follower->streak + 1;
        if (follower->streak >= TURN_RECORDS) {
            follower->turn = (follower->turn + 1) % symbols;
            follower->streak = 0;
        }
        idle = item == NULL ? idle + 1 : 0;
        if (item != NULL) {
            if (PyList_Append(list, item) != 0)
                Py_CLEAR(list);
            Py_DECREF(item);
        }
    }
    if (idle == symbols)
        follower->turn = follower->streak = 0; /* drained: the next call begins with the first symbol */
    refresh_bits(follower);
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
    int64_t now_ns = tr_boot_ns();
    int64_t until_ns = timeout_s < 9e8 ? now_ns + (timeout_s > 0 ? (int64_t)(timeout_s * 1e9) : 0) : INT64_MAX;
    for (;;) {
        if (tr_reader_check(follower->reader) != 0)
            return NULL; /* closed by another thread while this one slept */
        tr_mapping *mapping = follower->reader->mapping;
        /* SYNC WAKE: the word before the cursors; a batch published after this load moves it. */
        uint32_t seen = tr_wake_word(&mapping->view.header->wake);
        if (has_news(follower))
            Py_RETURN_TRUE;
        now_ns = tr_boot_ns();
        if (now_ns >= until_ns)
            Py_RETURN_FALSE;
        tr_mapping_acquire(mapping);
        Py_BEGIN_ALLOW_THREADS
        tr_wake_wait(&mapping->view.header->wake, seen, follower->bits, until_ns - now_ns);
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
