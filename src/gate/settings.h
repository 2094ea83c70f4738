/* The server's settings: one struct, one table, for `serve` and the commands. */
#ifndef GATEHOUSE_GATE_SETTINGS_H
#define GATEHOUSE_GATE_SETTINGS_H

#include "base/settings.h"

struct gate_settings {
	char data[SETTINGS_TEXT];     /* the data folder */
	char database[SETTINGS_TEXT]; /* "" : <data>/gatehouse.db */
	char base_url[SETTINGS_TEXT]; /* as people reach it; "": made from the first listen address
	                               */
	char ssh_url[SETTINGS_TEXT];  /* likewise over SSH: ssh://git@HOST[:PORT]; "": no ssh, or
	                                 made  from base_url and the first ssh address */
	char known_hosts[4096];       /* what this server shows of its host keys; "": no ssh */
	char ssh_socket[SETTINGS_TEXT];      /* for OpenSSH's sessions; "": none */
	char ssh_socket_user[SETTINGS_TEXT]; /* whose processes may connect to it */
	bool base_url_given; /* false: base_url was made, a trusted proxy knows better */
	struct settings_list http, https, ssh,
	        metrics; /* ADDR:PORT, [v6]:PORT; port 0: any free one */
	char tls_certificate[SETTINGS_TEXT], tls_key[SETTINGS_TEXT];
	char require_tls[SETTINGS_TEXT];
	bool tls_required; /* what require_tls comes to */
	char run_as[SETTINGS_TEXT];
	char log_format[SETTINGS_TEXT], log_level[SETTINGS_TEXT];
	struct settings_list trusted_proxies; /* networks */
	char bot_domain[SETTINGS_TEXT];       /* "": bots. + host of base_url */
	bool anonymous_reading;
	bool app_passwords; /* they may be made and used */
	int64_t body_limit; /* bytes of a fetch request's body, unpacked */
	int64_t push_limit; /* bytes of one push; 0: none */
	int64_t header_limit;
	int64_t connection_limit, connection_limit_per_address;
	int64_t head_time, idle_time, transfer_time, stop_time, queue_time; /* seconds */
	int64_t children, children_per_address, children_per_principal, children_per_repository,
	        children_per_credential;
	int64_t ssh_login_time, ssh_idle_time; /* seconds */
	int64_t ssh_login_tries, ssh_sessions, ssh_strangers;
	int64_t child_memory, child_cpu_time;
	int64_t failures_per_address, failures_per_owner, failure_time; /* 0: any; seconds */
	int64_t requests_per_credential, request_time;                  /* 0: any; seconds */
	int64_t audit_age, audit_rows;                                  /* seconds, rows */
	char decision_log[SETTINGS_TEXT]; /* "none", "journal", "journal:SOCKET", "/a/file" */
	int64_t deleted_kept;             /* seconds */
	int64_t token_lifetime;           /* most seconds a new token may live; 0: any */
	int64_t expiry_notice;            /* seconds before its end a session is told; 0: never */
	int64_t workers;
};

extern const struct setting gate_settings_table[];

/* After the sources were read: fills what follows from other keys, and checks
 * what must fit together (https without certificate, a bad address, …). */
int gate_settings_finish(struct gate_settings *s, struct err *err);
/* ssh_url from the host of base_url and that port. */
void gate_settings_ssh_url(struct gate_settings *s, long port);
/* Path of the database file; out holds SETTINGS_TEXT + 32. */
const char *gate_settings_database(const struct gate_settings *s, char *out);

#endif
