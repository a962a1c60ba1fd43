/* Quote: one immutable look at one symbol. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "py_core.h"
#include "values.h"

#define QUOTE_DATA_START offsetof(tr_quote, record)
#define QUOTE_DATA_BYTES (sizeof(tr_quote) - QUOTE_DATA_START)

static inline PyObject *number_or_none(double value) {
    return isnan(value) ? Py_NewRef(Py_None) : PyFloat_FromDouble(value);
}

/* What loops read is boxed here, once: an object slot is found by CPython's specialised LOAD_ATTR_SLOT in 2-3 ns, a
 * getter takes 15-20 (docs/decisions/0007). The rest is boxed when it is asked for. */
static bool box(tr_quote *quote) {
    quote->verdict = Py_NewRef(tr_word(TR_WORDS_VERDICT, quote->judgement.verdict));
    quote->is_good = Py_NewRef(quote->judgement.verdict <= TR_VERDICT_QUIET ? Py_True : Py_False);
    quote->bid = number_or_none(quote->record.bid);
    quote->ask = number_or_none(quote->record.ask);
    quote->last = number_or_none(quote->record.last);
    quote->bid_size = number_or_none(quote->record.bid_size);
    quote->ask_size = number_or_none(quote->record.ask_size);
    return quote->bid != NULL && quote->ask != NULL && quote->last != NULL && quote->bid_size != NULL &&
           quote->ask_size != NULL;
}

PyObject *tr_quote_new(PyObject *symbol, const tr_mapping *mapping, uint32_t slot, const tr_look *look) {
    tr_quote *quote = PyObject_New(tr_quote, &tr_quote_type);
    if (quote == NULL)
        return NULL;
    quote->symbol = Py_NewRef(symbol);
    quote->record = look->image.record;
    quote->vouched_ns = look->vouched_ns;
    quote->read_ns = look->now_ns;
    memcpy(quote->segment_id, mapping->view.header->identity.segment_id, sizeof quote->segment_id);
    quote->slot = slot;
    quote->api_mode = look->api_mode;
    quote->has_record = look->has_record;
    quote->judgement = look->judgement;
    if (!box(quote))
        Py_CLEAR(quote);
    return (PyObject *)quote;
}

static void quote_dealloc(tr_quote *quote) {
    Py_DECREF(quote->symbol);
    Py_DECREF(quote->verdict);
    Py_DECREF(quote->is_good);
    Py_XDECREF(quote->bid);
    Py_XDECREF(quote->ask);
    Py_XDECREF(quote->last);
    Py_XDECREF(quote->bid_size);
    Py_XDECREF(quote->ask_size);
    PyObject_Free(quote);
}

static double double_field(tr_quote *quote, int field) {
    return tr_has(&quote->record, field) ? *tr_field_place(&quote->record, field) : NAN;
}

static double seconds_since(const tr_quote *quote, int64_t stamp_ns) {
    if (stamp_ns <= 0)
        return INFINITY;
    return quote->read_ns > stamp_ns ? (double)(quote->read_ns - stamp_ns) / 1e9 : 0.0;
}

static PyObject *get_field(tr_quote *quote, void *field) {
    return number_or_none(double_field(quote, (int)(intptr_t)field));
}
static PyObject *get_mid(tr_quote *quote, void *unused) {
    (void)unused;
    return number_or_none(tr_mid(&quote->record));
}
static PyObject *get_spread(tr_quote *quote, void *unused) {
    (void)unused;
    return number_or_none(tr_spread(&quote->record));
}
static PyObject *get_reason(tr_quote *quote, void *unused) {
    (void)unused;
    return Py_NewRef(tr_word(TR_WORDS_REASON, quote->judgement.reason));
}
static PyObject *get_age(tr_quote *quote, void *unused) {
    (void)unused;
    return PyFloat_FromDouble(seconds_since(quote, quote->record.ts_publish_ns));
}
static PyObject *get_vouched_age(tr_quote *quote, void *unused) {
    (void)unused;
    return PyFloat_FromDouble(seconds_since(quote, quote->vouched_ns));
}
static PyObject *get_last_trade(tr_quote *quote, void *unused) {
    (void)unused;
    if (!tr_has(&quote->record, TR_FIELD_LAST_TRADE))
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(quote->record.last_trade_s);
}
static PyObject *get_word(tr_quote *quote, void *kind) {
    switch ((tr_word_kind)(intptr_t)kind) {
    case TR_WORDS_STATE:
        return Py_NewRef(tr_word(TR_WORDS_STATE, quote->record.state));
    case TR_WORDS_SOURCE:
        return Py_NewRef(tr_word(TR_WORDS_SOURCE, quote->record.source));
    case TR_WORDS_DATA_TYPE:
        return Py_NewRef(tr_word(TR_WORDS_DATA_TYPE, quote->record.data_type));
    default:
        return Py_NewRef(tr_word(TR_WORDS_API_MODE, quote->api_mode));
    }
}
static PyObject *get_flag(tr_quote *quote, void *flag) { return PyBool_FromLong(quote->record.flags & (intptr_t)flag); }
static PyObject *get_ts_recv(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromLongLong(quote->record.ts_recv_ns);
}
static PyObject *get_ts_publish(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromLongLong(quote->record.ts_publish_ns);
}
static PyObject *get_vouched_ns(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromLongLong(quote->vouched_ns);
}
static PyObject *get_read_ns(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromLongLong(quote->read_ns);
}
static PyObject *get_sequence(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromUnsignedLongLong(quote->record.sequence);
}
static PyObject *get_epoch(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromUnsignedLong(quote->record.epoch);
}
static PyObject *get_generation(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromUnsignedLong(quote->record.generation);
}
static PyObject *get_slot(tr_quote *quote, void *unused) {
    (void)unused;
    return PyLong_FromUnsignedLong(quote->slot);
}
static PyObject *get_segment_id(tr_quote *quote, void *unused) {
    (void)unused;
    char text[33];
    for (int i = 0; i < 16; i++)
        snprintf(text + 2 * i, 3, "%02x", quote->segment_id[i]);
    return PyUnicode_FromStringAndSize(text, 32);
}

