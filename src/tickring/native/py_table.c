/* All symbols in one pass: names, and rows for a numpy structured array. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "atomics.h"
#include "clock.h"
#include "py_core.h"
#include "ring_reader.h"
#include "values.h"

typedef struct tr_roster_row {
    tr_binding binding;
    char key[TR_KEY_BYTES_MAX + 1];
} tr_roster_row;

/* What a row of table() holds; TABLE_FIELDS below is the same for numpy. */
typedef struct {
    char symbol[TR_KEY_BYTES_MAX + 1];
    tr_record record;
    double mid;
    double spread;
    double age_s;
    double vouched_age_s;
    int64_t vouched_ns;
    int64_t read_ns;
    uint32_t slot;
    uint8_t verdict;
    uint8_t reason;
    uint8_t api_mode;
    uint8_t reserved[9];
} tr_table_row;

static_assert(sizeof(tr_table_row) == 256, "rows of the table are four cache lines");

#define ROW(member, format) {#member, format, offsetof(tr_table_row, member)}
#define REC(member, format) {#member, format, offsetof(tr_table_row, record) + offsetof(tr_record, member)}
static const struct {
    const char *name, *format;
    size_t offset;
} FIELDS[] = {
    ROW(symbol, "S64"),       ROW(verdict, "u1"),     ROW(reason, "u1"),         REC(bid, "<f8"),
    REC(ask, "<f8"),          REC(last, "<f8"),       ROW(mid, "<f8"),           ROW(spread, "<f8"),
    REC(bid_size, "<f8"),     REC(ask_size, "<f8"),   REC(last_size, "<f8"),     REC(volume, "<f8"),
    REC(close, "<f8"),        REC(open, "<f8"),       REC(high, "<f8"),          REC(low, "<f8"),
    REC(last_trade_s, "<u4"), ROW(age_s, "<f8"),      ROW(vouched_age_s, "<f8"), REC(state, "u1"),
    REC(source, "u1"),        REC(data_type, "u1"),   REC(flags, "u1"),          REC(has, "<u2"),
    ROW(api_mode, "u1"),      REC(ts_recv_ns, "<i8"), REC(ts_publish_ns, "<i8"), ROW(vouched_ns, "<i8"),
    ROW(read_ns, "<i8"),      REC(sequence, "<u8"),   REC(epoch, "<u2"),         REC(generation, "<u4"),
    ROW(slot, "<u4"),
};

PyObject *tr_table_fields(void) {
    size_t count = sizeof FIELDS / sizeof FIELDS[0];
    PyObject *fields = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; fields != NULL && i < count; i++) {
        PyObject *field = Py_BuildValue("(ssn)", FIELDS[i].name, FIELDS[i].format, (Py_ssize_t)FIELDS[i].offset);
        if (field == NULL)
            Py_CLEAR(fields);
        else
            PyTuple_SET_ITEM(fields, (Py_ssize_t)i, field);
    }
    return fields;
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const tr_roster_row *)a)->key, ((const tr_roster_row *)b)->key);
}

