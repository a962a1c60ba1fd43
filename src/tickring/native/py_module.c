/* The extension module: names, constants, types. Single-phase on purpose: one interpreter, static types. */
#include "clock.h"
#include "counters.h"
#include "histograms.h"
#include "key.h"
#include "py_core.h"

static PyObject *counter_table(void) {
    PyObject *table = PyTuple_New(tr_counter_table_length);
    for (unsigned i = 0; table != NULL && i < tr_counter_table_length; i++) {
        const tr_counter_info *info = &tr_counter_table[i];
        PyObject *row = Py_BuildValue("(ssss)", info->name, info->unit, info->owner, info->text);
        if (row == NULL)
            Py_CLEAR(table);
        else
            PyTuple_SET_ITEM(table, i, row);
    }
    return table;
}

static PyObject *check_symbol(PyObject *module, PyObject *symbol) {
    (void)module;
    Py_ssize_t bytes;
    return tr_symbol_key(symbol, &bytes) == NULL ? NULL : Py_NewRef(symbol);
}

static PyObject *symbol_hash(PyObject *module, PyObject *symbol) {
    (void)module;
    Py_ssize_t bytes;
    const char *key = tr_symbol_key(symbol, &bytes);
    return key == NULL ? NULL : PyLong_FromUnsignedLongLong(tr_key_hash(key, (size_t)bytes));
}

static PyObject *boot_ns(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return PyLong_FromLongLong(tr_boot_ns());
}

static PyMethodDef functions[] = {
    {"check_symbol", check_symbol, METH_O, "check_symbol(symbol) -> str\n\nThe symbol itself; raises InvalidSymbol."},
    {"symbol_hash", symbol_hash, METH_O, "symbol_hash(symbol) -> int\n\nFNV-1a 64, as the directory uses it."},
    {"boot_ns", boot_ns, METH_NOARGS, "boot_ns() -> int\n\nCLOCK_BOOTTIME, the clock of ages and heartbeats."},
    {"segment_bytes", tr_segment_bytes, METH_VARARGS,
     "segment_bytes(capacity, depth) -> int\n\nSize of a segment file; raises ValueError for impossible numbers."},
    {"format_segment", (PyCFunction)(void (*)(void))tr_format_segment, METH_VARARGS | METH_KEYWORDS,
     "format_segment(fd, capacity, depth, segment_id, epoch, heartbeat_limit_ns, vouch_limit_ns, api_mode) -> None\n\n"
     "Writes the header of a zeroed file of segment_bytes(capacity, depth) bytes; the ready flag last."},
    {"check_segment", tr_check_segment, METH_VARARGS,
     "check_segment(fd, path) -> None\n\nRaises what is wrong with the file behind a read-write descriptor."},
    {"feeder_identity", tr_feeder_identity, METH_O,
     "feeder_identity(fd) -> (pid, start_ticks)\n\nWho the header says writes the file behind a descriptor."},
    {"judge", tr_py_judge, METH_VARARGS,
     "judge(record, vitals, vouched_ns, now_ns, accepted_modes, is_newest) -> (Verdict, Reason)\n\n"
     "The verdict as a pure function of the numbers in memory: record = (state, source, data_type, epoch, has, "
     "api_mode),\n"
     "vitals = (supervisor_epoch, feeder_epoch, heartbeat_ns, heartbeat_limit_ns, vouch_limit_ns, supervisor_state,\n"
     "feeder_state, connection, supervisor_mode, feeder_mode, superseded)."},
    {"_restore_quote", tr_quote_restore, METH_VARARGS, "_restore_quote(version, symbol, data) -> Quote"},
    {NULL, NULL, 0, NULL},
};

/* ((name, what it measures), ...) */
static PyObject *histogram_table(void) {
#define X(index, name, word, text) word, text,
    return Py_BuildValue("((ss)(ss)(ss))", TR_HISTOGRAM_TABLE(X) NULL);
#undef X
}

/* Where each bucket but the last one ends. */
static PyObject *histogram_bounds(void) {
    PyObject *bounds = PyTuple_New(TR_HISTOGRAM_BUCKETS - 1);
    for (unsigned i = 0; bounds != NULL && i < TR_HISTOGRAM_BUCKETS - 1; i++) {
        PyObject *bound = PyLong_FromUnsignedLongLong(1ull << (TR_HISTOGRAM_FIRST_BIT + i));
        if (bound == NULL)
            Py_CLEAR(bounds);
        else
            PyTuple_SET_ITEM(bounds, i, bound);
    }
    return bounds;
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "tickring._core",
    .m_doc = "The native core: one mapped segment, its reader and its writer.",
    .m_size = -1,
    .m_methods = functions,
};

static int add(PyObject *module, const char *name, PyObject *value) {
    int failed = value == NULL || PyModule_AddObjectRef(module, name, value) != 0;
    Py_XDECREF(value);
    return failed ? -1 : 0;
}

static int fill(PyObject *module) {
    static const struct {
        const char *name;
        PyTypeObject *type;
    } types[] = {{"Reader", &tr_reader_type},        {"Handle", &tr_handle_type},
                 {"Batch", &tr_batch_type},          {"Follower", &tr_follower_type},
                 {"Writer", &tr_writer_object_type}, {"SupervisorLine", &tr_supervisor_line_type},
                 {"ChildLine", &tr_child_line_type}, {"TickLane", &tr_tick_lane_type}};
    tr_check_ticks();
    if (tr_words_load() != 0 || tr_fork_watch() != 0 || tr_quote_ready() != 0)
        return -1;
    if (add(module, "Quote", Py_NewRef((PyObject *)&tr_quote_type)) != 0)
        return -1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (PyType_Ready(types[i].type) != 0 || add(module, types[i].name, Py_NewRef((PyObject *)types[i].type)) != 0)
            return -1;
    return add(module, "COUNTERS", counter_table()) || add(module, "HISTOGRAMS", histogram_table()) ||
           add(module, "HISTOGRAM_BOUNDS_NS", histogram_bounds()) || add(module, "TABLE_FIELDS", tr_table_fields()) ||
           PyModule_AddIntConstant(module, "TABLE_ROW_BYTES", 256) ||
           PyModule_AddIntConstant(module, "LAYOUT_VERSION", TR_LAYOUT_VERSION) ||
           PyModule_AddIntConstant(module, "HEADER_BYTES", TR_HEADER_BYTES) ||
           PyModule_AddIntConstant(module, "CAPACITY_DEFAULT", TR_CAPACITY_DEFAULT) ||
           PyModule_AddIntConstant(module, "DEPTH_DEFAULT", TR_DEPTH_DEFAULT) ||
           PyModule_AddIntConstant(module, "LOCK_BYTE_WRITER", TR_LOCK_BYTE_WRITER) ||
           PyModule_AddIntConstant(module, "LOCK_BYTE_CHILD", TR_LOCK_BYTE_CHILD) ||
           PyModule_AddIntConstant(module, "CHILD_LINES", TR_CHILD_LINES) ||
           PyModule_AddIntConstant(module, "AGE_RESOLUTION_NS", TR_AGE_RESOLUTION_NS) ||
           PyModule_AddIntConstant(module, "FLAG_STATE_ONLY", TR_FLAG_STATE_ONLY) ||
           PyModule_AddIntConstant(module, "FLAG_HALTED", TR_FLAG_HALTED);
}

PyMODINIT_FUNC PyInit__core(void) {
    PyObject *module = PyModule_Create(&definition);
    if (module != NULL && fill(module) != 0)
        Py_CLEAR(module);
    return module;
}