#define GET(name, function, text, closure) {name, (getter)function, NULL, text, (void *)(intptr_t)(closure)}
static PyGetSetDef quote_getset[] = {
    GET("reason", get_reason, "The rule that gave the verdict.", 0),
    GET("mid", get_mid, "(bid + ask) / 2; None unless both are there and not crossed.", 0),
    GET("spread", get_spread, "ask - bid; None unless both are there and not crossed.", 0),
    GET("last_size", get_field, "Shares of the last trade, None if absent.", TR_FIELD_LAST_SIZE),
    GET("volume", get_field, "Shares traded today, None if absent.", TR_FIELD_VOLUME),
    GET("close", get_field, "Previous session's close, None if absent.", TR_FIELD_CLOSE),
    GET("open", get_field, "This session's open, None if absent.", TR_FIELD_OPEN),
    GET("high", get_field, "This session's high, None if absent.", TR_FIELD_HIGH),
    GET("low", get_field, "This session's low, None if absent.", TR_FIELD_LOW),
    GET("last_trade_s", get_last_trade, "Time of the last trade (IB tick 45), seconds since 1970, None if absent.", 0),
    GET("is_halted", get_flag, "Whether trading is halted (IB tick 49).", TR_FLAG_HALTED),
    GET("is_state_only", get_flag, "Whether this record changed only state, source or data type.", TR_FLAG_STATE_ONLY),
    GET("state", get_word, "What the feeder said of the symbol.", TR_WORDS_STATE),
    GET("source", get_word, "Where the values came from.", TR_WORDS_SOURCE),
    GET("data_type", get_word, "IB's market data type.", TR_WORDS_DATA_TYPE),
    GET("api_mode", get_word, "Kind of account behind the prices.", TR_WORDS_API_MODE),
    GET("age_s", get_age, "Seconds since the values last changed, as of the read; inf if they never were.", 0),
    GET("vouched_age_s", get_vouched_age, "Seconds since the feed last proved itself for the symbol; inf if never.", 0),
    GET("ts_recv_ns", get_ts_recv, "Receive time of the newest price tick, wall clock, ns since 1970; 0 if none.", 0),
    GET("ts_publish_ns", get_ts_publish, "When the values became visible, CLOCK_BOOTTIME ns; 0 if none.", 0),
    GET("vouched_ns", get_vouched_ns, "When the feed last proved itself for the symbol, CLOCK_BOOTTIME ns; 0 if never.",
        0),
    GET("read_ns", get_read_ns, "When this look was taken, CLOCK_BOOTTIME ns.", 0),
    GET("sequence", get_sequence, "Number of the record within its slot; 0 if there is none.", 0),
    GET("epoch", get_epoch, "Low 16 bits of the writer's life that wrote the record.", 0),
    GET("generation", get_generation, "The slot's use this record belongs to.", 0),
    GET("slot", get_slot, "The symbol's place in the segment.", 0),
    GET("segment_id", get_segment_id, "The segment's random id, 32 hex digits.", 0),
    {NULL, NULL, NULL, NULL, NULL},
};

