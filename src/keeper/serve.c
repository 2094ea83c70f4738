/* `gatehouse serve`: from the settings to the loop and back. */
#include "keeper/keeper_int.h"
#include "keeper/listen.h"
#include "keeper/user.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_LIMIT 24000       /* so that a set-up message holds both */
#define KEPT_MEMORY (1 << 20) /* free memory beyond this goes back to the system */
#define TEMPLATE_ID "00000000000000000000000000000000"
#define TEMPLATE_SHA256_ID "00000000000000000000000000000001"

/* -- sockets and certificate, while we may still be root -- */

static int open_list(struct keeper *k, const struct settings_list *list, enum listener_kind kind,
                     struct err *err)
{
	int code = 0;

	for (size_t i = 0; !code && i < list->count; i++) {
		struct listener *l = &k->listeners[k->listener_count];
		code = listen_open(list->items[i], &l->fd, l->text, sizeof(l->text), err);
		l->kind = kind;
		if (!code)
			k->listener_count++;
	}
	return code;
}

/* What one program listens on travels in one message. */
static int count_listeners(const struct keeper *k, const struct gate_settings *s, struct err *err)
{
	size_t counts[WIRE_KINDS] = {
	        [WIRE_HTTP] = s->http.count + s->https.count + s->metrics.count,
	        [WIRE_SSH] = s->ssh.count,
	};

	for (size_t i = 0; i < k->listener_count; i++)
		counts[wire_of_listener(k->listeners[i].kind)]++;
	for (int kind = 0; kind < WIRE_KINDS; kind++)
		if (counts[kind] > MSG_FDS)
			return err_set(err, ERR_LIMIT,
			               "at most %d addresses can be listened on for %s", MSG_FDS,
			               wire_name((enum wire_kind)kind));
	return 0;
}

static int open_listeners(struct keeper *k, const struct gate_settings *s, struct err *err)
{
	int code = activate_take(k, err);

	if (!code)
		code = count_listeners(k, s, err);
	if (!code)
		code = open_list(k, &s->http, LISTENER_HTTP, err);
	if (!code)
		code = open_list(k, &s->https, LISTENER_HTTPS, err);
	size_t public = k->listener_count;
	for (size_t i = 0; i < k->listener_count; i++)
	public -= k->listeners[i].kind == LISTENER_METRICS || k->listeners[i].kind == LISTENER_SSH;
	if (!code && !public)
		return err_set(err, ERR_INVALID,
		               "nothing to listen on: give --http ADDR:PORT or --https ADDR:PORT");
	if (!code)
		code = open_list(k, &s->ssh, LISTENER_SSH, err);
	return code ? code : open_list(k, &s->metrics, LISTENER_METRICS, err);
}

static int read_pem(const char *path, char **out, struct err *err)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return err_system(err, errno, "%s", path);
	char *text = calloc(1, PEM_LIMIT + 1);
	size_t len = text ? fread(text, 1, PEM_LIMIT + 1, f) : 0;
	int failed = !text || ferror(f);
	fclose(f);
	if (!failed && len > 0 && len <= PEM_LIMIT) {
		text[len] = '\0';
		*out = text;
		return 0;
	}
	if (text)
		secret_wipe(text, PEM_LIMIT + 1);
	free(text);
	return err_set(err, failed ? ERR_IO : ERR_INVALID, "%s: %s", path,
	               failed ? "can't be read"
	               : len  ? "too large"
	                      : "empty");
}

static void drop_pem(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	free(text);
}

bool keeper_serves(const struct keeper *k, enum listener_kind kind)
{
	for (size_t i = 0; i < k->listener_count; i++)
		if (k->listeners[i].kind == kind)
			return true;
	return false;
}

int keeper_load_tls(struct keeper *k, const struct gate_settings *s, struct err *err)
{
	char *certificate = NULL, *key = NULL;

	if (!keeper_serves(k, LISTENER_HTTPS))
		return 0;
	if (!s->tls_key[0])
		return err_set(err, ERR_INVALID,
		               "https needs a certificate: give tls-certificate and tls-key");
	int code = read_pem(s->tls_certificate, &certificate, err);
	if (!code)
		code = read_pem(s->tls_key, &key, err);
	if (code) {
		drop_pem(certificate);
		return code;
	}
	drop_pem(k->certificate);
	drop_pem(k->key);
	k->certificate = certificate;
	k->key = key;
	return 0;
}

