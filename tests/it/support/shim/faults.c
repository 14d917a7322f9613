/* Counting calls, and what is to go wrong with them. */
#include "shim.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* Linux's ext4: as if the power went; what is not in the journal on disk is lost. */
#define EXT4_SHUTDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_FLUSHING_THE_LOG 2u

#define KEYS 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { uint64_t hash; unsigned count; } seen[KEYS];
/* The error of every call from now on. */
static int sticky;
/* What `shim_end` is to do. */
static int power;

static unsigned ordinal_of(const char *call, const char *key)
{
    uint64_t hash = 1469598103934665603u;
    for (const char *text = call; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    hash = (hash ^ '|') * 1099511628211u;
    for (const char *text = key; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    size_t place = hash % KEYS;
    while (seen[place].count && seen[place].hash != hash)
        place = (place + 1) % KEYS;
    seen[place].hash = hash;
    return ++seen[place].count;
}

static void append(const char *path, const char *text)
{
    long file = RAW(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file >= 0) {
        RAW(SYS_write, file, text, strlen(text));
        RAW(SYS_close, file);
    }
}

/* The next field of a fault, of `*text`, up to `end`. */
static size_t field(const char **text, char end, char *into, size_t size)
{
    size_t length = strcspn(*text, end == '\n' ? "\n" : "|\n");
    snprintf(into, size, "%.*s", (int)length, *text);
    *text += length + ((*text)[length] == end);
    return length;
}

/* The action that is due at a call; empty for none. */
static void due(const char *call, const char *key, unsigned ordinal, char *action, size_t size)
{
    char a_call[64], a_path[PATHS], a_number[32];
    const char *text = getenv("SHIM_FAULT");
    action[0] = 0;
    while (text && *text) {
        char an_action[64];
        field(&text, '|', a_call, sizeof a_call);
        field(&text, '|', a_path, sizeof a_path);
        field(&text, '|', a_number, sizeof a_number);
        field(&text, '\n', an_action, sizeof an_action);
        int is_path = !strcmp(a_path, "*") || !strcmp(a_path, key);
        int is_number = !strcmp(a_number, "*") || strtoul(a_number, NULL, 10) == ordinal;
        if (!strcmp(a_call, call) && is_path && is_number) {
            snprintf(action, size, "%s", an_action);
            return;
        }
    }
}

void shim_end(void)
{
    const char *mounts = power ? getenv("SHIM_MOUNT") : NULL;
    while (mounts && *mounts) {
        char mount[PATHS];
        uint32_t how = WITHOUT_FLUSHING_THE_LOG;
        size_t length = strcspn(mounts, ":");
        snprintf(mount, sizeof mount, "%.*s", (int)length, mounts);
        mounts += length + (mounts[length] == ':');
        long folder = RAW(SYS_openat, AT_FDCWD, mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        if (folder < 0 || RAW(SYS_ioctl, folder, EXT4_SHUTDOWN, &how) != 0)
            append(getenv("SHIM_MARK"), "the file system could not be shut down\n");
    }
    for (;;)
        RAW(SYS_kill, getpid(), SIGKILL);
}

enum fate shim_fate(const char *call, const char *key)
{
    char action[64], line[PATHS + 128];
    const char *record = getenv("SHIM_RECORD"), *mark = getenv("SHIM_MARK");
    int before = errno;
    pthread_mutex_lock(&lock);
    if (sticky) {
        errno = sticky;
        pthread_mutex_unlock(&lock);
        return FAIL;
    }
    unsigned ordinal = ordinal_of(call, key);
    snprintf(line, sizeof line, "%s|%s|%u\n", call, key, ordinal);
    if (record)
        append(record, line);
    due(call, key, ordinal, action, sizeof action);
    if (action[0] && mark)
        append(mark, line);
    enum fate fate = PASS;
    errno = before;
    if (!strncmp(action, "errno=", 6)) {
        errno = atoi(action + 6);
        fate = FAIL;
    } else if (!strncmp(action, "sticky=", 7)) {
        errno = sticky = atoi(action + 7);
        fate = FAIL;
    } else if (!strcmp(action, "stop")) {
        /* Meant for this thread, so that it does not go on until another one has noticed. */
        RAW(SYS_tgkill, getpid(), RAW(SYS_gettid), SIGSTOP);
    } else if (action[0]) {
        power = strstr(action, "power") != NULL;
        /* Held for good: nothing else may change while this goes on. */
        if (strncmp(action, "torn", 4))
            shim_end();
        errno = 0;
        return TORN;
    }
    pthread_mutex_unlock(&lock);
    return fate;
}

int shim_lies(const char *word)
{
    const char *words = getenv("SHIM_AS");
    const char *found = words ? strstr(words, word) : NULL;
    size_t length = strlen(word);
    return found && (found == words || found[-1] == ' ') && (!found[length] || found[length] == ' ');
}
