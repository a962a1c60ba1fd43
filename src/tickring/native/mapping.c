#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomics.h"

static tr_wanted_page *map_wanted(int fd) {
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size < (off_t)sizeof(tr_wanted_page))
        return NULL;
    void *page = mmap(NULL, sizeof(tr_wanted_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? NULL : page;
}

/* Looks at the header page first and maps the whole only when the sizes agree: a page behind the end of a truncated
 * file would be a SIGBUS. */
static int map_checked(tr_mapping *mapping, int fd, int protection, uint32_t *found_version) {
    struct stat status;
    if (fstat(fd, &status) != 0)
        return TR_OPEN_SYSTEM_ERROR;
    if (!S_ISREG(status.st_mode) || status.st_size < TR_HEADER_BYTES)
        return TR_OPEN_NOT_A_SEGMENT;
    const tr_header *header = mmap(NULL, TR_HEADER_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (header == MAP_FAILED)
        return TR_OPEN_SYSTEM_ERROR;
    int fault = tr_view_check(header, (uint64_t)status.st_size);
    *found_version = header->identity.layout_version;
    munmap((void *)header, TR_HEADER_BYTES);
    if (fault != TR_OPEN_OK)
        return fault;
    void *base = mmap(NULL, (size_t)status.st_size, protection, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return TR_OPEN_SYSTEM_ERROR;
    tr_view_bind(&mapping->view, base);
    mapping->bytes = (size_t)status.st_size;
    mapping->device = status.st_dev;
    mapping->inode = status.st_ino;
    mapping->references = 1;
    return TR_OPEN_OK;
}

static int make_mapping(tr_mapping **result, int fd, int wanted_fd, int protection, uint32_t *found_version) {
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
    mapping->wanted = map_wanted(wanted_fd);
    *result = mapping;
    return TR_OPEN_OK;
}

int tr_mapping_open(tr_mapping **mapping, const char *path, const char *wanted_path, uint32_t *found_version) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return TR_OPEN_SYSTEM_ERROR;
    int wanted_fd = open(wanted_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    int fault = make_mapping(mapping, fd, wanted_fd, PROT_READ, found_version);
    int why = errno;
    close(fd);
    if (wanted_fd >= 0)
        close(wanted_fd);
    errno = why;
    return fault;
}

int tr_mapping_from_fd(tr_mapping **mapping, int fd, int wanted_fd, uint32_t *found_version) {
    return make_mapping(mapping, fd, wanted_fd, PROT_READ | PROT_WRITE, found_version);
}

void tr_mapping_acquire(tr_mapping *mapping) { mapping->references++; }

void tr_mapping_release(tr_mapping *mapping) {
    if (mapping == NULL || --mapping->references > 0)
        return;
    munmap(mapping->view.header, mapping->bytes);
    if (mapping->wanted != NULL)
        munmap(mapping->wanted, sizeof *mapping->wanted);
    free(mapping);
}

int tr_mapping_is_replaced(const tr_mapping *mapping, const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && (status.st_dev != mapping->device || status.st_ino != mapping->inode);
}
