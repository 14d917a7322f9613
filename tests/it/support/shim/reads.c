/* A file on a bad sector, whatever it is called. */
#include "shim.h"

ssize_t read(int file, void *bytes, size_t count)
{
    const char *bad = getenv("SHIM_UNREADABLE");
    struct stat stat;
    if (bad && !fstat(file, &stat) && S_ISREG(stat.st_mode) && stat.st_ino == strtoull(bad, NULL, 10)) {
        errno = EIO;
        return -1;
    }
    return RAW(SYS_read, file, bytes, count);
}
