/* What the tests put between the program and the C library, by LD_PRELOAD, to make a disk look like what this machine has
 * none of.
 *
 *   DISK_MAGIC        what every file system says that it is, in hexadecimal
 *   NO_SHARED_MEMORY  files whose names end in -shm cannot be mapped */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#define STATFS(name)                                               \
    int name(const char *path, struct name *found)                 \
    {                                                              \
        static int (*real)(const char *, struct name *);           \
        if (!real)                                                 \
            real = dlsym(RTLD_NEXT, #name);                        \
        int result = real(path, found);                            \
        const char *magic = getenv("DISK_MAGIC");                  \
        if (result == 0 && magic)                                  \
            found->f_type = strtoul(magic, NULL, 16);              \
        return result;                                             \
    }
STATFS(statfs)
STATFS(statfs64)

static int is_refused(int descriptor)
{
    char link[64], path[4096];
    if (descriptor < 0 || !getenv("NO_SHARED_MEMORY"))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 4 && !memcmp(path + length - 4, "-shm", 4);
}

#define MMAP(name)                                                                        \
    void *name(void *at, size_t size, int access, int flags, int descriptor, off_t offset) \
    {                                                                                     \
        static void *(*real)(void *, size_t, int, int, int, off_t);                       \
        if (!real)                                                                        \
            real = dlsym(RTLD_NEXT, #name);                                               \
        if (is_refused(descriptor)) {                                                     \
            errno = ENODEV;                                                               \
            return MAP_FAILED;                                                            \
        }                                                                                 \
        return real(at, size, access, flags, descriptor, offset);                         \
    }
MMAP(mmap)
MMAP(mmap64)
