/* The calls that make, rename and remove names, and those that change what is known of a file. */
#include "shim.h"

static int follows(int flags)
{
    return flags & AT_SYMLINK_NOFOLLOW && shim_lies("follow-links") ? flags & ~AT_SYMLINK_NOFOLLOW : flags;
}

static int opens(int at, const char *path, int flags, mode_t mode)
{
    if (flags & (O_CREAT | O_TRUNC) || (flags & O_ACCMODE) != O_RDONLY)
        GUARD("open", at, path);
    if (flags & O_NOFOLLOW && shim_lies("follow-links"))
        flags &= ~O_NOFOLLOW;
    return (int)RAW(SYS_openat, at, path, flags, mode);
}

#define MODE(flags, last)                                            \
    mode_t mode = 0;                                                 \
    if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) {   \
        va_list rest;                                                \
        va_start(rest, last);                                        \
        mode = va_arg(rest, mode_t);                                 \
        va_end(rest);                                                \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opens(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opens(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opens(at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...)
{
    MODE(flags, flags)
    return opens(at, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
    return opens(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode)
{
    return creat(path, mode);
}

/* Under the key of the new name, or of the old one where only that is under a root. */
static int moves(const char *call, int from_at, const char *from, int at, const char *path)
{
    char key[PATHS];
    if (!shim_path(key, at, path) && !shim_path(key, from_at, from))
        return 0;
    enum fate fate = shim_fate(call, key);
    if (fate == TORN)
        shim_end();
    return fate == FAIL;
}

int renameat2(int from_at, const char *from, int at, const char *path, unsigned flags)
{
    if (moves("rename", from_at, from, at, path))
        return -1;
    if (shim_lies("replace-rename"))
        flags &= ~1u;
    return (int)RAW(SYS_renameat2, from_at, from, at, path, flags);
}

int renameat(int from_at, const char *from, int at, const char *path)
{
    return renameat2(from_at, from, at, path, 0);
}

int rename(const char *from, const char *path)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, path, 0);
}

int linkat(int from_at, const char *from, int at, const char *path, int flags)
{
    if (moves("link", from_at, from, at, path))
        return -1;
    return (int)RAW(SYS_linkat, from_at, from, at, path, flags);
}

int link(const char *from, const char *path)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, path, 0);
}

int symlinkat(const char *target, int at, const char *path)
{
    GUARD("symlink", at, path);
    return (int)RAW(SYS_symlinkat, target, at, path);
}

int symlink(const char *target, const char *path)
{
    return symlinkat(target, AT_FDCWD, path);
}

int unlinkat(int at, const char *path, int flags)
{
    GUARD(flags & AT_REMOVEDIR ? "rmdir" : "unlink", at, path);
    return (int)RAW(SYS_unlinkat, at, path, flags);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int at, const char *path, mode_t mode)
{
    GUARD("mkdir", at, path);
    return (int)RAW(SYS_mkdirat, at, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int mknodat(int at, const char *path, mode_t mode, dev_t device)
{
    GUARD("mknod", at, path);
    return (int)RAW(SYS_mknodat, at, path, mode, device);
}

int fchmodat(int at, const char *path, mode_t mode, int flags)
{
    GUARD("chmod", at, path);
    /* The flag is a call of its own on Linux, which nobody here uses. */
    if (flags & AT_SYMLINK_NOFOLLOW) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)RAW(SYS_fchmodat, at, path, mode);
}

int chmod(const char *path, mode_t mode)
{
    return fchmodat(AT_FDCWD, path, mode, 0);
}

int fchmod(int file, mode_t mode)
{
    GUARD("chmod", file, NULL);
    return (int)RAW(SYS_fchmod, file, mode);
}

int fchownat(int at, const char *path, uid_t user, gid_t group, int flags)
{
    GUARD("chown", at, path);
    return (int)RAW(SYS_fchownat, at, path, user, group, flags);
}

int chown(const char *path, uid_t user, gid_t group)
{
    return fchownat(AT_FDCWD, path, user, group, 0);
}

int lchown(const char *path, uid_t user, gid_t group)
{
    return fchownat(AT_FDCWD, path, user, group, AT_SYMLINK_NOFOLLOW);
}

int fchown(int file, uid_t user, gid_t group)
{
    GUARD("chown", file, NULL);
    return (int)RAW(SYS_fchown, file, user, group);
}

int utimensat(int at, const char *path, const struct timespec times[2], int flags)
{
    GUARD("utimes", at, path);
    return (int)RAW(SYS_utimensat, at, path, times, flags);
}

int futimens(int file, const struct timespec times[2])
{
    GUARD("utimes", file, NULL);
    return (int)RAW(SYS_utimensat, file, NULL, times, 0);
}

/* Looking is no change, but it is where links must not be followed. */
int fstatat(int at, const char *path, struct stat *about, int flags)
{
    return (int)RAW(SYS_newfstatat, at, path, about, follows(flags));
}

int fstatat64(int at, const char *path, struct stat64 *about, int flags)
{
    return (int)RAW(SYS_newfstatat, at, path, about, follows(flags));
}

int statx(int at, const char *path, int flags, unsigned mask, struct statx *about)
{
    return (int)RAW(SYS_statx, at, path, follows(flags), mask, about);
}
