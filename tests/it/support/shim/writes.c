/* The calls that change what is in a file, and those that make it last. */
#include "shim.h"

#include <sys/sendfile.h>

/* Of a write: whole, not at all, or half and then death. */
#define WRITE(call, file, whole, half)                                     \
    do {                                                                   \
        char key[PATHS];                                                   \
        enum fate fate = shim_path(key, file, NULL) ? shim_fate(call, key) : PASS; \
        if (fate == FAIL)                                                  \
            return -1;                                                     \
        if (fate == TORN) {                                                \
            (void)(half);                                                  \
            shim_end();                                                    \
        }                                                                  \
        return (whole);                                                    \
    } while (0)

ssize_t write(int file, const void *bytes, size_t count)
{
    WRITE("write", file, RAW(SYS_write, file, bytes, count), RAW(SYS_write, file, bytes, count / 2));
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at)
{
    WRITE("pwrite", file, RAW(SYS_pwrite64, file, bytes, count, at), RAW(SYS_pwrite64, file, bytes, count / 2, at));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at)
{
    return pwrite64(file, bytes, count, at);
}

static ssize_t half_of(int file, const struct iovec *parts, int count)
{
    size_t total = 0;
    for (int i = 0; i < count; i++)
        total += parts[i].iov_len;
    size_t left = total / 2;
    for (int i = 0; i < count && left; i++) {
        size_t take = parts[i].iov_len < left ? parts[i].iov_len : left;
        RAW(SYS_write, file, parts[i].iov_base, take);
        left -= take;
    }
    return 0;
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    WRITE("writev", file, RAW(SYS_writev, file, parts, count), half_of(file, parts, count));
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at)
{
    GUARD("pwritev", file, NULL);
    return RAW(SYS_pwritev, file, parts, count, (long)at, 0L);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    return pwritev64(file, parts, count, at);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t count, unsigned flags)
{
    WRITE("copy_file_range", to, RAW(SYS_copy_file_range, from, from_at, to, to_at, count, flags),
          RAW(SYS_copy_file_range, from, from_at, to, to_at, count / 2, flags));
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t count)
{
    WRITE("sendfile", to, RAW(SYS_sendfile, to, from, at, count), RAW(SYS_sendfile, to, from, at, count / 2));
}

ssize_t sendfile(int to, int from, off_t *at, size_t count)
{
    return sendfile64(to, from, at, count);
}

int ftruncate64(int file, off64_t size)
{
    GUARD("ftruncate", file, NULL);
    return (int)RAW(SYS_ftruncate, file, size);
}

int ftruncate(int file, off_t size)
{
    return ftruncate64(file, size);
}

int truncate64(const char *path, off64_t size)
{
    GUARD("truncate", AT_FDCWD, path);
    return (int)RAW(SYS_truncate, path, size);
}

int truncate(const char *path, off_t size)
{
    return truncate64(path, size);
}

int fallocate64(int file, int mode, off64_t at, off64_t size)
{
    GUARD("fallocate", file, NULL);
    return (int)RAW(SYS_fallocate, file, mode, at, size);
}

int fallocate(int file, int mode, off_t at, off_t size)
{
    return fallocate64(file, mode, at, size);
}

int posix_fallocate64(int file, off64_t at, off64_t size)
{
    return fallocate64(file, 0, at, size) ? errno : 0;
}

int posix_fallocate(int file, off_t at, off_t size)
{
    return posix_fallocate64(file, at, size);
}

static int is_spared(int file)
{
    struct stat about;
    if (fstat(file, &about))
        return 0;
    return shim_lies(S_ISDIR(about.st_mode) ? "nodirsync" : "nofsync");
}

int fsync(int file)
{
    GUARD("fsync", file, NULL);
    return is_spared(file) ? 0 : (int)RAW(SYS_fsync, file);
}

int fdatasync(int file)
{
    GUARD("fdatasync", file, NULL);
    return is_spared(file) ? 0 : (int)RAW(SYS_fdatasync, file);
}

int sync_file_range(int file, off64_t at, off64_t size, unsigned flags)
{
    GUARD("sync_file_range", file, NULL);
    return is_spared(file) ? 0 : (int)RAW(SYS_sync_file_range, file, at, size, flags);
}

int syncfs(int file)
{
    GUARD("syncfs", file, NULL);
    return is_spared(file) ? 0 : (int)RAW(SYS_syncfs, file);
}