int keeper_load_host_keys(struct keeper *k, struct err *err)
{
	struct gate_host_keys fresh;

	if (!keeper_serves(k, LISTENER_SSH))
		return 0;
	int code = gate_host_keys_open(atomic_load(&k->settings)->data, k->programs, true, &fresh,
	                               err);
	if (code)
		return code;
	gate_host_keys_clear(&k->host_keys);
	k->host_keys = fresh;
	return 0;
}

void keeper_close_listeners(struct keeper *k)
{
	for (size_t i = 0; i < k->listener_count; i++)
		close(k->listeners[i].fd);
	k->listener_count = 0;
}

/* -- the data folder -- */

static int make_folder(const char *path, struct err *err)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return err_system(err, errno, "%s can't be made", path);
	return 0;
}

/* One server to a folder: the lock goes with the process, however it ends. */
static int lock_data(struct keeper *k, struct err *err)
{
	char path[GIT_PATH + 32];
	const char *data = atomic_load(&k->settings)->data;

	int code = make_folder(data, err);
	if (snprintf(k->run_folder, sizeof(k->run_folder), "%s/run", data) >=
	    (int)sizeof(k->run_folder))
		code = err_set(err, ERR_LIMIT, "the data folder's path is too long");
	if (!code)
		code = make_folder(k->run_folder, err);
	if (code)
		return code;
	snprintf(path, sizeof(path), "%s/lock", k->run_folder);
	k->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (k->lock_fd < 0)
		return err_system(err, errno, "%s can't be opened", path);
	if (flock(k->lock_fd, LOCK_EX | LOCK_NB))
		return err_set(err, ERR_BUSY, "another gatehouse serves %s already", data);
	return 0;
}

/* Where a template is, and whether. */
static int find_template(const struct keeper *k, const char *id, char path[GIT_PATH], bool *there,
                         struct err *err)
{
	int code = git_repository_path(k->run_folder, id, path, err);

	*there = *there && !code && access(path, F_OK) == 0;
	return code;
}

/* When one is missing, an earlier start was cut off: all it made goes first. */
static int lay_templates(const struct keeper *k, struct err *err)
{
	int code;

	git_repository_remove_all(k->run_folder);
	code = git_repository_make(k->run_folder, TEMPLATE_ID, "-", "-", "sha1", err);
	if (!code)
		code = git_repository_make(k->run_folder, TEMPLATE_SHA256_ID, "-", "-", "sha256",
		                           err);
	return code;
}

/* Empty repositories: one to show to a push that will make one, both to learn
 * git's capabilities from; and whether a boxed git serves at all. */
static int make_templates(struct keeper *k, struct err *err)
{
	struct smart_capabilities *c = &k->capabilities;
	char sha256[GIT_PATH];
	bool there = true;

	int code = find_template(k, TEMPLATE_ID, k->template, &there, err);
	if (!code)
		code = find_template(k, TEMPLATE_SHA256_ID, sha256, &there, err);
	if (!code && !there)
		code = lay_templates(k, err);
	if (!code)
		code = capabilities_read(&k->host, k->template, &k->capability_text[0], err);
	if (!code)
		code = capabilities_read(&k->host, sha256, &k->capability_text[1], err);
	if (code)
		return code;
	c->sha1 = k->capability_text[0].data;
	c->sha1_len = k->capability_text[0].len;
	c->sha256 = k->capability_text[1].data;
	c->sha256_len = k->capability_text[1].len;
	return 0;
}

static int sweep_folders(struct gate *g, void *arg, struct err *err)
{
	return gate_repository_sweep(g, arg, err);
}

static void enter_repository(void *arg, const char *id, const char *path)
{
	writer_enter(arg, id, path);
}

static void leave_repository(void *arg, const char *id, bool tidy)
{
	writer_leave(arg, id, tidy);
}

static int expire_one(struct gate *g, void *arg, struct err *err)
{
	return gate_deleted_expire(g, arg, err);
}

/* Names that a crash left as they were. Reads the ledger beside the writer: there
 * may be many. */
static void mend_names(struct keeper *k)
{
	struct gate g;
	struct err err = {0};

	int code = gate_open(&g, atomic_load(&k->settings), STORE_READ, &err);
	if (!code) {
		code = gate_repository_names_mend(&g, 0, &err);
		gate_close(&g);
	}
	if (code)
		log_error("names in repositories can't be mended: %s", err.text);
}

