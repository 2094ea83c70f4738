/* Git's side: where repositories lie, the children that serve them in their
 * box, and what must be true before a push is called stored.
 *
 * Nothing here knows who asks. Threads: every function may be called from any
 * thread; a struct git_child belongs to one exchange.
 */
#ifndef GATEHOUSE_GIT_GIT_H
#define GATEHOUSE_GIT_GIT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GIT_PATH 4096

/* What this machine has, found once at start; read-only afterwards. */
struct git_host {
	char git[GIT_PATH];       /* the git program */
	char exec_path[GIT_PATH]; /* git --exec-path */
	char version[64];         /* "2.39.5" */
	char box[GIT_PATH];       /* gatehouse-box; also what hooks/ links to */
	char hooks[GIT_PATH];     /* folder with pre-receive → box */
	char theirs[GIT_PATH];    /* the same, and with the other hooks: for those allowed */
	char loader[GIT_PATH];    /* git's ELF interpreter; "" when it has none */
	int landlock;             /* ABI of the kernel, 0: none */
	bool seccomp;
	int filter_fd; /* the children's seccomp program in a sealed memory file; -1 */
};
/* box: path of gatehouse-box, whole. state: a folder this process may write, where
 * hooks/ is made; whole and without a colon; NULL: none is made, for children that
 * only read. git is looked for in PATH. git older than 2.36 is ERR_INVALID with
 * words. On failure nothing is left to clear. */
int git_host_init(struct git_host *h, const char *box, const char *state, struct err *err);
void git_host_clear(struct git_host *h);
/* The folder the programs of this package lie in: where GATEHOUSE_PROGRAMS says,
 * or where this one does. */
int git_programs_find(char *out, size_t size, struct err *err);

/* -- repositories -- */

/* "<data>/repositories/ab/abcdef….git". */
int git_repository_path(const char *data, const char *id, char out[GIT_PATH], struct err *err);
/* Makes an empty bare repository of that format ("sha1", "sha256") so that it
 * appears whole or not at all (made aside, synced, renamed). config repeats
 * gatehouse.workspace, gatehouse.name and gatehouse.id. Runs no program: an
 * empty repository is a few small files. ERR_EXISTS when there is one. */
int git_repository_make(const char *data, const char *id, const char *workspace, const char *name,
                        const char *format, struct err *err);
/* The same, in the place of one that lies elsewhere, in `folder`: it holds the names and
 * where it is, so that a lost ledger can be rebuilt, and is never served itself. */
int git_repository_stand_in(const char *data, const char *id, const char *workspace,
                            const char *name, const char *format, const char *folder,
                            struct err *err);
/* Removes <data>/repositories and all in it: only for a folder of the server's own,
 * which nobody else uses now. */
void git_repository_remove_all(const char *data);
/* Rewrites the names in its config (after a rename), atomically, synced; not at all
 * where it has them already. */
int git_repository_rename(const char *path, const char *workspace, const char *name,
                          struct err *err);
/* Moves the folder to <data>/trash/<id>-<now>.git, for a set number of days. */
int git_repository_discard(const char *data, const char *id, int64_t now, struct err *err);
/* Moves it to <data>/trash/<id>.gone, which the next sweep removes. One that is
 * gone already is fine. */
int git_repository_expire(const char *data, const char *id, struct err *err);
/* HEAD → refs/heads/<branch>, atomically, synced. branch is checked
 * (git-check-ref-format's rules): ERR_INVALID. */
int git_head_set(const char *path, const char *branch, struct err *err);
/* The branch HEAD names; *born tells whether it exists. A HEAD that names no
 * branch (detached, or a repository whose refs are no files): ERR_INVALID. */
int git_head_get(const char *path, char *branch, size_t size, bool *born, struct err *err);
/* Removes what killed transfers left: objects/tmp_objdir-*, objects/pack/tmp_*,
 * objects/??/tmp_obj_*, *.lock files under refs/, packed-refs.lock, HEAD.lock, shallow.lock.
 * Only when no child writes into the repository. shared: others than this server may write there
 * too, so that only what is old goes (locks after an hour, the rest after a day). *removed may be
 * NULL. */
int git_repository_sweep(const char *path, bool shared, unsigned *removed, struct err *err);
/* Syncs what a push changed, so that it survives power loss: the folders of
 * refs (each ref's own and its parents up to refs/), packed-refs' folder,
 * objects/pack, objects/?? made in the last push and objects/ itself. refs:
 * NUL-separated names, count of them. */
int git_repository_sync(const char *path, const char *refs, size_t count, struct err *err);
/* How many packs lie in the repository, loose refs below refs/: counted up to
 * `most`, 0 when it can't be read. Cheap enough for every push. */
