/* Float64 numbers from a Python object: a buffer as it is, anything else copied. */
#ifndef TICKRING_PY_NUMBERS_H
#define TICKRING_PY_NUMBERS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    double *numbers;
    Py_ssize_t length;
    Py_buffer buffer; /* .obj == NULL: `numbers` is a copy of ours */
} tr_doubles;

/* Of a buffer or a sequence of numbers. 0, or -1 with an error set; `held` starts as zeros and is released either way. */
int tr_doubles_from(PyObject *source, tr_doubles *held);
/* Of a buffer of float64 only. `flags`: 0 or PyBUF_WRITABLE. 0, or -1 with an error set. */
int tr_doubles_from_buffer(PyObject *source, tr_doubles *held, int flags);
void tr_doubles_release(tr_doubles *held);

#endif
