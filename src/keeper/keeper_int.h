/* Inside the keeper.
 *
 * The main thread owns everything here except while a job is in a worker's
 * hands: an exchange with `working` set belongs to that worker alone. What main
 * learns meanwhile (the client is gone) it only marks, and acts on when the job
 * comes back. So no exchange needs a lock.
 *
 * A request is taken in by a worker, and most end there: main hears only of an
 * exchange that outlives its first answer (a child, a place to wait for). Until
 * then it is in keeper.fresh, which work_mutex guards.
 */
#ifndef GATEHOUSE_KEEPER_INT_H
#define GATEHOUSE_KEEPER_INT_H

#include "base/log.h"
#include "base/msg.h"
#include "base/question.h"
#include "base/question_ssh.h"
#include "gate/host_key.h"
#include "git/report.h"
#include "keeper/decisions.h"
#include "keeper/keeper.h"
#include "keeper/metrics.h"
#include "keeper/tally.h"
#include "keeper/upkeep.h"
#include "smart/smart.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

/* -- loop.c: what main waits for -- */

struct keeper;
struct exchange;

struct source {
	int fd; /* -1: not watched */
	void (*ready)(struct source *s, uint32_t events);
	void *owner;
};

/* -- work.c: jobs for the workers -- */

struct worker;
struct job {
	void (*run)(struct worker *w, struct job *job);  /* in a worker */
	void (*done)(struct keeper *k, struct job *job); /* back in main */
	void *owner;
	struct job *next;
};

struct worker {
	struct keeper *k;
	pthread_t thread;
	int epoll_fd;               /* the channels, and that a job is there */
	struct gate gate;           /* its own connection to the ledger */
	struct msg question, reply; /* too large for a stack */
};

struct job_list {
	struct job *first, **last;
};

/* -- channel.c: what a worker tells main of a message -- */

struct letter {
	struct job job;
	struct wire_link *wire;
	uint64_t id;
	char text[512];
};

/* -- wires.c: the processes at the network -- */

#define EXCHANGE_BUCKETS 1024
#define REFS_LIMIT (16u << 20) /* bytes of ref names of one push */
#define BAD_REFS_LIMIT 2500    /* bytes of words about names that are none */

/* The programs there; each has listeners of its own kinds. */
enum wire_kind {
	WIRE_HTTP,
	WIRE_SSH,
	WIRE_COMMAND, /* no program of ours: one session of OpenSSH (command.c) */
	WIRE_KINDS
};

struct wire_link {
	struct source process;
	enum wire_kind kind;
	struct keeper *k;
	int channel_fd; /* open until no exchange is left: workers send on it */
	bool heard;     /* workers watch the channel; guarded by work_mutex */
	struct letter cut;
	pid_t pid; /* 0: no process of ours */
	bool ready, draining, broken;
	bool paused;      /* not heard until workers have caught up */
	atomic_bool deaf; /* it does not read its answers; set by workers */
	int64_t started;  /* monotonic ms */
	int64_t drain_by; /* the same: A_DRAIN is not sent yet; then it is ended. 0: nothing to send
	                   */
	size_t exchanges;
	uint64_t counts[COUNT_COUNT]; /* what it has said so far; while heard, under work_mutex */
	size_t leaving;               /* those that are gone, but still held by a job or a child */
	struct exchange *buckets[EXCHANGE_BUCKETS];
	struct wire_link *next;
};

/* -- exchange.c: one request, from the question to the child's end -- */

struct exchange {
	struct job job;
	bool working;
	struct keeper *k;
	struct wire_link *wire;
	uint64_t id;
	struct exchange *next;         /* in keeper.fresh, in its bucket, or in the graves */
	struct exchange *waiting_next; /* in the queue for a child */

	struct arena arena;
	int body_fd;
	struct smart_request request;     /* points into arena; of HTTP */
	struct question_session *session; /* in arena; of SSH, else NULL */
	struct question_words before;     /* its child; in arena */
	struct smart_answer answer;

	bool waiting, dead;
	bool ended;                 /* wire has had the last word */
	atomic_bool gone;           /* main's; a worker may look, to spare itself the work */
	int64_t deadline;           /* monotonic ms; of the wait or the transfer */
	enum server_state unserved; /* for the job that says no */
	struct policy_busy busy;    /* and what was full */

	struct git_child child;
	bool running, counted, writer;
	struct source process, errors;
	struct buf complaint; /* the child's standard error, bounded */
	bool reaped, late;
	int status;
	int64_t begun; /* monotonic ms; of the child */