unsigned git_count_packs(const char *path, unsigned most);
unsigned git_count_loose_refs(const char *path, unsigned most);
/* All refs, packed ones too; 0 when they can't be read. */
size_t git_count_refs(const char *path);
/* True for a name that git itself takes as a full ref ("refs/heads/main"). */
bool git_ref_valid(const char *name, size_t len);
/* The first thing that is wrong with such a name, "it holds a blank"; NULL: nothing. */
const char *git_ref_fault(const char *name, size_t len);

/* -- soundness: fsck.c -- */

/* Malformed: it holds objects that git would not make today, and all of it can
 * be read. Damaged: something is missing or can't be read. */
enum git_state { GIT_SOUND, GIT_MALFORMED, GIT_DAMAGED };
#define GIT_FAULT 400
struct git_checked {
	enum git_state state;
	unsigned faults;       /* lines in which git names one */
	char fault[GIT_FAULT]; /* the first that counts, as git says it */
};
/* Lets git read all objects and refs, in the box; may take long. Others may push
 * meanwhile: what a repack took away under its hands looks like damage, so that
 * damage counts when it is found twice. */
int git_repository_check(const struct git_host *h, const char *path, struct git_checked *out,
                         struct err *err);

/* -- names: names.c -- */

/* What its own config says of it; "" where it says nothing. A text that does not
 * fit is cut: no name of ours is that long. */
struct git_names {
	char workspace[256], name[256], id[64];
	char format[16];   /* "sha1" where config names none */
	char folder[1024]; /* where the repository lies that this one stands in for */
};
/* git reads the config, in the box. ERR_INVALID: it can't, and why. */
int git_names_read(const struct git_host *h, const char *path, struct git_names *out,
                   struct err *err);

/* -- children -- */

/* The first three are asked for by clients; the others are chores of the house. */
enum git_service {
	GIT_UPLOAD_PACK,
	GIT_RECEIVE_PACK,
	GIT_UPLOAD_ARCHIVE, /* over SSH alone */
	GIT_REPACK,
	GIT_PACK_REFS,
	GIT_FSCK,       /* reads all objects */
	GIT_CONFIG_LIST /* "key\nvalue\0" of the repository's own config, nothing it includes */
};
const char *git_service_name(enum git_service s); /* "git-upload-pack" */

enum git_level { GIT_CHECK_STRICT, GIT_CHECK_LENIENT, GIT_CHECK_OFF };

struct git_plan {
	enum git_service service;
	bool advertise;   /* info/refs */
	bool session;     /* both sides speak in turn, over SSH; else one request and its answer */
	const char *path; /* the repository */
	const char *protocol; /* value of Git-Protocol, checked by git_protocol_version; NULL */
	enum git_level level; /* receive-pack: object check */
	const char *notice;   /* lines shown to the person as `remote:` (upload-pack: where a pack
	                         flows; receive-pack: before the report, needs hook); NULL */
	const char *actor;    /* GATEHOUSE_ACTOR for the reflog and hooks; NULL */
	int64_t pack_limit;   /* bytes a push may bring; 0: none */
	int64_t memory_limit; /* bytes of data segment; 0: none */
	int64_t cpu_limit;    /* seconds; 0: none */
	int body; /* the request body: a descriptor at its start (a memory file); -1: a pipe is made
	           */
	bool shared; /* an adopted one: what is written is for whom its folder of objects is for */
	bool hooks;  /* those that lie in the repository run after ours; needs hook */
	bool hook;   /* make a hook channel (receive-pack, not advertise) */
};

struct git_child {
	pid_t pid;
	int pidfd;
	int in;  /* write end of its standard input; -1 when plan.body was given or it needs none */
	int out; /* read end of its standard output */
	int errors; /* read end of its standard error, non-blocking: for the log, bounded by the
	               reader */
	int hook;   /* our end of the hook channel (SOCK_SEQPACKET, blocking), -1: none */
};
/* Starts the child in its box, in a session and process group of its own. All
 * descriptors are close-on-exec and owned by the caller. ERR_BUSY when the
 * system has no process, descriptor or memory to give. The child dies with the
 * thread that started it: call from one that lives as long as the process. */
int git_child_start(const struct git_host *h, const struct git_plan *plan, struct git_child *out,
                    struct err *err);
/* Ends the whole group: at once with SIGKILL, else SIGTERM. */
void git_child_end(const struct git_child *c, bool at_once);
/* Reaps; call when pidfd is readable. *status as from waitpid. */
int git_child_reap(struct git_child *c, int *status, struct err *err);
void git_child_close(struct git_child *c); /* closes what is open, sets -1 */

/* 0, 1 or 2 from a Git-Protocol header ("version=2:…"); the highest named wins,
 * unknown keys are ignored; NULL and rubbish are 0. */
int git_protocol_version(const char *header);
/* The header's value if it is safe to pass on as GIT_PROTOCOL (at most 256 bytes of
 * [A-Za-z0-9=:._-]), else NULL. */
const char *git_protocol_safe(const char *header);

#endif
