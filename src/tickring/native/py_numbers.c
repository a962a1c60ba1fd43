#include "py_numbers.h"

#include <string.h>

void tr_doubles_release(tr_doubles *held) {
    if (held->buffer.obj != NULL)
        PyBuffer_Release(&held->buffer);
    else
        PyMem_Free(held->numbers);
}

int tr_doubles_from_buffer(PyObject *source, tr_doubles *held, int flags) {
    if (PyObject_GetBuffer(source, &held->buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | flags) != 0)
        return -1;
    const char *format = held->buffer.format != NULL ? held->buffer.format : "B";
    if (held->buffer.itemsize == 8 && strcmp(format, "d") == 0) {
        held->numbers = held->buffer.buf;
        held->length = held->buffer.len / 8;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "a buffer of float64 is needed, not of format '%s'", format);
    PyBuffer_Release(&held->buffer); /* leaves .obj NULL */
    return -1;
}

static int copy_numbers(PyObject *source, tr_doubles *held) {
    PyObject *numbers = PySequence_Fast(source, "quantities must be a sequence of numbers");
    if (numbers == NULL)
        return -1;
    held->length = PySequence_Fast_GET_SIZE(numbers);
    held->numbers = PyMem_Malloc((size_t)held->length * sizeof(double) + 1);
    if (held->numbers == NULL)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < held->length && !PyErr_Occurred(); i++) {
        /* A list may change under a __float__: its length is asked for anew. */
        PyObject *number = i < PySequence_Fast_GET_SIZE(numbers) ? PySequence_Fast_GET_ITEM(numbers, i) : Py_None;
        Py_INCREF(number);
        held->numbers[i] = PyFloat_AsDouble(number);
        Py_DECREF(number);
    }
    Py_DECREF(numbers);
    return PyErr_Occurred() ? -1 : 0;
}

int tr_doubles_from(PyObject *source, tr_doubles *held) {
    if (PyObject_CheckBuffer(source)) {
        if (tr_doubles_from_buffer(source, held, 0) == 0)
            return 0;
        PyErr_Clear(); /* strided, or of other numbers: copied below */
    }
    return copy_numbers(source, held);
}