#define SLOT(name, text) {#name, T_OBJECT_EX, offsetof(tr_quote, name), READONLY, text}
static PyMemberDef quote_members[] = {
    SLOT(symbol, "The symbol that was asked for."),
    SLOT(verdict, "May it be trusted, as of this read (docs/verdicts.md)."),
    SLOT(is_good, "Whether the verdict is live or quiet."),
    SLOT(bid, "Best bid, None if absent."),
    SLOT(ask, "Best ask, None if absent."),
    SLOT(last, "Last trade's price, None if absent."),
    SLOT(bid_size, "Shares at the bid, None if absent."),
    SLOT(ask_size, "Shares at the ask, None if absent."),
    {NULL, 0, 0, 0, NULL},
};

/* What a person or a JSON reader wants, in this order; the names of to_dict() and of the fields msgspec encodes. */
static const char *const PUBLIC_FIELDS[] = {
    "symbol",       "verdict",       "reason",    "bid",    "ask",        "last",     "mid",        "spread",
    "bid_size",     "ask_size",      "last_size", "volume", "close",      "open",     "high",       "low",
    "last_trade_s", "is_halted",     "state",     "source", "data_type",  "api_mode", "age_s",      "vouched_age_s",
    "ts_recv_ns",   "ts_publish_ns", "sequence",  "epoch",  "generation", "slot",     "segment_id",
};
#define PUBLIC_FIELD_COUNT (sizeof PUBLIC_FIELDS / sizeof PUBLIC_FIELDS[0])

static PyObject *quote_to_dict(PyObject *quote, PyObject *unused) {
    (void)unused;
    PyObject *result = PyDict_New();
    for (size_t i = 0; result != NULL && i < PUBLIC_FIELD_COUNT; i++) {
        PyObject *value = PyObject_GetAttrString(quote, PUBLIC_FIELDS[i]);
        if (value == NULL || PyDict_SetItemString(result, PUBLIC_FIELDS[i], value) != 0)
            Py_CLEAR(result);
        Py_XDECREF(value);
    }
    return result;
}

static PyObject *quote_reduce(tr_quote *quote, PyObject *unused) {
    (void)unused;
    PyObject *module = PyImport_ImportModule("tickring._core"), *restore = NULL, *result = NULL;
    if (module != NULL)
        restore = PyObject_GetAttrString(module, "_restore_quote");
    if (restore != NULL)
        result = Py_BuildValue("N(IOy#)", restore, TR_LAYOUT_VERSION, quote->symbol, (char *)quote + QUOTE_DATA_START,
                               (Py_ssize_t)QUOTE_DATA_BYTES);
    Py_XDECREF(module);
    return result;
}

PyObject *tr_quote_restore(PyObject *module, PyObject *args) {
    (void)module;
    unsigned version;
    PyObject *symbol;
    const char *data;
    Py_ssize_t bytes;
    if (!PyArg_ParseTuple(args, "IUy#:_restore_quote", &version, &symbol, &data, &bytes))
        return NULL;
    if (version != TR_LAYOUT_VERSION || bytes != (Py_ssize_t)QUOTE_DATA_BYTES)
        return PyErr_Format(PyExc_ValueError,
                            "this quote was pickled by layout version %u, this release understands %u", version,
                            TR_LAYOUT_VERSION);
    tr_quote *quote = PyObject_New(tr_quote, &tr_quote_type);
    if (quote == NULL)
        return NULL;
    quote->symbol = Py_NewRef(symbol);
    memcpy((char *)quote + QUOTE_DATA_START, data, (size_t)bytes);
    /* A pickle may come from anywhere: keep what indexes a table inside it. */
    if (quote->judgement.verdict >= TR_VERDICT_COUNT || quote->judgement.reason >= TR_REASON_COUNT) {
        quote->judgement = tr_judge_nothing(TR_REASON_OVERTAKEN);
        tr_clear_record(&quote->record);
        quote->has_record = false;
    }
    if (!box(quote))
        Py_CLEAR(quote);
    return (PyObject *)quote;
}

static int append_number(char *text, size_t room, const char *label, double value) {
    if (isnan(value))
        return snprintf(text, room, "%s-", label);
    char *number = PyOS_double_to_string(value, 'r', 0, 0, NULL);
    int length = snprintf(text, room, "%s%s", label, number != NULL ? number : "?");
    PyMem_Free(number);
    return length;
}

