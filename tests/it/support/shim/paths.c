/* From a call's arguments to a path that is the same in every run. */
#include "shim.h"

#include <ctype.h>
#include <stdio.h>

long (*shim_raw(void))(long, ...)
{
    static long (*real)(long, ...);
    if (!real)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return real;
}

/* The absolute path of an open file, or of the working folder. */
static int path_of(int descriptor, char *path)
{
    char link[64];
    if (descriptor == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long length = RAW(SYS_readlinkat, AT_FDCWD, link, path, (size_t)PATHS / 2 - 1);
    if (length <= 0 || path[0] != '/')
        return 0;
    path[length] = 0;
    char *gone = strstr(path, " (deleted)");
    if (gone)
        *gone = 0;
    return 1;
}

/* How long the stamp is that begins here, such as 20261123T010203Z; with the number that a second one of that second gets. */
static size_t stamp(const char *text)
{
    for (int i = 0; i < 16; i++)
        if (i == 8 ? text[i] != 'T' : i == 15 ? text[i] != 'Z' : !isdigit((unsigned char)text[i]))
            return 0;
    size_t digits = text[16] == '-' ? strspn(text + 17, "0123456789") : 0;
    return digits ? 17 + digits : 16;
}

static int ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && !strcmp(text + length - wanted, end);
}

/* The first number in the name of a file in the making; the process's number where it stands before the ending. Other
 * processes have other numbers. */
static size_t own(const char *text, const char *name)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || isdigit((unsigned char)text[-1]))
        return 0;
    int is_first = text == name || (text == name + 6 && !strncmp(name, ".gpdl-", 6));
    if (ends_in(name, ".part") && is_first && text[digits] == '-')
        return digits;
    return !strcmp(text + digits, ".new") && atoi(text) == getpid() ? digits : 0;
}

/* Stamps and numbers that are other ones in every run become `#`. */
static void normalise(const char *path, char *key)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    while (*path) {
        size_t skip = stamp(path);
        if (!skip && slash && path >= name)
            skip = own(path, name);
        if (skip)
            *key++ = '#';
        else
            *key++ = *path++;
        path += skip;
    }
    *key = 0;
}

int shim_path(char *key, int at, const char *path)
{
    const char *roots = getenv("SHIM_ROOTS");
    if (!roots)
        return 0;
    int before = errno, number = 0, found = 0;
    char whole[PATHS] = "";
    if (path && path[0] == '/') {
        snprintf(whole, sizeof whole, "%s", path);
    } else if (!path_of(at, whole)) {
        errno = before;
        return 0;
    } else if (path) {
        size_t length = strlen(whole);
        snprintf(whole + length, sizeof whole - length, "/%s", path);
    }
    for (const char *root = roots; root && *root && !found; number++) {
        const char *end = strchrnul(root, ':');
        size_t length = (size_t)(end - root);
        if (!strncmp(whole, root, length) && (whole[length] == '/' || !whole[length])) {
            /* Keys in the first root look like paths; those in the others say which it is. */
            char *start = key;
            if (number)
                start += sprintf(key, "%d:", number);
            normalise(whole[length] ? whole + length + 1 : ".", start);
            found = 1;
        }
        root = *end ? end + 1 : NULL;
    }
    errno = before;
    return found;
}
