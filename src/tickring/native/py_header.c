/* The header page as a dict, for status and tools. */
#include "atomics.h"
#include "clock.h"
#include "counters.h"
#include "histograms.h"
#include "py_core.h"

static PyObject *identity_dict(const tr_identity *identity) {
    char id[33];
    for (int i = 0; i < 16; i++)
        snprintf(id + 2 * i, 3, "%02x", identity->segment_id[i]);
    return Py_BuildValue("{sssIsKsIsIsIsL}", "segment_id", id, "layout_version", identity->layout_version,
                         "segment_bytes", (unsigned long long)identity->segment_bytes, "capacity", identity->capacity,
                         "depth", identity->depth, "table_entries", identity->table_entries, "created_ns",
                         (long long)identity->created_ns);
}

static PyObject *supervisor_dict(const tr_supervisor_line *line) {
    return Py_BuildValue("{sKsOsOsIsisKsLsLsLsL}", "epoch", (unsigned long long)TR_LOAD_RELAXED(&line->epoch), "state",
                         tr_word(TR_WORDS_RUN_STATE, TR_LOAD_RELAXED(&line->state)), "api_mode",
                         tr_word(TR_WORDS_API_MODE, TR_LOAD_RELAXED(&line->api_mode)), "superseded",
                         TR_LOAD_RELAXED(&line->superseded), "pid", (int)TR_LOAD_RELAXED(&line->pid), "start_ticks",
                         (unsigned long long)TR_LOAD_RELAXED(&line->start_ticks), "heartbeat_ns",
                         (long long)TR_LOAD_RELAXED(&line->heartbeat_ns), "since_ns",
                         (long long)TR_LOAD_RELAXED(&line->since_ns), "heartbeat_limit_ns",
                         (long long)TR_LOAD_RELAXED(&line->heartbeat_limit_ns), "vouch_limit_ns",
                         (long long)TR_LOAD_RELAXED(&line->vouch_limit_ns));
}

static PyObject *feeder_dict(const tr_feeder_line *line) {
    return Py_BuildValue(
        "{sKsOsOsOsisKsLsLsIsK}", "epoch", (unsigned long long)TR_LOAD_RELAXED(&line->epoch), "state",
        tr_word(TR_WORDS_RUN_STATE, TR_LOAD_RELAXED(&line->state)), "connection",
        tr_word(TR_WORDS_CONNECTION, TR_LOAD_RELAXED(&line->connection)), "api_mode",
        tr_word(TR_WORDS_API_MODE, TR_LOAD_RELAXED(&line->api_mode)), "pid", (int)TR_LOAD_RELAXED(&line->pid),
        "start_ticks", (unsigned long long)TR_LOAD_RELAXED(&line->start_ticks), "heartbeat_ns",
        (long long)TR_LOAD_RELAXED(&line->heartbeat_ns), "since_ns", (long long)TR_LOAD_RELAXED(&line->since_ns),
        "active_symbols", TR_LOAD_RELAXED(&line->active_symbols), "directory_version",
        (unsigned long long)TR_LOAD_RELAXED(&line->directory_version));
}

static PyObject *child_dict(const tr_child_line *line, unsigned number) {
    char name[TR_CHILD_NAME_BYTES + 1] = {0};
    memcpy(name, line->name, TR_CHILD_NAME_BYTES);
    return Py_BuildValue(
        "{sIsNsOsisKsLsL}", "number", number, "name", PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "replace"),
        "state", tr_word(TR_WORDS_RUN_STATE, TR_LOAD_RELAXED(&line->state)), "pid", (int)TR_LOAD_RELAXED(&line->pid),
        "start_ticks", (unsigned long long)TR_LOAD_RELAXED(&line->start_ticks), "heartbeat_ns",
        (long long)TR_LOAD_RELAXED(&line->heartbeat_ns), "since_ns", (long long)TR_LOAD_RELAXED(&line->since_ns));
}

static PyObject *children_list(const tr_header *header) {
    PyObject *children = PyList_New(0);
    for (unsigned n = 0; children != NULL && n < TR_CHILD_LINES; n++) {
        if (header->children[n].name[0] == 0)
            continue;
        PyObject *child = child_dict(&header->children[n], n);
        if (child == NULL || PyList_Append(children, child) != 0)
            Py_CLEAR(children);
        Py_XDECREF(child);
    }
    return children;
}

static PyObject *counters_dict(const tr_header *header) {
    PyObject *counters = PyDict_New();
    for (unsigned i = 0; counters != NULL && i < tr_counter_table_length; i++) {
        const tr_counter_info *info = &tr_counter_table[i];
        const uint64_t *block = info->owner[0] == 'f' ? header->feeder_counters : header->supervisor_counters;
        PyObject *value = PyLong_FromUnsignedLongLong(TR_LOAD_RELAXED(&block[info->index]));
        if (value == NULL || PyDict_SetItemString(counters, info->name, value) != 0)
            Py_CLEAR(counters);
        Py_XDECREF(value);
    }
    return counters;
}

static PyObject *buckets_tuple(const tr_histogram *histogram) {
    PyObject *buckets = PyTuple_New(TR_HISTOGRAM_BUCKETS);
    for (unsigned i = 0; buckets != NULL && i < TR_HISTOGRAM_BUCKETS; i++) {
        PyObject *value = PyLong_FromUnsignedLongLong(TR_LOAD_RELAXED(&histogram->buckets[i]));
        if (value == NULL)
            Py_CLEAR(buckets);
        else
            PyTuple_SET_ITEM(buckets, i, value);
    }
    return buckets;
}

/* {name: (sum in ns, buckets)} */
static PyObject *histograms_dict(const tr_header *header) {
    static const char *const names[] = {
#define X(index, name, word, text) [index] = word,
        TR_HISTOGRAM_TABLE(X)
#undef X
    };
    PyObject *histograms = PyDict_New();
    for (unsigned i = 0; histograms != NULL && i < TR_HISTOGRAMS_USED; i++) {
        const tr_histogram *histogram = &header->histograms[i];
        PyObject *value =
            Py_BuildValue("(KN)", (unsigned long long)TR_LOAD_RELAXED(&histogram->sum_ns), buckets_tuple(histogram));
        if (value == NULL || PyDict_SetItemString(histograms, names[i], value) != 0)
            Py_CLEAR(histograms);
        Py_XDECREF(value);
    }
    return histograms;
}

PyObject *tr_header_dict(const tr_mapping *mapping) {
    const tr_header *header = mapping->view.header;
    return Py_BuildValue("{sNsNsNsNsNsNsL}", "identity", identity_dict(&header->identity), "supervisor",
                         supervisor_dict(&header->supervisor), "feeder", feeder_dict(&header->feeder), "children",
                         children_list(header), "counters", counters_dict(header), "histograms",
                         histograms_dict(header), "read_ns", (long long)tr_boot_ns());
}