/* Deleted repositories whose time is over. */
static void daily(void *arg)
{
	struct keeper *k = arg;
	struct store_deleted d;
	struct err err = {0};
	int code;

	while (!(code = gate_queue_run(k->queue, expire_one, &d, &err)))
		log_info("removed %s/%s for good: it was deleted long enough ago",
		         d.was.workspace_name, d.was.name);
	if (code != ERR_NOT_FOUND && code != ERR_CLOSED)
		log_error("deleted repositories can't be removed: %s", err.text);
	gate_trash_empty(atomic_load(&k->settings)->data);
	mend_names(k);
}

static int start_upkeep(struct keeper *k, struct err *err)
{
	const struct upkeep_owner owner = {&k->host, enter_repository, leave_repository, daily, k};

	return upkeep_start(&k->upkeep, &owner, err);
}

static int open_data(struct keeper *k, struct err *err)
{
	char box[GIT_PATH + 32];
	unsigned removed = 0;

	snprintf(box, sizeof(box), "%s/gatehouse-box", k->programs);
	int code = git_host_init(&k->host, box, k->run_folder, err);
	if (!code)
		code = gate_queue_start(&k->queue, atomic_load(&k->settings), err);
	if (!code)
		code = gate_queue_run(k->queue, sweep_folders, &removed, err);
	if (!code && removed)
		log_info("swept %u leftovers of what was cut off", removed);
	if (!code)
		code = make_templates(k, err);
	if (!code && (!(k->memory = smart_memory_new()) || !(k->rates = gate_rates_new())))
		code = err_set(err, ERR_MEMORY, "out of memory");
	if (!code && !(k->tally = tally_new()))
		code = err_set(err, ERR_MEMORY, "out of memory");
	if (!code)
		code = decisions_start(&k->decisions, atomic_load(&k->settings), &k->metrics,
		                       k->run_folder, err);
	return code ? code : start_upkeep(k, err);
}

/* -- signals -- */

static void signal_ready(struct source *s, uint32_t events)
{
	struct keeper *k = s->owner;
	struct signalfd_siginfo info;

	(void)events;
	if (read(s->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP && !k->stopping)
		keeper_reload_settings(k);
	else if (info.ssi_signo != SIGHUP && k->stopping)
		k->stop_deadline = 0; /* asked twice: at once */
	else if (info.ssi_signo != SIGHUP)
		keeper_stop(k, false);
}

static int catch_signals(struct keeper *k, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_system(err, errno, "signals can't be caught");
	k->signals = (struct source){-1, signal_ready, k};
	return keeper_watch(k, &k->signals, fd, EPOLLIN, err);
}

/* -- begin and end -- */

static const char *url_host(const struct listener *l, char *out, size_t size)
{
	char name[128];
	const char *port = strrchr(l->text, ':');

	/* an address that means "all" is no address to give to people */
	if (strncmp(l->text, "0.0.0.0:", 8) && strncmp(l->text, "[::]:", 5)) {
		snprintf(out, size, "%s", l->text);
	} else {
		if (gethostname(name, sizeof(name)))
			snprintf(name, sizeof(name), "localhost");
		name[sizeof(name) - 1] = '\0';
		snprintf(out, size, "%s%s", name, port);
	}
	return out;
}

static void default_url(const struct keeper *k, struct gate_settings *s)
{
	const struct listener *l = &k->listeners[0];
	char host[256];

	for (size_t i = 0; i < k->listener_count; i++) {
		if (k->listeners[i].kind == LISTENER_HTTPS)
			l = &k->listeners[i];
	}
	if (!s->base_url[0])
		snprintf(s->base_url, sizeof(s->base_url), "http%s://%s",
		         l->kind == LISTENER_HTTPS ? "s" : "", url_host(l, host, sizeof(host)));
}

static void default_ssh_url(const struct keeper *k, struct gate_settings *s)
{
	for (size_t i = 0; i < k->listener_count && !*s->ssh_url; i++)
		if (k->listeners[i].kind == LISTENER_SSH)
			gate_settings_ssh_url(
			        s, strtol(strrchr(k->listeners[i].text, ':') + 1, NULL, 10));
}

static void show_host_keys(const struct keeper *k, struct gate_settings *s)
{
	char host[300];
	struct buf b;
	long port;

	buf_init(&b, sizeof(s->known_hosts) - 1);
	gate_ssh_host(s->ssh_url, host, sizeof(host), &port);
	if (*s->ssh_url && !gate_host_keys_known(&k->host_keys, host, port, &b))
		snprintf(s->known_hosts, sizeof(s->known_hosts), "%s", buf_str(&b));
	buf_clear(&b);
}

void keeper_fit(const struct keeper *k, struct gate_settings *s)
{
	default_url(k, s);
	default_ssh_url(k, s);
	if (!strcmp(s->require_tls, "auto"))
		s->tls_required = keeper_serves(k, LISTENER_HTTPS);
	show_host_keys(k, s);
}

/* Many connections and pipes: as many descriptors as the system lets us. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int prepare(struct keeper *k, struct gate_settings *s, struct err *err)
{
	k->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (k->epoll_fd < 0)
		return err_system(err, errno, "no epoll");
	raise_limits();
	umask(077);
	int code = open_listeners(k, s, err);
	if (!code)
		code = keeper_load_tls(k, s, err);
	if (!code)
		code = user_become(s->run_as, s->data, err);
	if (!code)
		code = secret_lock_process() ? err_set(err, ERR_IO, "the process can't be locked")
		                             : 0;
	keeper_fit(k, s);
	if (!code)
		code = catch_signals(k, err);
	if (!code)
		code = lock_data(k, err);
	if (!code)
		code = open_data(k, err);
	if (!code)
		code = keeper_load_host_keys(k, err);
	keeper_fit(k, s); /* once more, now with the host keys */
	if (!code)
		code = work_start(k, err);
	if (!code)
		code = commands_start(k, err);
	return code ? code : wires_start(k, err);
}

