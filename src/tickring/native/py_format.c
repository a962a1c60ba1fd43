/* Formatting a new segment file, and the verdict as a pure function for tests and tools. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomics.h"
#include "clock.h"
#include "py_core.h"

/* Whole numbers in range, or a ValueError that names them as they were given: none is cut to fit. */
static int check_geometry(PyObject *capacity, PyObject *depth, uint32_t *symbols, uint32_t *records) {
    int too_large[2];
    long long numbers[] = {PyLong_AsLongLongAndOverflow(capacity, &too_large[0]),
                           PyLong_AsLongLongAndOverflow(depth, &too_large[1])};
    if (PyErr_Occurred())
        return -1;
    if (too_large[0] == 0 && too_large[1] == 0 && numbers[0] >= TR_CAPACITY_MIN && numbers[0] <= TR_CAPACITY_MAX &&
        numbers[1] >= TR_DEPTH_MIN && numbers[1] <= TR_DEPTH_MAX && (numbers[1] & (numbers[1] - 1)) == 0) {
        *symbols = (uint32_t)numbers[0];
        *records = (uint32_t)numbers[1];
        return 0;
    }
    PyErr_Format(PyExc_ValueError,
                 "capacity %R and depth %R: capacity must be %u-%u symbols, depth a power of two %u-%u", capacity,
                 depth, TR_CAPACITY_MIN, TR_CAPACITY_MAX, TR_DEPTH_MIN, TR_DEPTH_MAX);
    return -1;
}

PyObject *tr_segment_bytes(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *capacity, *depth;
    uint32_t symbols, records;
    if (!PyArg_ParseTuple(args, "OO:segment_bytes", &capacity, &depth) ||
        check_geometry(capacity, depth, &symbols, &records) != 0)
        return NULL;
    tr_identity identity;
    tr_geometry(&identity, symbols, records);
    return PyLong_FromUnsignedLongLong(identity.segment_bytes);
}

