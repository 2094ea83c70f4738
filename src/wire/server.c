#include "wire/process.h"
#include "wire/wire_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define WORKERS 2

/* -- connections -- */

static void start_tls(struct conn *c, gnutls_session_t session)
{
	if (c->wire->ticket_key.data != NULL)
		gnutls_session_ticket_enable_server(session, &c->wire->ticket_key);
	transport_start(&c->transport, c->fd, session);
}

static gnutls_session_t session_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
}

static void connection_starts(struct wire *w, struct MHD_Connection *mhd, void **context,
                              enum setup_kind kind)
{
	struct conn *c = calloc(1, sizeof(*c));
	const union MHD_ConnectionInfo *info;

	*context = c;
	if (c == NULL)
		return; /* its first request then finds no context and is closed */
	c->wire = w;
	c->kind = kind;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	c->fd = info->connect_fd;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	process_show_address(info->client_addr, c->address);
	if (kind == SETUP_HTTPS)
		start_tls(c, session_of(mhd));
	pthread_mutex_lock(&w->lock);
	atomic_store(&c->deadline,
	             clock_mono_ms() + (w->draining ? WIRE_FRESH_MS : w->setup.head_ms));
	c->node.key = ++w->last_conn;
	table_add(&w->conns, &c->node);
	pump_watch(w, c->fd, EPOLLRDHUP, c->node.key, EVENT_CONN);
	if (w->conns.count == 1)
		pump_wake(w); /* it slept without a clock */
	pthread_mutex_unlock(&w->lock);
}

static void connection_ends(struct wire *w, struct MHD_Connection *mhd, void **context)
{
	struct conn *c = *context;
	bool wanted; /* the pump waits for room, or for the last one */

	*context = NULL;
	if (c != NULL && c->kind == SETUP_HTTPS)
		transport_end(session_of(mhd));
	pthread_mutex_lock(&w->lock);
	wanted = w->draining || w->accepted >= w->setup.connections;
	w->accepted--;
	if (c != NULL) {
		pump_unwatch(w, c->fd);
		table_remove(&w->conns, &c->node);
		if (c->linger && !c->gone)
			pump_linger(w, c->fd);
	}
	if (wanted)
		pump_wake(w);
	pthread_mutex_unlock(&w->lock);
	free(c);
}

static void notify(void *arg, struct MHD_Connection *mhd, void **context,
                   enum MHD_ConnectionNotificationCode what, enum setup_kind kind)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		connection_starts(arg, mhd, context, kind);
	else if (what == MHD_CONNECTION_NOTIFY_CLOSED)
		connection_ends(arg, mhd, context);
}

static void notify_plain(void *arg, struct MHD_Connection *mhd, void **context,
                         enum MHD_ConnectionNotificationCode what)
{
	notify(arg, mhd, context, what, SETUP_HTTP);
}

static void notify_tls(void *arg, struct MHD_Connection *mhd, void **context,
                       enum MHD_ConnectionNotificationCode what)
{
	notify(arg, mhd, context, what, SETUP_HTTPS);
}

static void notify_metrics(void *arg, struct MHD_Connection *mhd, void **context,
                           enum MHD_ConnectionNotificationCode what)
{
	notify(arg, mhd, context, what, SETUP_METRICS);
}

static const MHD_NotifyConnectionCallback notifiers[SETUP_KINDS] = {
        [SETUP_HTTP] = notify_plain, [SETUP_HTTPS] = notify_tls, [SETUP_METRICS] = notify_metrics};

/* -- the library's settings -- */

/* Targets are passed on as they came. */
static size_t keep_escapes(void *arg, struct MHD_Connection *mhd, char *text)
{
	(void)arg;
	(void)mhd;
	return strlen(text);
}

static _Noreturn void panic(void *arg, const char *file, unsigned line, const char *reason)
{
	(void)arg;
	log_error("the HTTP library gave up at %s:%u: %s", file, line,
	          reason == NULL ? "" : reason);
	abort();
}

int server_prepare(struct wire *w, struct err *err)
{
	gnutls_priority_t priorities;
	struct tm tm;
	time_t now = time(NULL);

	gmtime_r(&now, &tm); /* reads the time zone's file */
	MHD_set_panic_func(panic, NULL);
	if (w->setup.certificate == NULL)
		return 0;
	if (gnutls_global_init() != 0 || gnutls_priority_init(&priorities, PRIORITIES, NULL) != 0)
		return err_set(err, ERR_IO, "TLS cannot be set up");
	gnutls_priority_deinit(priorities);
	if (gnutls_session_ticket_key_generate(&w->ticket_key) != 0)
		return err_set(err, ERR_IO, "no key for TLS session tickets");
	return 0;
}

static struct MHD_Daemon *start(struct wire *w, enum setup_kind kind, unsigned workers)
{
	bool tls = kind == SETUP_HTTPS;
	unsigned most =
	        kind == SETUP_METRICS ? WIRE_METRICS : w->setup.connections * WORKERS + WORKERS;
	const struct setup *s = &w->setup;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_USE_ITC |
	                 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
	                 (tls ? MHD_USE_TLS : 0);
	struct MHD_OptionItem more[] = {
	        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)workers, NULL},
	        {MHD_OPTION_HTTPS_MEM_CERT, 0, s->certificate},
	        {MHD_OPTION_HTTPS_MEM_KEY, 0, s->key},
	        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES},
	        {MHD_OPTION_END, 0, NULL},
	};

	if (!tls)
		more[1].option = MHD_OPTION_END;
	if (workers < 2)
		more[0] = (struct MHD_OptionItem){MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL};
	/* Its own limit is spread over its workers and so could be reached early;
	 * the pump counts and keeps the total. */
	return MHD_start_daemon(
	        flags, 0, NULL, NULL, exchange_handle, w, MHD_OPTION_CONNECTION_LIMIT, most,
	        MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->connections_per_address,
	        MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->header_limit, MHD_OPTION_STRICT_FOR_CLIENT,
	        1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK,
	        exchange_begin, w, MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, w,
	        MHD_OPTION_NOTIFY_CONNECTION, notifiers[kind], w, MHD_OPTION_ARRAY, more,
	        MHD_OPTION_END);
}

int server_start(struct wire *w, struct err *err)
{
	bool wanted[SETUP_KINDS] = {false};

	for (unsigned i = 0; i < w->setup.nlisteners; i++)
		wanted[w->setup.listeners[i].kind] = true;
	for (int kind = 0; kind < SETUP_KINDS; kind++) {
		/* Beside TLS, plain HTTP is for redirects and health checks. */
		bool few = kind == SETUP_METRICS || (kind == SETUP_HTTP && wanted[SETUP_HTTPS]);

		if (!wanted[kind])
			continue;
		w->daemons[kind] = start(w, (enum setup_kind)kind, few ? 1 : WORKERS);
		if (w->daemons[kind] == NULL)
			return err_set(err, ERR_IO, "the %s server cannot be started%s",
			               setup_kind_names[kind],
			               kind == SETUP_HTTPS
			                       ? ": do certificate and key belong together?"
			                       : "");
	}
	return 0;
}

void server_stop(struct wire *w)
{
	for (int kind = 0; kind < SETUP_KINDS; kind++)
		if (w->daemons[kind] != NULL)
			MHD_stop_daemon(w->daemons[kind]);
	gnutls_free(w->ticket_key.data);
}