static void remove_address(struct keeper *k)
{
	char path[GIT_PATH + 32];

	if (!k->announced)
		return;
	snprintf(path, sizeof(path), "%s/address", k->run_folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/ssh-address", k->run_folder);
	unlink(path);
}

static void end_children(struct keeper *k)
{
	for (struct wire_link *w = k->wires; w; w = w->next) {
		for (size_t b = 0; b < EXCHANGE_BUCKETS; b++) {
			for (struct exchange *x = w->buckets[b]; x; x = x->next)
				exchange_end_child(x, true);
		}
	}
}

/* Workers first: what they hold must come back before it can be ended. The
 * memory of exchanges goes with the process. */
static void finish(struct keeper *k)
{
	wires_end(k);
	if (k->worker_count) {
		work_stop(k);
		work_collect(k);
	}
	end_children(k);
	upkeep_stop(k->upkeep);
	exchange_bury(k);
	gate_queue_stop(k->queue);
	decisions_stop(k->decisions); /* behind the last row */
	remove_address(k);
	smart_memory_free(k->memory);
	gate_rates_free(k->rates);
	git_host_clear(&k->host);
	buf_clear(&k->capability_text[0]);
	buf_clear(&k->capability_text[1]);
	drop_pem(k->certificate);
	drop_pem(k->key);
	gate_host_keys_clear(&k->host_keys);
	commands_stop(k);
	keeper_close_listeners(k);
}

int keeper_serve(const struct gate_settings *settings, const char *programs,
                 keeper_reload reload_it, void *arg)
{
	static struct keeper keeper; /* large, and there is one */
	struct keeper *k = &keeper;
	struct gate_settings *mine = malloc(sizeof(*mine));
	struct err err = {0};
	int status = 1;

	if (!mine)
		return 1;
	/* or each question would fetch its memory from the system and give it back */
	mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
	*mine = *settings;
	k->owned[k->owned_count++] = mine;
	atomic_store(&k->settings, mine);
	k->reload = reload_it;
	k->reload_arg = arg;
	k->lock_fd = k->epoll_fd = k->commands.fd = -1;
	k->waiting_last = &k->waiting;
	pthread_mutex_init(&k->sweep_mutex, NULL);
	snprintf(k->programs, sizeof(k->programs), "%s", programs);
	health_init(k);
	atomic_store(&k->state, SERVER_READY);
	log_init("keeper", !strcmp(mine->log_format, "json"), keeper_log_level(mine->log_level));
	int failed = prepare(k, mine, &err);
	if (failed)
		log_error("not started: %s", err.text);
	else
		status = keeper_loop(k);
	finish(k);
	if (!failed)
		log_info("stopped");
	for (size_t i = 0; i < k->owned_count; i++)
		free(k->owned[i]);
	return status;
}
