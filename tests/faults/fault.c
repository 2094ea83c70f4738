#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Thread_local struct {
	bool armed, lasting, struck;
	enum fault_kind kind;
	unsigned left;
} now;

const char *fault_name(enum fault_kind kind)
{
	static const char *const names[] = {[FAULT_MEMORY] = "no memory",
	                                    [FAULT_READ] = "a read of the ledger",
	                                    [FAULT_FULL] = "the ledger's disk is full",
	                                    [FAULT_SYNC] = "a write of the ledger",
	                                    [FAULT_FILES] = "the repositories' disk is full"};
	return names[kind];
}

void fault_arm(enum fault_kind kind, unsigned nth, bool lasting)
{
	now.kind = kind;
	now.left = nth;
	now.lasting = lasting;
	now.struck = false;
	now.armed = true;
}

bool fault_disarm(void)
{
	now.armed = false;
	return now.struck;
}

static bool fails(enum fault_kind kind)
{
	if (!now.armed || now.kind != kind)
		return false;
	if (now.left > 0)
		now.left--;
	if (now.left > 0 || (now.struck && !now.lasting))
		return false;
	now.struck = true;
	return true;
}

/* -- our memory -- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : __real_realloc(old, size);
}

/* -- our files -- */

int __real_mkdirat(int at, const char *name, mode_t mode);
int __real_openat64(int at, const char *name, int flags, ...);
int __real_renameat(int from, const char *name, int to, const char *target);
int __real_renameat2(int from, const char *name, int to, const char *target, unsigned flags);
ssize_t __real_write(int fd, const void *data, size_t len);
int __real_fsync(int fd);
int __wrap_mkdirat(int at, const char *name, mode_t mode);
int __wrap_openat64(int at, const char *name, int flags, ...);
int __wrap_renameat(int from, const char *name, int to, const char *target);
int __wrap_renameat2(int from, const char *name, int to, const char *target, unsigned flags);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __wrap_fsync(int fd);

static bool full(void)
{
	if (!fails(FAULT_FILES))
		return false;
	errno = ENOSPC;
	return true;
}

int __wrap_mkdirat(int at, const char *name, mode_t mode)
{
	return full() ? -1 : __real_mkdirat(at, name, mode);
}

/* openat by its name in the library: file offsets have 64 bits here. */
int __wrap_openat64(int at, const char *name, int flags, ...)
{
	/* all that make a file here make it so */
	return (flags & O_CREAT) && full() ? -1 : __real_openat64(at, name, flags, 0600);
}

int __wrap_renameat(int from, const char *name, int to, const char *target)
{
	return full() ? -1 : __real_renameat(from, name, to, target);
}

int __wrap_renameat2(int from, const char *name, int to, const char *target, unsigned flags)
{
	return full() ? -1 : __real_renameat2(from, name, to, target, flags);
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	return full() ? -1 : __real_write(fd, data, len);
}

int __wrap_fsync(int fd)
{
	return full() ? -1 : __real_fsync(fd);
}

/* -- SQLite's memory -- */

static sqlite3_mem_methods memory;

static void *memory_malloc(int size)
{
	return fails(FAULT_MEMORY) ? NULL : memory.xMalloc(size);
}

static void *memory_realloc(void *old, int size)
{
	return fails(FAULT_MEMORY) ? NULL : memory.xRealloc(old, size);
}

/* -- SQLite's files: the system's own, with a fault before each call -- */

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* lies behind this struct */
};

static sqlite3_file *real(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

#define FORWARD(kind, result, name, args, call)                                                    \
	static int file_##name args                                                                \
	{                                                                                          \
		return fails(kind) ? (result) : real(f)->pMethods->x##name call;                   \
	}
FORWARD(FAULT_READ, SQLITE_IOERR_READ, Read,
        (sqlite3_file * f, void *data, int len, sqlite3_int64 at), (real(f), data, len, at))
FORWARD(FAULT_READ, SQLITE_IOERR_FSTAT, FileSize, (sqlite3_file * f, sqlite3_int64 *size),
        (real(f), size))
FORWARD(FAULT_READ, SQLITE_IOERR_LOCK, Lock, (sqlite3_file * f, int level), (real(f), level))
FORWARD(FAULT_READ, SQLITE_IOERR_SHMMAP, ShmMap,
        (sqlite3_file * f, int page, int size, int extend, void volatile **out),
        (real(f), page, size, extend, out))

/* an unlock can't fail */
static int file_ShmLock(sqlite3_file *f, int offset, int n, int flags)
{
	if ((flags & SQLITE_SHM_LOCK) && fails(FAULT_READ))
		return SQLITE_IOERR_SHMLOCK;
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static int file_Write(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
	if (fails(FAULT_FULL))
		return SQLITE_FULL;
	if (fails(FAULT_SYNC))
		return SQLITE_IOERR_WRITE;
	return real(f)->pMethods->xWrite(real(f), data, len, at);
}

FORWARD(FAULT_SYNC, SQLITE_IOERR_FSYNC, Sync, (sqlite3_file * f, int flags), (real(f), flags))
FORWARD(FAULT_SYNC, SQLITE_IOERR_TRUNCATE, Truncate, (sqlite3_file * f, sqlite3_int64 size),
        (real(f), size))

static int file_Close(sqlite3_file *f)
{
	return real(f)->pMethods->xClose(real(f));
}

static int file_Unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int file_CheckReservedLock(sqlite3_file *f, int *out)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int file_FileControl(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int file_SectorSize(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int file_DeviceCharacteristics(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static void file_ShmBarrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int file_ShmUnmap(sqlite3_file *f, int delete)
{
	return real(f)->pMethods->xShmUnmap(real(f), delete);
}

static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = file_Close,
        .xRead = file_Read,
        .xWrite = file_Write,
        .xTruncate = file_Truncate,
        .xSync = file_Sync,
        .xFileSize = file_FileSize,
        .xLock = file_Lock,
        .xUnlock = file_Unlock,
        .xCheckReservedLock = file_CheckReservedLock,
        .xFileControl = file_FileControl,
        .xSectorSize = file_SectorSize,
        .xDeviceCharacteristics = file_DeviceCharacteristics,
        .xShmMap = file_ShmMap,
        .xShmLock = file_ShmLock,
        .xShmBarrier = file_ShmBarrier,
        .xShmUnmap = file_ShmUnmap,
};

static sqlite3_vfs *below, vfs;

static int vfs_open(sqlite3_vfs *v, sqlite3_filename name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;

	(void)v;
	f->pMethods = NULL;
	if (fails(FAULT_READ))
		return SQLITE_CANTOPEN;
	if ((flags & SQLITE_OPEN_CREATE) && fails(FAULT_FULL))
		return SQLITE_FULL;
	file->real = (sqlite3_file *)(file + 1);
	int result = below->xOpen(below, name, file->real, flags, out);
	if (file->real->pMethods)
		f->pMethods = &methods;
	return result;
}

void fault_init(void)
{
	sqlite3_mem_methods counted;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory) != SQLITE_OK)
		abort();
	counted = memory;
	counted.xMalloc = memory_malloc;
	counted.xRealloc = memory_realloc;
	/* small things too come from the allocator that fails */
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &counted) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK ||
	    sqlite3_initialize() != SQLITE_OK)
		abort();
	below = sqlite3_vfs_find(NULL);
	vfs = *below;
	vfs.zName = "faults";
	vfs.szOsFile = below->szOsFile + (int)sizeof(struct file);
	vfs.xOpen = vfs_open;
	if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
		abort();
}
