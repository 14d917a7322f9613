/* What the tests put between the program and the C library, by LD_PRELOAD: a clock that moves while the program runs, and a
   death at a certain moment. Neither can be had from outside in any other way. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* SHIM_CLOCK: a file that holds the seconds by which the time of day is moved. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    const char *path = getenv("SHIM_CLOCK");
    FILE *file = clock == CLOCK_REALTIME && path ? fopen(path, "r") : NULL;
    if (file) {
        long seconds = 0;
        if (fscanf(file, "%ld", &seconds) == 1)
            time->tv_sec += seconds;
        fclose(file);
    }
    return result;
}

/* SHIM_DIE_AT_SYNC: how the path ends of what, when it is to be synced, is not, and the program dies instead. */
int fsync(int descriptor)
{
    static int (*real)(int);
    const char *end = getenv("SHIM_DIE_AT_SYNC");
    if (end) {
        char link[64], path[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t length = readlink(link, path, sizeof path - 1);
        size_t wanted = strlen(end);
        if (length >= (ssize_t)wanted && !memcmp(path + length - wanted, end, wanted))
            kill(getpid(), SIGKILL);
    }
    if (!real)
        real = dlsym(RTLD_NEXT, "fsync");
    return real(descriptor);
}

/* SHIM_DIE_AT_ROWS: a text that, when it is to be written into a file in the making of the list, kills the program instead. */
ssize_t write(int descriptor, const void *bytes, size_t count)
{
    static ssize_t (*real)(int, const void *, size_t);
    const char *text = getenv("SHIM_DIE_AT_ROWS");
    if (text && memmem(bytes, count, text, strlen(text))) {
        char link[64], path[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length > 8 && !memcmp(path + length - 8, ".partial", 8))
            kill(getpid(), SIGKILL);
    }
    if (!real)
        real = dlsym(RTLD_NEXT, "write");
    return real(descriptor, bytes, count);
}
