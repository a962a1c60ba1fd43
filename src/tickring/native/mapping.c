#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomics.h"

/* Looks at the header page first and maps the whole only when the sizes agree: a page behind the end of a truncated
 * file would be a SIGBUS. */
static int map_checked(tr_mapping *mapping, int fd, int protection, uint32_t *found_version) {
    struct stat status;
    if (fstat(fd, &status) != 0)
        return TR_OPEN_SYSTEM_ERROR;
    if (!S_ISREG(status.st_mode) || status.st_size < TR_HEADER_BYTES)
        return TR_OPEN_NOT_A_SEGMENT;
    tr_header header;
    ssize_t got = pread(fd, &header, sizeof header, 0);
    if (got != (ssize_t)sizeof header) {
        errno = got < 0 ? errno : EIO;
        return TR_OPEN_SYSTEM_ERROR;
    }
    int fault = tr_view_check(&header, (uint64_t)status.st_size);
    *found_version = header.identity.layout_version;
    if (fault != TR_OPEN_OK)
        return fault;
    void *base = mmap(NULL, (size_t)status.st_size, protection, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return TR_OPEN_SYSTEM_ERROR;
    /* Bound from the copy that was checked, not from what the file may say by now. */
    tr_view_bind_as(&mapping->view, base, header.identity.capacity, header.identity.depth);
    mapping->bytes = (size_t)status.st_size;
    mapping->device = status.st_dev;
    mapping->inode = status.st_ino;
    mapping->references = 1;
    return TR_OPEN_OK;
}

static int make_mapping(tr_mapping **result, int fd, int protection, uint32_t *found_version) {
    tr_mapping *mapping = calloc(1, sizeof *mapping);
    if (mapping == NULL) {
        errno = ENOMEM;
        return TR_OPEN_SYSTEM_ERROR;
    }
    int fault = map_checked(mapping, fd, protection, found_version);
    if (fault != TR_OPEN_OK) {
        int why = errno;
        free(mapping);
        errno = why;
        return fault;
    }
    *result = mapping;
    return TR_OPEN_OK;
}

int tr_mapping_open(tr_mapping **mapping, const char *path, uint32_t *found_version) {
    /* NONBLOCK: opening a FIFO must not hang the process. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return TR_OPEN_SYSTEM_ERROR;
    int fault = make_mapping(mapping, fd, PROT_READ, found_version);
    int why = errno;
    close(fd);
    errno = why;
    return fault;
}

int tr_mapping_from_fd(tr_mapping **mapping, int fd, uint32_t *found_version) {
    return make_mapping(mapping, fd, PROT_READ | PROT_WRITE, found_version);
}

tr_mapping *tr_mapping_of_closed(void) {
    static tr_header header;
    static tr_entry entries[16];
    static tr_control controls[TR_CAPACITY_MIN];
    static tr_record_image rings[TR_CAPACITY_MIN * TR_DEPTH_MIN];
    static tr_mapping closed = {
        .view = {&header, entries, controls, rings, TR_CAPACITY_MIN, TR_DEPTH_MIN, 15},
        .references = 1, /* its own: never released */
    };
    return &closed;
}

void tr_mapping_acquire(tr_mapping *mapping) { mapping->references++; }

void tr_mapping_release(tr_mapping *mapping) {
    if (mapping == NULL || --mapping->references > 0)
        return;
    munmap(mapping->view.header, mapping->bytes);
    free(mapping);
}

int tr_mapping_is_replaced(const tr_mapping *mapping, const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && (status.st_dev != mapping->device || status.st_ino != mapping->inode);
}