	/* a push: its report and its hook (push.c) */
	bool push;
	struct source output, relay, hook;
	struct report report;
	bool output_ended, syncing, synced;
	struct buf refs; /* NUL-separated names */
	size_t ref_count;
	struct buf bad_refs; /* lines about names that are none; bounded */
	size_t bad_count;
	bool overtime;     /* git was ended at its limit of processor time */
	const char *extra; /* words for the report */
	bool hook_allow;
	bool hook_asked, hook_whole;
};

/* What is served at an address; the words of A_SETUP's TAG_LISTEN. */
enum listener_kind {
	LISTENER_HTTP,
	LISTENER_HTTPS,
	LISTENER_METRICS,
	LISTENER_SSH,
	LISTENER_KINDS
};
extern const char *const listener_names[LISTENER_KINDS]; /* "http" */

struct keeper {
	_Atomic(const struct gate_settings *) settings;
	/* the first (the writer's), the current last, between them what may be in use */
	struct gate_settings *owned[80];
	size_t owned_count;
	keeper_reload reload;
	void *reload_arg;
	char programs[GIT_PATH];
	char run_folder[GIT_PATH], template[GIT_PATH];
	int lock_fd;
	struct git_host host;
	struct smart_capabilities capabilities; /* data owned by capability_text */
	struct buf capability_text[2];
	struct gate_queue *queue;
	struct decisions *decisions;
	struct metrics metrics;
	struct smart_house house;
	int64_t started; /* seconds since 1970 */
	struct smart_memory *memory;
	struct gate_rates *rates;
	char *certificate, *key;         /* PEM; NULL without TLS */
	struct gate_host_keys host_keys; /* empty without ssh */

	int epoll_fd;
	struct source wake, signals;
	_Atomic int state; /* enum server_state for new questions */
	bool stopping, failed, announced;
	int64_t stop_deadline, ticked;

	struct listener {
		int fd;
		enum listener_kind kind;
		char text[128];
	} listeners[MSG_FDS * WIRE_KINDS]; /* those of a program travel in one message */
	size_t listener_count;

	struct source commands;  /* where sessions of OpenSSH connect */
	struct wire_link *wires; /* main's; changed with work_mutex held */
	struct {
		unsigned stillborn; /* in a row that died before Q_READY */
		int64_t restart_at; /* monotonic ms; 0: nothing to start */
	} lives[WIRE_KINDS];

	pthread_mutex_t work_mutex;
	int work_ready; /* counts jobs, and at the end the workers */
	struct job_list work, finished;
	struct exchange *fresh;
	bool waking; /* main was told of what is finished */
	struct worker *workers;
	size_t worker_count;

	struct tally *tally; /* children by what they are counted for */
	pthread_mutex_t sweep_mutex;
	struct upkeep *upkeep;
	struct exchange *waiting, **waiting_last;
	struct exchange *graves; /* freed after the round of events */
};

/* loop.c */
int keeper_watch(struct keeper *k, struct source *s, int fd, uint32_t events, struct err *err);
void keeper_rewatch(struct keeper *k, struct source *s, uint32_t events);
void keeper_unwatch(struct keeper *k, struct source *s); /* does not close */
void keeper_close_source(struct keeper *k, struct source *s);
int keeper_loop(struct keeper *k); /* until stopped; the exit status */
void keeper_stop(struct keeper *k, bool failed);

/* work.c */
int work_start(struct keeper *k, struct err *err);
void work_stop(struct keeper *k);
bool work_uses(struct keeper *k, const struct gate_settings *settings);
void work_submit(struct keeper *k, struct job *job);
void work_tell(struct keeper *k, struct job *job); /* worker, mutex held: `done`, in main */
void work_collect(struct keeper *k);               /* main: runs `done` of what came back */

/* wires.c */
/* One of each program that has listeners. */
int wires_start(struct keeper *k, struct err *err);
/* The same beside those that run, which then drain. */
int wires_renew(struct keeper *k, struct err *err);
void wires_drain(struct keeper *k);
void wires_end(struct keeper *k);                        /* kills what is left */
void wire_break(struct wire_link *w, const char *why);   /* kills it; it is then replaced */
int wire_send(struct wire_link *w, const struct msg *m); /* any thread; nonzero: the link is gone */
void wire_leaves(struct wire_link *w);                   /* main: an exchange of it is gone */
void wire_left(struct wire_link *w);                     /* and has been settled */
void wire_ready(struct wire_link *w, const char *locks); /* main: it has said so */
void wire_counts(struct wire_link *w, const struct msg *m); /* mutex held */
void wires_tick(struct keeper *k);
void wires_write_address(struct keeper *k);

/* command.c: sessions of OpenSSH, where ssh-socket is set */
int commands_start(struct keeper *k, struct err *err);
void commands_stop(struct keeper *k);

