/* Batch, shared by its type (py_batch.c) and its valuation (py_batch_value.c). */
#ifndef TICKRING_PY_BATCH_H
#define TICKRING_PY_BATCH_H

#include "py_core.h"

typedef struct {
    tr_record_image image; /* only its first cache line is set, and nothing here looks further */
    int64_t vouched_ns;
    int nothing; /* the reason if there is no record, else 0 */
} tr_batch_copy;

/* What is left of a plain record: one that reads live or quiet whenever its feed is up and vouches for it, with both
 * sides and not crossed. While the slot's cursor and generation stand, the record is this one and need not be looked at. */
typedef struct {
    uint64_t sequence;
    uint32_t slot;
    uint32_t generation; /* 0 (no slot in use has it): not plain, or not looked at yet */
    double price[2];     /* what a position is worth a share: short (the ask), long (the bid) */
} tr_plain_row;

typedef struct {
    PyObject_HEAD
    tr_reader *reader;
    PyObject *handles; /* tuple of Handle */
    PyObject *valuation_class;
    PyObject *unpriced_class;
    tr_batch_copy *copies;
    /* The rows below are of this mapping (owned) and this feeder. */
    tr_mapping *plain_mapping;
    uint64_t plain_epoch;
    tr_plain_row *plain;
    Py_ssize_t *odd; /* positions that are not plain, of the present valuation */
} tr_batch;

static inline tr_handle *tr_batch_handle(const tr_batch *batch, Py_ssize_t i) {
    return (tr_handle *)PyTuple_GET_ITEM(batch->handles, i);
}

PyObject *tr_batch_value(tr_batch *batch, PyObject *const *args, Py_ssize_t count, PyObject *keywords);

#endif
