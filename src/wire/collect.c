#include "wire/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP 65536 /* the budget is taken in steps */
#define BLOCK 16384

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

bool budget_take(struct budget *b, size_t n)
{
	size_t used = atomic_load(&b->used);

	do {
		if (used > b->limit || n > b->limit - used)
			return false;
	} while (!atomic_compare_exchange_weak(&b->used, &used, used + n));
	return true;
}

void budget_give(struct budget *b, size_t n)
{
	atomic_fetch_sub(&b->used, n);
}

void collect_init(struct collect *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

static int memory_file(void)
{
	int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

bool collect_open(struct collect *c, struct budget *budget, uint64_t limit, size_t expected,
                  enum head_coding coding)
{
	collect_init(c);
	c->limit = limit;
	c->budget = budget;
	if (!budget_take(budget, expected))
		return false;
	c->reserved = expected;
	if (coding == CODING_ZLIB)
		c->unpack = unpack_new();
	c->fd = memory_file();
	if (c->fd >= 0 && (coding != CODING_ZLIB || c->unpack != NULL))
		return true;
	collect_close(c);
	return false;
}

static bool reserve(struct collect *c, uint64_t len)
{
	while (len > c->reserved) {
		if (!budget_take(c->budget, STEP))
			return false;
		c->reserved += STEP;
	}
	return true;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static enum collect_result put(struct collect *c, const char *data, size_t len)
{
	bool over = len > c->limit - c->len;

	if (over)
		len = (size_t)(c->limit - c->len);
	if (!reserve(c, c->len + len) || !write_all(c->fd, data, len))
		return COLLECT_MEMORY;
	c->len += len;
	return over ? COLLECT_OVER : COLLECT_OK;
}

enum collect_result collect_add(struct collect *c, const char *data, size_t len)
{
	char block[BLOCK];
	size_t made = sizeof(block);
	enum collect_result result = COLLECT_OK;

	if (c->unpack == NULL)
		return put(c, data, len);
	while (result == COLLECT_OK && (len > 0 || made == sizeof(block))) {
		if (!unpack_some(c->unpack, &data, &len, block, sizeof(block), &made))
			return COLLECT_BROKEN;
		result = put(c, block, made);
	}
	return result;
}

enum collect_result collect_end(struct collect *c)
{
	return c->unpack == NULL || unpack_ended(c->unpack) ? COLLECT_OK : COLLECT_BROKEN;
}

int collect_take(struct collect *c)
{
	int fd = c->fd;

	c->fd = -1;
	if (lseek(fd, 0, SEEK_SET) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
		return fd;
	close(fd);
	return -1;
}

void collect_close(struct collect *c)
{
	if (c->fd >= 0)
		close(c->fd);
	unpack_free(c->unpack);
	if (c->reserved > 0)
		budget_give(c->budget, c->reserved);
	collect_init(c);
}