PyObject *tr_format_segment(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    static char *names[] = {
        "fd", "capacity", "depth", "segment_id", "epoch", "heartbeat_limit_ns", "vouch_limit_ns", "api_mode", NULL};
    int fd;
    PyObject *capacity, *depth;
    uint32_t symbols, records;
    const char *id;
    Py_ssize_t id_bytes;
    unsigned long long epoch;
    long long heartbeat_limit_ns, vouch_limit_ns;
    PyObject *api_mode;
    struct stat status;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "iOOy#KLLO:format_segment", names, &fd, &capacity, &depth, &id,
                                     &id_bytes, &epoch, &heartbeat_limit_ns, &vouch_limit_ns, &api_mode) ||
        check_geometry(capacity, depth, &symbols, &records) != 0)
        return NULL;
    int mode = tr_word_number(TR_WORDS_API_MODE, api_mode, 0);
    if (mode < 0)
        return NULL;
    tr_identity identity = {.magic = TR_MAGIC, .layout_version = TR_LAYOUT_VERSION, .created_ns = tr_wall_ns()};
    tr_geometry(&identity, symbols, records);
    if (id_bytes != (Py_ssize_t)sizeof identity.segment_id)
        return PyErr_Format(PyExc_ValueError, "segment_id has %zd bytes, must be 16", id_bytes);
    memcpy(identity.segment_id, id, sizeof identity.segment_id);
    if (fstat(fd, &status) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    if ((uint64_t)status.st_size != identity.segment_bytes)
        return PyErr_Format(PyExc_ValueError, "the file has %lld bytes, must have %llu", (long long)status.st_size,
                            (unsigned long long)identity.segment_bytes);
    tr_header *header = mmap(NULL, TR_HEADER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (header == MAP_FAILED)
        return PyErr_SetFromErrno(PyExc_OSError);
    header->identity = identity;
    TR_STORE_RELAXED(&header->supervisor.epoch, (uint64_t)epoch);
    TR_STORE_RELAXED(&header->supervisor.heartbeat_limit_ns, (int64_t)heartbeat_limit_ns);
    TR_STORE_RELAXED(&header->supervisor.vouch_limit_ns, (int64_t)vouch_limit_ns);
    TR_STORE_RELAXED(&header->supervisor.api_mode, (uint32_t)mode);
    TR_STORE_RELAXED(&header->supervisor.state, (uint32_t)TR_RUN_STARTING);
    TR_STORE_RELEASE(&header->identity.ready, 1u); /* SYNC READY: last */
    munmap(header, TR_HEADER_BYTES);
    Py_RETURN_NONE;
}

/* judge((state, source, data_type, epoch, has, api_mode), (supervisor_epoch, feeder_epoch, heartbeat_ns, heartbeat_limit_ns,
 * vouch_limit_ns, supervisor_state, feeder_state, connection, supervisor_mode, feeder_mode, superseded), vouched_ns,
 * now_ns, accepted_modes, is_newest): the numbers as they lie in memory, so that a test can give any of them. */
PyObject *tr_py_judge(PyObject *module, PyObject *args) {
    (void)module;
    tr_record record = {.sequence = 1};
    tr_vitals vitals;
    long long vouched_ns, now_ns, heartbeat_ns, heartbeat_limit_ns, vouch_limit_ns;
    unsigned long long supervisor_epoch, feeder_epoch;
    unsigned accepted_modes;
    int is_newest;
    unsigned char mode;
    if (!PyArg_ParseTuple(args, "(BBBHHB)(KKLLLIIIIII)LLIp:judge", &record.state, &record.source, &record.data_type,
                          &record.epoch, &record.has, &mode, &supervisor_epoch, &feeder_epoch, &heartbeat_ns,
                          &heartbeat_limit_ns, &vouch_limit_ns, &vitals.supervisor_state, &vitals.feeder_state,
                          &vitals.connection, &vitals.supervisor_mode, &vitals.feeder_mode, &vitals.superseded,
                          &vouched_ns, &now_ns, &accepted_modes, &is_newest))
        return NULL;
    record.flags = (uint8_t)((mode << TR_FLAG_MODE_SHIFT) & TR_FLAG_MODE_MASK);
    vitals.supervisor_epoch = supervisor_epoch;
    vitals.feeder_epoch = feeder_epoch;
    vitals.heartbeat_ns = heartbeat_ns;
    vitals.heartbeat_limit_ns = heartbeat_limit_ns;
    vitals.vouch_limit_ns = vouch_limit_ns;
    tr_judgement judgement = tr_judge(&record, &vitals, vouched_ns, now_ns, accepted_modes, is_newest);
    return PyTuple_Pack(2, tr_word(TR_WORDS_VERDICT, judgement.verdict), tr_word(TR_WORDS_REASON, judgement.reason));
}

/* check_segment(fd, path): raises what is wrong with the file behind a descriptor, as opening it would. */
PyObject *tr_check_segment(PyObject *module, PyObject *args) {
    (void)module;
    int fd;
    const char *path;
    tr_mapping *mapping;
    uint32_t version = 0;
    if (!PyArg_ParseTuple(args, "is:check_segment", &fd, &path))
        return NULL;
    int fault = tr_mapping_from_fd(&mapping, fd, &version);
    if (fault != TR_OPEN_OK)
        return tr_raise_open_fault(fault, path, version);
    tr_mapping_release(mapping);
    Py_RETURN_NONE;
}

/* feeder_identity(fd): who the header says writes it, without mapping it. */
PyObject *tr_feeder_identity(PyObject *module, PyObject *argument) {
    (void)module;
    tr_feeder_line line;
    long fd = PyLong_AsLong(argument);
    if (fd == -1 && PyErr_Occurred())
        return NULL;
    if (pread((int)fd, &line, sizeof line, offsetof(tr_header, feeder)) != (ssize_t)sizeof line)
        return PyErr_SetFromErrno(PyExc_OSError);
    return Py_BuildValue("(iK)", line.pid, (unsigned long long)line.start_ticks);
}