/* channel.c */
int channel_watch(struct wire_link *w, struct err *err);
void channel_unwatch(struct wire_link *w);
void channel_hear(struct worker *w, struct wire_link *l); /* in a worker: one message */
void channel_empty(struct wire_link *l);
void channel_cut(struct wire_link *l, const char *why); /* any thread: it sent nonsense */

/* exchange.c */
struct exchange *exchange_new(struct wire_link *w, uint64_t id); /* mutex held */
void exchange_answer(struct worker *w, struct exchange *x);      /* w->question */
void exchange_gone(struct wire_link *w, uint64_t id);
void exchange_wire_lost(struct wire_link *w);
void exchange_tick(struct keeper *k, int64_t now);
void exchange_settle(struct exchange *x); /* main: frees it when nothing holds it */
void exchange_bury(struct keeper *k);
void exchange_end_child(struct exchange *x, bool at_once);
size_t exchange_running(const struct keeper *k);
bool exchange_is_fresh(struct wire_link *w); /* any of its: a worker holds it */
/* Sends A_END for a child that is reaped, when all its output is through. */
void exchange_finish(struct exchange *x);
void exchange_context(struct worker *w, struct exchange *x, struct smart_context *out);

/* session.c: over SSH; all but session_start in a worker */
void session_answer(struct worker *w, struct exchange *x); /* w->question */
void session_unserved(struct worker *w, struct exchange *x, enum server_state why);
/* The message that its child begins, and that it has ended, with what belongs to it. */
void session_start(struct exchange *x, struct msg *m);
void session_end(struct worker *w, struct exchange *x, struct msg *m);

/* capabilities.c: fills out (buf_init is done here; empty on failure) */
int capabilities_read(const struct git_host *host, const char *repository, struct buf *out,
                      struct err *err);

/* Puts a job of this exchange into the workers' hands. */
void exchange_submit(struct exchange *x, void (*run)(struct worker *, struct job *));
void exchange_start_run(struct worker *w, struct job *job); /* starts the child */
/* In a worker: says no in the form its service shows. */
void exchange_unserved(struct worker *w, struct exchange *x, enum server_state why);
void exchange_add_head(struct msg *m, const struct smart_answer *a);

/* serve.c */
int keeper_load_tls(struct keeper *k, const struct gate_settings *s, struct err *err);
/* Makes those that are missing. Not needed, not looked at, without ssh. */
int keeper_load_host_keys(struct keeper *k, struct err *err);
bool keeper_serves(const struct keeper *k, enum listener_kind kind);
/* Which program a listener of that kind belongs to. */
enum wire_kind wire_of_listener(enum listener_kind kind);
const char *wire_name(enum wire_kind kind); /* "http", "ssh" */
enum question_role wire_role(enum wire_kind kind);
enum metrics_transport wire_transport(const struct wire_link *w);
/* What follows from the addresses that are listened on: an empty base URL, and
 * whether `require-tls = auto` is yes. */
void keeper_fit(const struct keeper *k, struct gate_settings *s);
void keeper_close_listeners(struct keeper *k);

/* activate.c: takes the sockets that systemd passed (sd_listen_fds(3)); their
 * names say what is served there. */
int activate_take(struct keeper *k, struct err *err);

/* reload.c */
void keeper_reload_settings(struct keeper *k);
enum log_level keeper_log_level(const char *word);

/* health.c */
void health_init(struct keeper *k);

/* place.c */
bool place_take(struct exchange *x); /* any thread; false: there is none now */
void place_give(struct exchange *x);
void place_seek(struct exchange *x); /* main: starts it, or queues it for a bounded time */
void place_busy(const struct exchange *x, struct policy_busy *out);
void place_leave_queue(struct exchange *x);
void place_serve_waiting(struct keeper *k); /* main: one came free */
void place_leave_as_writer(struct exchange *x, bool tidy);

/* child.c */
/* Takes in what the child's standard error holds: its last words may be heard
 * after its end, or after what it answered. Main thread. */
void exchange_hear_complaint(struct exchange *x);
void child_start(struct worker *w, struct exchange *x); /* in a worker */
void child_watch(struct exchange *x);                   /* main, after it */

/* push.c */
int push_begin(struct exchange *x, int relay_fd, struct err *err); /* main */
void push_clear(struct exchange *x);
bool push_over(const struct exchange *x); /* all of the report is with wire */

/* Writers of a repository are counted, so that leftovers are swept only when
 * nobody writes. `tidy` false: what it left is to be swept. Any thread. */
void writer_enter(struct keeper *k, const char *id, const char *path);
void writer_leave(struct keeper *k, const char *id, bool tidy);

/* tally keys: "s" server, "a…" address, "p…" principal, "k…" credential, "r…" repository,
 * "w…" writers of a repository, "c…" repositories swept since the start */

#endif
