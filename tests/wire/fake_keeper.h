/* A keeper that answers by script, for tests: starts the real gatehouse-http,
 * speaks base/question.h with it, and remembers everything it was told.
 *
 * What it answers depends on the path alone:
 *   /hello            200 "hello\n"
 *   /status/NNN       that status with a text
 *   /collect/LIMIT    A_COLLECT with that limit, then 200 "N bytes, sum S\n"
 *   /rest/LIMIT       the same with TAG_REST
 *   /stream/BYTES     that many bytes through a pipe, whole
 *   /file/BYTES       the same from a memory file
 *   /broken/BYTES     that many, then A_END with TAG_WHOLE 0
 *   /instead          no byte, then A_END with another answer
 *   /lost             no byte, then A_END without one
 *   /push             A_STREAM; out: "N bytes, sum S\n"
 *   /chatty           A_STREAM; writes 300,000 bytes before it reads any
 *   /dying            A_STREAM; never reads, out: "died\n"
 *   /instead-push     A_STREAM; reads all, then A_END with another answer
 *   /trickle          a pipe that says "a" and then nothing more until released
 *   /never            no answer
 *   /split            an answer with a header that holds a newline
 */
#ifndef GATEHOUSE_TESTS_FAKE_KEEPER_H
#define GATEHOUSE_TESTS_FAKE_KEEPER_H

#include "base/msg.h"
#include "base/question.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PATH_SIZE 128
#define REPLY_SIZE 65536

struct seen {
	uint16_t type;
	uint64_t id;
	uint64_t body;
	char path[PATH_SIZE];
};

struct fake_options {
	const char *program; /* NULL: gatehouse-http */
	bool tls;
	uint64_t head_time, idle_time, memory, connections, per_address;
};

struct fake;

/* Starts gatehouse-http and waits for Q_READY. Fails the test otherwise. */
struct fake *fake_start(const struct fake_options *options);
/* Asks it to drain; it must exit with 0. Frees everything. */
void fake_stop(struct fake *f);
/* The same without asking: closes the channel; returns the exit status. */
int fake_abandon(struct fake *f);
/* Ends it by force and frees everything. */
void fake_forget(struct fake *f);
int fake_port(const struct fake *f);
pid_t fake_pid(const struct fake *f);
const char *fake_ready_text(const struct fake *f);
/* Text it wrote to standard error so far. */
const char *fake_log(struct fake *f);
/* How many messages of this type came for this path (NULL: any). */
unsigned fake_count(struct fake *f, uint16_t type, const char *path);
/* Waits (up to 10 s) until there are `count` of them. */
bool fake_wait(struct fake *f, uint16_t type, const char *path, unsigned count);
/* A copy of the newest Q_REQUEST for this path. */
bool fake_last(struct fake *f, const char *path, struct seen *out);
/* The field of the newest Q_REQUEST as text; "" when absent. */
const char *fake_field(struct fake *f, uint16_t tag, unsigned nth);
void fake_send(struct fake *f, uint16_t type);
/* Sends raw bytes on the channel. */
void fake_send_nonsense(struct fake *f);
void fake_release(struct fake *f);
/* Resident memory of the process in KB. */
long fake_memory(const struct fake *f);
/* Exit status (or 1000 + signal) once it ends; -1 after `seconds`. */
int fake_exit_status(struct fake *f, int seconds);
/* Another connection's view: a connected TCP socket with a receive timeout. */
int fake_connect(const struct fake *f);

/* Runs a program with its output into out (NUL-terminated, cut). */
int run(char *const *argv, char *out, size_t size);
/* curl -sS with these arguments behind; "%U" in front of an argument becomes
 * the base URL. */
int curl(const struct fake *f, char *out, size_t size, ...) __attribute__((sentinel));
/* Sends text and reads until the end or 5 s of silence. */
size_t talk(const struct fake *f, const char *text, size_t len, char *out, size_t size);
uint64_t pattern_sum(uint64_t bytes);
/* Byte n of the pattern that streams carry. */
unsigned char pattern_byte(uint64_t n);

#endif
