/* Raising tickring's own error classes; they are written in Python (tickring.errors). */
#include <errno.h>
#include <string.h>

#include "key.h"
#include "py_core.h"

PyObject *tr_error_class(const char *name) {
    static PyObject *module; /* kept for the life of the process, as the module keeps itself */
    if (module == NULL && (module = PyImport_ImportModule("tickring.errors")) == NULL)
        return NULL;
    PyObject *class = PyObject_GetAttrString(module, name);
    Py_XDECREF(class); /* borrowed: the module's namespace holds it */
    return class;
}

/* Calls CLASS(message, path=path, **more) and raises it; takes over both references; either may be NULL. */
static PyObject *raise_with(const char *class_name, PyObject *message, PyObject *keywords) {
    PyObject *class = tr_error_class(class_name), *args = NULL, *error = NULL;
    if (class != NULL && message != NULL && keywords != NULL && (args = PyTuple_Pack(1, message)) != NULL)
        error = PyObject_Call(class, args, keywords);
    if (error != NULL)
        PyErr_SetObject(class, error);
    Py_XDECREF(args);
    Py_XDECREF(error);
    Py_XDECREF(message);
    Py_XDECREF(keywords);
    return NULL;
}

PyObject *tr_raise_segment(const char *class_name, const char *path, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    PyObject *message = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    return raise_with(class_name, message, Py_BuildValue("{sN}", "path", PyUnicode_DecodeFSDefault(path)));
}

static PyObject *raise_version(const char *path, uint32_t found) {
    const char *step = found > TR_LAYOUT_VERSION ? "upgrade tickring in this environment to the writer's release"
                                                 : "restart the writer with this release, it makes a new segment";
    PyObject *message =
        PyUnicode_FromFormat("has layout version %u, this release understands %u; %s", found, TR_LAYOUT_VERSION, step);
    return raise_with("SegmentVersionMismatch", message,
                      Py_BuildValue("{sNsIsI}", "path", PyUnicode_DecodeFSDefault(path), "found", found, "understood",
                                    TR_LAYOUT_VERSION));
}

PyObject *tr_raise_open_fault(int fault, const char *path, uint32_t found_version) {
    switch (fault) {
    case TR_OPEN_NOT_A_SEGMENT:
        return tr_raise_segment(
            "NotASegment", path,
            "is not a tickring segment; check the name, or remove the file that stands in its place");
    case TR_OPEN_NOT_READY:
        return tr_raise_segment("SegmentNotReady", path,
                                "is not ready: its creator has not finished; try again, and if it stays so start the "
                                "supervisor, which replaces it");
    case TR_OPEN_OTHER_VERSION:
        return raise_version(path, found_version);
    case TR_OPEN_WRONG_SIZE:
        return tr_raise_segment("SegmentSizeMismatch", path,
                                "has another size than its header says (truncated or damaged); start the supervisor, "
                                "which replaces it");
    default:
        if (errno == ENXIO || errno == ELOOP) /* a socket, links in a circle */
            return tr_raise_open_fault(TR_OPEN_NOT_A_SEGMENT, path, found_version);
        if (errno == ENOENT || errno == ENOTDIR)
            return tr_raise_segment("SegmentNotFound", path,
                                    "is not there; start the supervisor (or check the segment's name)");
        if (errno == EACCES || errno == EPERM)
            return tr_raise_segment("SegmentPermissionDenied", path,
                                    "may not be opened by this user; join the group that owns the file (`ls -l`)");
        return PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
    }
}

PyObject *tr_raise_rejection(const char *factory, PyObject *quote, PyObject *argument) {
    PyObject *module = PyImport_ImportModule("tickring.errors.quote"), *error = NULL;
    PyObject *make = module != NULL ? PyObject_GetAttrString(module, factory) : NULL;
    Py_XDECREF(module);
    if (make != NULL && quote != NULL && argument != NULL)
        error = PyObject_CallFunctionObjArgs(make, quote, argument, NULL);
    if (error != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(make);
    Py_XDECREF(error);
    return NULL;
}

static const char *raise_symbol(PyObject *symbol, const char *rule) {
    PyObject *class = tr_error_class("InvalidSymbol"), *error = NULL;
    if (class != NULL && (error = PyObject_CallFunction(class, "Os", symbol, rule)) != NULL)
        PyErr_SetObject(class, error);
    Py_XDECREF(error);
    return NULL;
}

const char *tr_symbol_key(PyObject *symbol, Py_ssize_t *bytes) {
    if (!PyUnicode_Check(symbol)) {
        PyErr_Format(PyExc_TypeError, "a symbol is a str, not %s", Py_TYPE(symbol)->tp_name);
        return NULL;
    }
    const char *key = PyUnicode_AsUTF8AndSize(symbol, bytes);
    if (key == NULL) { /* a lone surrogate */
        PyErr_Clear();
        return raise_symbol(symbol, "must be valid text");
    }
    const char *rule = tr_key_fault(key, (size_t)*bytes);
    if (rule == NULL)
        for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(symbol) && rule == NULL; i++)
            if (!Py_UNICODE_ISPRINTABLE(PyUnicode_READ_CHAR(symbol, i)))
                rule = "must be printable";
    return rule == NULL ? key : raise_symbol(symbol, rule);
}
