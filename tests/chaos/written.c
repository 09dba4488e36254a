/* Preloaded into a server, this writes down what it does to files: every write, cut, sync, and name.
 *
 * WRITTEN_UNDER names the folder that counts, WRITTEN_TO the file of records. One record is one
 * write() to a file opened with O_APPEND, so records of threads and processes do not mix. A sync
 * leaves a record before it begins and one after it has ended: it vouches for what was written
 * before the former, and only once the latter is there. See tests/chaos/disk.py, which reads this. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct record {
    uint8_t kind; /* W write, T truncate, B sync begins, E sync ended, C create, R rename, U unlink, D folder */
    uint8_t unused[3];
    uint32_t first;  /* bytes of data, or of the first name, that follow */
    uint32_t second; /* bytes of the second name */
    uint32_t sync;   /* number of a sync within its process */
    uint64_t inode;
    uint64_t offset;
    uint64_t process;
};

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static const char *under;
static int book = -1;
static uint32_t syncs;

__attribute__((constructor)) static void begin(void)
{
    under = getenv("WRITTEN_UNDER");
    const char *to = getenv("WRITTEN_TO");
    REAL(int, "open", const char *, int, ...);
    if (under && to) book = real(to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void put(struct record *head, const void *first, const void *second)
{
    struct iovec parts[] = {{head, sizeof *head}, {(void *)first, head->first}, {(void *)second, head->second}};
    int kept = errno;
    head->process = (uint64_t)getpid();
    if (writev(book, parts, 3) < 0) abort();
    errno = kept;
}

/* Whether a path lies in the folder that counts; every path there is absolute. The index beside a
 * write-ahead log is shared memory, made anew after a crash, and counts for nothing. */
static int counts(const char *path)
{
    size_t length = path ? strlen(path) : 0;
    return book >= 0 && length && !strncmp(path, under, strlen(under)) &&
           !(length > 4 && !strcmp(path + length - 4, "-shm"));
}

static int path_of(int file, char *path, size_t room)
{
    char link[32] = "/proc/self/fd/", *at = link + 14;
    char digits[12];
    int n = 0;
    if (book < 0 || file < 0 || file == book) return 0;
    do digits[n++] = (char)('0' + file % 10); while (file /= 10);
    while (n) *at++ = digits[--n];
    *at = 0;
    ssize_t length = readlink(link, path, room - 1);
    if (length < 0) return 0;
    path[length] = 0;
    char *gone = strstr(path, " (deleted)");
    if (gone) *gone = 0;
    return counts(path);
}

static uint64_t inode_of(int file)
{
    struct stat seen;
    return fstat(file, &seen) ? 0 : (uint64_t)seen.st_ino;
}

static void put_write(int file, const void *data, ssize_t length, uint64_t offset)
{
    char path[4096];
    if (length <= 0 || !path_of(file, path, sizeof path)) return;
    struct record head = {.kind = 'W', .first = (uint32_t)length, .inode = inode_of(file), .offset = offset};
    put(&head, data, "");
}

static void put_name(uint8_t kind, uint64_t inode, const char *first, const char *second)
{
    struct record head = {.kind = kind, .inode = inode, .first = (uint32_t)strlen(first), .second = (uint32_t)strlen(second)};
    put(&head, first, second);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    ssize_t done = real(file, data, length, offset);
    put_write(file, data, done, (uint64_t)offset);
    return done;
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset)
{
    return pwrite64(file, data, length, offset);
}

ssize_t write(int file, const void *data, size_t length)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    ssize_t done = real(file, data, length);
    char path[4096];
    if (done > 0 && path_of(file, path, sizeof path))
        put_write(file, data, done, (uint64_t)(lseek(file, 0, SEEK_CUR) - done));
    return done;
}

static void put_truncation(int file, int failed, uint64_t length)
{
    char path[4096];
    if (failed || !path_of(file, path, sizeof path)) return;
    struct record head = {.kind = 'T', .inode = inode_of(file), .offset = length};
    put(&head, "", "");
}

int ftruncate64(int file, off64_t length)
{
    REAL(int, "ftruncate64", int, off64_t);
    int failed = real(file, length);
    put_truncation(file, failed, (uint64_t)length);
    return failed;
}

int ftruncate(int file, off_t length)
{
    return ftruncate64(file, length);
}

static int synced(int file, int (*real)(int))
{
    char path[4096];
    if (!path_of(file, path, sizeof path)) return real(file);
    struct record head = {.kind = 'B', .inode = inode_of(file), .sync = __sync_add_and_fetch(&syncs, 1)};
    put(&head, "", "");
    int failed = real(file);
    head.kind = 'E';
    if (!failed) put(&head, "", "");
    return failed;
}

int fsync(int file)
{
    REAL(int, "fsync", int);
    return synced(file, real);
}

int fdatasync(int file)
{
    REAL(int, "fdatasync", int);
    return synced(file, real);
}

static int opened(const char *path, int how, mode_t mode, int (*real)(const char *, int, ...))
{
    struct stat seen;
    int is_new = (how & O_CREAT) && counts(path) && stat(path, &seen);
    int file = real(path, how, mode);
    if (is_new && file >= 0) put_name('C', inode_of(file), path, "");
    return file;
}

#define MODE(how, mode) \
    mode_t mode = 0; \
    if ((how) & O_CREAT) { va_list more; va_start(more, how); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int how, ...)
{
    MODE(how, mode)
    REAL(int, "open", const char *, int, ...);
    return opened(path, how, mode, real);
}

int open64(const char *path, int how, ...)
{
    MODE(how, mode)
    REAL(int, "open64", const char *, int, ...);
    return opened(path, how, mode, real);
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    int failed = real(from, to);
    if (!failed && counts(from)) put_name('R', 0, from, to);
    return failed;
}

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    int failed = real(path);
    if (!failed && counts(path)) put_name('U', 0, path, "");
    return failed;
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, "mkdir", const char *, mode_t);
    int failed = real(path, mode);
    struct stat seen;
    if (!failed && counts(path) && !stat(path, &seen)) put_name('D', (uint64_t)seen.st_ino, path, "");
    return failed;
}
