#include "gate/settings.h"

#include "base/log.h"
#include "policy/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct gate_settings, member)
#define MANY (INT64_C(1) << 40)
#define YEARS (INT64_C(100) * 365 * 86400)

const struct setting gate_settings_table[] = {
        {"data", SETTING_PATH, AT(data), 0, 0, NULL,
         "folder that holds the ledger and the repositories"},
        {"database", SETTING_PATH, AT(database), 0, 0, NULL,
         "the ledger's file (default: gatehouse.db in the data folder)"},
        {"base-url", SETTING_TEXT, AT(base_url), 0, 0, NULL,
         "the address people use, https://git.example.org (default: the first listen address)"},
        {"http", SETTING_LIST, AT(http), 0, 0, NULL, "addresses to serve plain HTTP on, ADDR:PORT"},
        {"https", SETTING_LIST, AT(https), 0, 0, NULL, "addresses to serve HTTPS on, ADDR:PORT"},
        {"ssh", SETTING_LIST, AT(ssh), 0, 0, NULL,
         "addresses to serve SSH on, ADDR:PORT (not served yet: noted and left alone)"},
        {"tls-certificate", SETTING_PATH, AT(tls_certificate), 0, 0, NULL,
         "certificate chain, PEM; read again on SIGHUP"},
        {"tls-key", SETTING_PATH, AT(tls_key), 0, 0, NULL,
         "its private key, PEM; read again on SIGHUP"},
        {"run-as", SETTING_TEXT, AT(run_as), 0, 0, NULL, "user to become when started as root"},
        {"log-format", SETTING_TEXT, AT(log_format), 0, 0, "human",
         "human, or json for JSON lines"},
        {"log-level", SETTING_TEXT, AT(log_level), 0, 0, "info", "debug, info, warn or error"},
        {"trusted-proxies", SETTING_LIST, AT(trusted_proxies), 0, 0, NULL,
         "networks whose X-Forwarded-For and X-Forwarded-Proto are believed"},
        {"bot-domain", SETTING_TEXT, AT(bot_domain), 0, 0, NULL,
         "domain of bots' e-mail addresses (default: bots. and the base URL's host)"},
        {"anonymous-reading", SETTING_BOOL, AT(anonymous_reading), 0, 0, "yes",
         "public repositories may be read without a credential"},
        {"body-limit", SETTING_BYTES, AT(body_limit), 65536, MANY, "32m",
         "largest body of a fetch request, unpacked"},
        {"push-limit", SETTING_BYTES, AT(push_limit), 0, MANY, "0",
         "largest push in bytes; 0: none"},
        {"header-limit", SETTING_BYTES, AT(header_limit), 4096, 262144, "32k",
         "largest request head"},
        {"connection-limit", SETTING_COUNT, AT(connection_limit), 1, 100000, "4000",
         "open connections in all"},
        {"connection-limit-per-address", SETTING_COUNT, AT(connection_limit_per_address), 1, 100000,
         "512", "open connections from one address"},
        {"head-time", SETTING_TIME, AT(head_time), 1, 3600, "30s", "time a request head may take"},
        {"idle-time", SETTING_TIME, AT(idle_time), 1, 86400, "75s",
         "time between requests, or without progress of a body or an answer"},
        {"transfer-time", SETTING_TIME, AT(transfer_time), 1, 7 * 86400, "4h",
         "time one transfer may take"},
        {"stop-time", SETTING_TIME, AT(stop_time), 0, 86400, "30s",
         "time running transfers get when the server stops"},
        {"queue-time", SETTING_TIME, AT(queue_time), 0, 3600, "20s",
         "time a request waits for a free git process"},
        {"children", SETTING_COUNT, AT(children), 1, 10000, "64", "git processes in all"},
        {"children-per-address", SETTING_COUNT, AT(children_per_address), 1, 10000, "32",
         "git processes for one address"},
        {"children-per-principal", SETTING_COUNT, AT(children_per_principal), 1, 10000, "48",
         "git processes for one user or bot"},
        {"children-per-repository", SETTING_COUNT, AT(children_per_repository), 1, 10000, "48",
         "git processes on one repository"},
        {"child-memory", SETTING_BYTES, AT(child_memory), 0, MANY, "4g",
         "memory of one git process; 0: any"},
        {"child-cpu-time", SETTING_TIME, AT(child_cpu_time), 0, 7 * 86400, "2h",
         "processor time of one git process; 0: any"},
        {"audit-age", SETTING_TIME, AT(audit_age), 3600, YEARS, "365d",
         "how long the audit keeps what happened"},
        {"audit-rows", SETTING_COUNT, AT(audit_rows), 1000, MANY, "1000000",
         "how many rows the audit keeps"},
        {"token-lifetime", SETTING_TIME, AT(token_lifetime), 0, YEARS, "0",
         "longest life a new token may have; 0: any"},
        {"workers", SETTING_COUNT, AT(workers), 1, 64, "4",
         "threads that read the ledger and start git"},
        {NULL, SETTING_TEXT, 0, 0, 0, NULL, NULL},
};
