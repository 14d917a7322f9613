/* The door beside the doors: a call by its number goes where the call by its name goes. */
#include "shim.h"

#include <stdio.h>
#include <sys/sendfile.h>

long syscall(long number, ...)
{
    va_list rest;
    long a[6];
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);
#define TEXT(n) ((const char *)a[n])
    switch (number) {
    case SYS_write:
        return write((int)a[0], TEXT(1), (size_t)a[2]);
    case SYS_pwrite64:
        return pwrite64((int)a[0], TEXT(1), (size_t)a[2], a[3]);
    case SYS_writev:
        return writev((int)a[0], (const struct iovec *)a[1], (int)a[2]);
    case SYS_copy_file_range:
        return copy_file_range((int)a[0], (off64_t *)a[1], (int)a[2], (off64_t *)a[3], (size_t)a[4], (unsigned)a[5]);
    case SYS_sendfile:
        return sendfile64((int)a[0], (int)a[1], (off64_t *)a[2], (size_t)a[3]);
    case SYS_ftruncate:
        return ftruncate64((int)a[0], a[1]);
    case SYS_fallocate:
        return fallocate64((int)a[0], (int)a[1], a[2], a[3]);
    case SYS_fsync:
        return fsync((int)a[0]);
    case SYS_fdatasync:
        return fdatasync((int)a[0]);
    case SYS_sync_file_range:
        return sync_file_range((int)a[0], a[1], a[2], (unsigned)a[3]);
    case SYS_openat:
        return openat((int)a[0], TEXT(1), (int)a[2], (mode_t)a[3]);
    case SYS_renameat2:
        return renameat2((int)a[0], TEXT(1), (int)a[2], TEXT(3), (unsigned)a[4]);
    case SYS_linkat:
        return linkat((int)a[0], TEXT(1), (int)a[2], TEXT(3), (int)a[4]);
    case SYS_symlinkat:
        return symlinkat(TEXT(0), (int)a[1], TEXT(2));
    case SYS_unlinkat:
        return unlinkat((int)a[0], TEXT(1), (int)a[2]);
    case SYS_mkdirat:
        return mkdirat((int)a[0], TEXT(1), (mode_t)a[2]);
    case SYS_fchmodat:
        return fchmodat((int)a[0], TEXT(1), (mode_t)a[2], 0);
    case SYS_fchmod:
        return fchmod((int)a[0], (mode_t)a[1]);
    case SYS_utimensat:
        return TEXT(1) ? utimensat((int)a[0], TEXT(1), (const struct timespec *)a[2], (int)a[3])
                       : futimens((int)a[0], (const struct timespec *)a[2]);
    case SYS_statx:
        return statx((int)a[0], TEXT(1), (int)a[2], (unsigned)a[3], (struct statx *)a[4]);
    default:
        return RAW(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
}
