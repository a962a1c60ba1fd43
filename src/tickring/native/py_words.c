/* The Python enums by number. Loaded once at import and checked word for word against layout.h. */
#include "py_core.h"

static PyObject *words[TR_WORDS_KINDS][64];
static unsigned lengths[TR_WORDS_KINDS];

#define WORD(value, name, word) word,
static const char *const VERDICT_WORDS[] = {TR_VERDICTS(WORD) NULL};
static const char *const REASON_WORDS[] = {TR_REASONS(WORD) NULL};
static const char *const STATE_WORDS[] = {TR_STATES(WORD) NULL};
static const char *const SOURCE_WORDS[] = {TR_SOURCES(WORD) NULL};
static const char *const DATA_TYPE_WORDS[] = {TR_DATA_TYPES(WORD) NULL};
static const char *const API_MODE_WORDS[] = {TR_API_MODES(WORD) NULL};
static const char *const RUN_STATE_WORDS[] = {TR_RUN_STATES(WORD) NULL};
static const char *const CONNECTION_WORDS[] = {TR_CONNECTIONS(WORD) NULL};
static const char *const FIELD_WORDS[] = {TR_FIELDS(WORD) NULL};

static const struct {
    const char *module, *name;
    const char *const *words;
} ENUMS[TR_WORDS_KINDS] = {
    [TR_WORDS_VERDICT] = {"tickring.verdict", "Verdict", VERDICT_WORDS},
    [TR_WORDS_REASON] = {"tickring.verdict", "Reason", REASON_WORDS},
    [TR_WORDS_STATE] = {"tickring.states", "QuoteState", STATE_WORDS},
    [TR_WORDS_SOURCE] = {"tickring.states", "Source", SOURCE_WORDS},
    [TR_WORDS_DATA_TYPE] = {"tickring.states", "DataType", DATA_TYPE_WORDS},
    [TR_WORDS_API_MODE] = {"tickring.states", "ApiMode", API_MODE_WORDS},
    [TR_WORDS_RUN_STATE] = {"tickring.states", "RunState", RUN_STATE_WORDS},
    [TR_WORDS_CONNECTION] = {"tickring.states", "Connection", CONNECTION_WORDS},
    [TR_WORDS_FIELD] = {"tickring.states", "Field", FIELD_WORDS},
};

static int load(tr_word_kind kind) {
    PyObject *module = PyImport_ImportModule(ENUMS[kind].module);
    PyObject *members = NULL, *type = module ? PyObject_GetAttrString(module, ENUMS[kind].name) : NULL;
    if (type != NULL)
        members = PySequence_List(type);
    Py_XDECREF(module);
    Py_XDECREF(type);
    if (members == NULL)
        return -1;
    unsigned length = 0;
    for (; ENUMS[kind].words[length] != NULL; length++) {
        PyObject *member = length < (unsigned)PyList_GET_SIZE(members) ? PyList_GET_ITEM(members, length) : NULL;
        if (member == NULL || PyUnicode_CompareWithASCIIString(member, ENUMS[kind].words[length]) != 0) {
            PyErr_Format(PyExc_ImportError, "%s.%s and native/layout.h differ at number %u (\"%s\"): rebuild tickring",
                         ENUMS[kind].module, ENUMS[kind].name, length, ENUMS[kind].words[length]);
            Py_DECREF(members);
            return -1;
        }
        words[kind][length] = Py_NewRef(member);
    }
    int same_length = (unsigned)PyList_GET_SIZE(members) == length;
    lengths[kind] = length;
    Py_DECREF(members);
    if (!same_length)
        PyErr_Format(PyExc_ImportError, "%s.%s has members that native/layout.h does not know: rebuild tickring",
                     ENUMS[kind].module, ENUMS[kind].name);
    return same_length ? 0 : -1;
}

int tr_words_load(void) {
    for (int kind = 0; kind < TR_WORDS_KINDS; kind++)
        if (load((tr_word_kind)kind) != 0)
            return -1;
    return 0;
}

/* A number this release does not know (a newer writer, a damaged byte) reads as the first word, which every kind
 * reserves for "nothing known" - except verdicts, reasons and fields, which only this process makes. */
PyObject *tr_word(tr_word_kind kind, unsigned number) { return words[kind][number < lengths[kind] ? number : 0]; }

int tr_word_number(tr_word_kind kind, PyObject *word, int if_none) {
    for (unsigned n = 0; n < lengths[kind]; n++)
        if (words[kind][n] == word)
            return (int)n;
    if (word == NULL || word == Py_None)
        return if_none;
    if (PyUnicode_Check(word)) {
        for (unsigned n = 0; n < lengths[kind]; n++)
            if (PyUnicode_CompareWithASCIIString(word, ENUMS[kind].words[n]) == 0)
                return (int)n;
    }
    PyErr_Format(PyExc_ValueError, "%R is no %s", word, ENUMS[kind].name);
    return -1;
}

int64_t tr_word_mask(tr_word_kind kind, PyObject *members) {
    PyObject *iterator = PyObject_GetIter(members);
    if (iterator == NULL)
        return -1;
    int64_t mask = 0;
    PyObject *member;
    while (mask >= 0 && (member = PyIter_Next(iterator)) != NULL) {
        int number = tr_word_number(kind, member, -1);
        mask = number < 0 ? -1 : mask | INT64_C(1) << number;
        if (number < 0 && !PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "%R is no %s", member, ENUMS[kind].name);
        Py_DECREF(member);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : mask;
}