/* The active symbols, sorted; scanned again only when the directory has moved. */
static int refresh_roster(tr_reader *reader) {
    const tr_view *view = &reader->mapping->view;
    uint64_t version = tr_directory_version(view);
    if (reader->roster_mapping == reader->mapping && reader->roster_version == version)
        return 0;
    uint32_t length = 0, room = 64;
    tr_roster_row *roster = malloc(room * sizeof *roster);
    for (uint32_t at = 0; roster != NULL && at <= view->table_mask; at++) {
        uint64_t word = TR_LOAD_ACQUIRE(&view->entries[at].word); /* SYNC DIRECTORY */
        if (tr_entry_state(word) != TR_ENTRY_ACTIVE || tr_entry_slot(word) >= view->capacity)
            continue;
        if (length == room) {
            tr_roster_row *wider = realloc(roster, (room *= 2) * sizeof *roster);
            if (wider == NULL)
                free(roster);
            roster = wider;
        }
        if (roster == NULL)
            break;
        roster[length].binding = (tr_binding){tr_entry_slot(word), tr_entry_generation(word)};
        tr_directory_key(view, at, roster[length++].key);
    }
    if (roster == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    qsort(roster, length, sizeof *roster, by_key);
    free(reader->roster);
    reader->roster = roster;
    reader->roster_length = length;
    reader->roster_version = version;
    reader->roster_mapping = reader->mapping;
    return 0;
}

static int current_roster(tr_reader *reader) {
    if (tr_reader_check(reader) != 0)
        return -1;
    tr_vitals vitals;
    tr_vitals_load(&reader->mapping->view, &vitals);
    int64_t now_ns = tr_boot_ns();
    if (tr_feed_fault(&vitals, now_ns) >= 0)
        tr_reader_reattach(reader, now_ns, false);
    return refresh_roster(reader);
}

PyObject *tr_reader_symbols(tr_reader *reader, PyObject *unused) {
    (void)unused;
    PyObject *symbols = PyList_New(0);
    if (symbols != NULL && current_roster(reader) != 0)
        Py_CLEAR(symbols);
    for (uint32_t i = 0; symbols != NULL && i < reader->roster_length; i++) {
        /* A damaged directory must not keep anyone from looking at the rest of it. */
        const char *key = reader->roster[i].key;
        PyObject *symbol = PyUnicode_DecodeUTF8(key, (Py_ssize_t)strlen(key), "replace");
        if (symbol == NULL || PyList_Append(symbols, symbol) != 0)
            Py_CLEAR(symbols);
        Py_XDECREF(symbol);
    }
    return symbols;
}

static double seconds(int64_t now_ns, int64_t stamp_ns) {
    return stamp_ns <= 0 ? INFINITY : now_ns > stamp_ns ? (double)(now_ns - stamp_ns) / 1e9 : 0.0;
}

/* First pass: copies. `read_ns` carries the reason for a row without a record until the second pass. */
static void copy_row(tr_reader *reader, const tr_roster_row *from, tr_table_row *row) {
    const tr_view *view = &reader->mapping->view;
    memcpy(row->symbol, from->key, sizeof row->symbol);
    row->slot = from->binding.slot;
    row->vouched_ns = tr_ring_vouched_ns(view, from->binding.slot);
    tr_read_status status = tr_ring_read_latest(view, from->binding.slot, from->binding.generation,
                                                (tr_record_image *)&row->record, &reader->retries);
    row->read_ns = status == TR_READ_OK ? 0 : status == TR_READ_CONTENDED ? TR_REASON_OVERTAKEN : TR_REASON_RETIRED;
    reader->contended += status == TR_READ_CONTENDED;
}

/* Second pass: all rows are judged by header lines and a clock loaded after the last copy. */
static void judge_row(tr_table_row *row, const tr_vitals *vitals, int64_t now_ns, uint32_t modes) {
    tr_look look = {.vouched_ns = row->vouched_ns};
    look.image.record = row->record;
    tr_finish_look(&look, vitals, now_ns, (int)row->read_ns, modes, true);
    row->record = look.image.record;
    row->vouched_ns = look.vouched_ns;
    row->read_ns = now_ns;
    row->verdict = look.judgement.verdict;
    row->reason = look.judgement.reason;
    row->api_mode = look.api_mode;
    row->mid = tr_mid(&row->record);
    row->spread = tr_spread(&row->record);
    row->age_s = seconds(now_ns, row->record.ts_publish_ns);
    row->vouched_age_s = seconds(now_ns, row->vouched_ns);
    memset(row->reserved, 0, sizeof row->reserved);
}

PyObject *tr_reader_fill_table(tr_reader *reader, PyObject *target) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(target, &buffer, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS) != 0)
        return NULL;
    if (current_roster(reader) != 0) {
        PyBuffer_Release(&buffer);
        return NULL;
    }
    uint32_t length = reader->roster_length;
    if ((size_t)buffer.len >= length * sizeof(tr_table_row) && ((uintptr_t)buffer.buf & 7) == 0) {
        tr_table_row *rows = buffer.buf;
        for (uint32_t i = 0; i < length; i++)
            copy_row(reader, &reader->roster[i], &rows[i]);
        tr_vitals vitals;
        tr_vitals_load(&reader->mapping->view, &vitals);
        int64_t now_ns = tr_boot_ns();
        for (uint32_t i = 0; i < length; i++)
            judge_row(&rows[i], &vitals, now_ns, reader->accepted_modes);
    } else if (length != 0 && buffer.len != 0 && ((uintptr_t)buffer.buf & 7) != 0) {
        PyErr_SetString(PyExc_ValueError, "the buffer must be aligned to 8 bytes");
    }
    PyBuffer_Release(&buffer);
    return PyErr_Occurred() ? NULL : PyLong_FromUnsignedLong(length); /* more than fits: nothing was written */
}