static PyObject *quote_repr(tr_quote *quote) {
    const char *verdict = PyUnicode_AsUTF8(tr_word(TR_WORDS_VERDICT, quote->judgement.verdict));
    const char *reason = PyUnicode_AsUTF8(tr_word(TR_WORDS_REASON, quote->judgement.reason));
    if (verdict == NULL || reason == NULL)
        return NULL;
    if (!quote->has_record)
        return PyUnicode_FromFormat("<Quote %U %s: %s>", quote->symbol, verdict, reason);
    char text[256];
    size_t used = 0;
    used += (size_t)append_number(text + used, sizeof text - used, "bid ", double_field(quote, TR_FIELD_BID));
    used += (size_t)append_number(text + used, sizeof text - used, " ask ", double_field(quote, TR_FIELD_ASK));
    used += (size_t)append_number(text + used, sizeof text - used, " last ", double_field(quote, TR_FIELD_LAST));
    snprintf(text + used, sizeof text - used, " age %.3fs", seconds_since(quote, quote->record.ts_publish_ns));
    bool plain = quote->judgement.verdict == TR_VERDICT_LIVE;
    return PyUnicode_FromFormat("<Quote %U %s%s%s | %s %U #%llu>", quote->symbol, verdict, plain ? "" : ": ",
                                plain ? "" : reason, text, tr_word(TR_WORDS_SOURCE, quote->record.source),
                                (unsigned long long)quote->record.sequence);
}

static bool same_quote(const tr_quote *a, const tr_quote *b) {
    return a->record.sequence == b->record.sequence && a->record.generation == b->record.generation &&
           a->slot == b->slot && a->judgement.verdict == b->judgement.verdict &&
           memcmp(a->segment_id, b->segment_id, sizeof a->segment_id) == 0 &&
           /* without a record there is no slot to compare by */
           (a->record.sequence != 0 || PyUnicode_Compare(a->symbol, b->symbol) == 0);
}

static PyObject *quote_richcompare(PyObject *a, PyObject *b, int operation) {
    if (!Py_IS_TYPE(b, &tr_quote_type) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    bool same = same_quote((tr_quote *)a, (tr_quote *)b);
    return PyBool_FromLong(same == (operation == Py_EQ));
}

static Py_hash_t quote_hash(tr_quote *quote) {
    uint64_t id, hash = quote->record.sequence;
    memcpy(&id, quote->segment_id, sizeof id);
    hash = hash * UINT64_C(0x9e3779b97f4a7c15) ^ id;
    hash = hash * UINT64_C(0x9e3779b97f4a7c15) ^ ((uint64_t)quote->slot << 32 | quote->record.generation);
    hash = hash * UINT64_C(0x9e3779b97f4a7c15) ^ quote->judgement.verdict;
    hash ^= hash >> 32;
    return (Py_hash_t)hash == -1 ? -2 : (Py_hash_t)hash;
}

static PyMethodDef quote_methods[] = {
    {"to_dict", quote_to_dict, METH_NOARGS, "to_dict() -> dict\n\nThe public fields by name; absent values are None."},
    {"__reduce__", (PyCFunction)quote_reduce, METH_NOARGS, "Pickle support; a pickle is for the same layout version."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject tr_quote_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "tickring._core.Quote",
    .tp_doc = "One immutable look at one symbol's top of book, with the verdict of that look.",
    .tp_basicsize = sizeof(tr_quote),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_dealloc = (destructor)quote_dealloc,
    .tp_members = quote_members,
    .tp_getset = quote_getset,
    .tp_methods = quote_methods,
    .tp_repr = (reprfunc)quote_repr,
    .tp_richcompare = quote_richcompare,
    .tp_hash = (hashfunc)quote_hash,
};

/* msgspec encodes any object whose type lists dataclass fields, natively and without a hook; so do dataclasses.fields()
 * and asdict(). The fields are made by tickring.quote_fields, which is pure Python. */
static int add_dataclass_fields(void) {
    PyObject *names = PyTuple_New(PUBLIC_FIELD_COUNT), *module = NULL, *fields = NULL;
    for (size_t i = 0; names != NULL && i < PUBLIC_FIELD_COUNT; i++) {
        PyObject *name = PyUnicode_InternFromString(PUBLIC_FIELDS[i]);
        if (name == NULL)
            Py_CLEAR(names);
        else
            PyTuple_SET_ITEM(names, (Py_ssize_t)i, name);
    }
    if (names != NULL && (module = PyImport_ImportModule("tickring.quote_fields")) != NULL)
        fields = PyObject_CallMethod(module, "dataclass_fields", "(O)", names);
    int failed = fields == NULL || PyDict_SetItemString(tr_quote_type.tp_dict, "__dataclass_fields__", fields) != 0;
    PyType_Modified(&tr_quote_type);
    Py_XDECREF(names);
    Py_XDECREF(module);
    Py_XDECREF(fields);
    return failed ? -1 : 0;
}

int tr_quote_ready(void) { return PyType_Ready(&tr_quote_type) < 0 ? -1 : add_dataclass_fields(); }
