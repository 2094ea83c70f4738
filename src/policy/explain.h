/* The words for a verdict. Every refusal has the fact, the detail about the
 * asker's own credential, the fix, and the reference. Nothing here decides;
 * nothing tells more than the verdict allows (`genuine`).
 * Text of a peer goes through buf_add_safe. */
#ifndef GATEHOUSE_POLICY_EXPLAIN_H
#define GATEHOUSE_POLICY_EXPLAIN_H

#include "base/buf.h"
#include "policy/policy.h"
#include "policy/ssh_certificate.h"

#define EXPLAIN_AGAIN 5 /* seconds after which another try is worth it, when the server says no */

/* What the words may mention; any pointer may be NULL, any time CLOCK_NEVER. */
struct policy_story {
	const char *base_url; /* "https://git.example.org", no slash behind */
	const char *workspace,
	        *repository;   /* as asked for, spelled as stored where it exists and may be seen */
	const char *path;      /* in their place, for an address of other parts; "": unfit */
	const char *reference; /* "7kq2m9xa4e" */
	const char *address;   /* the client's, as seen */
	const char *address_header; /* "X-Forwarded-For" when it came from there */
	int64_t now;

	/* what arrived */
	const char *user_hint; /* the user name sent; NULL when it was a secret */
	bool hint_fits;        /* user_hint is another name of acts_as, such as an e-mail */
	const struct token_look *look;
	const char *header_fault; /* PRESENTED_UNREADABLE, PRESENTED_TWICE: what exactly */

	/* the genuine credential */
	const char *credential_name, *acts_as; /* "laptop", "ann" */
	const char *owner; /* what a bot belongs to: "acme/site", "acme/project:web", "acme" */
	const char *fingerprint; /* of an SSH key, also of one that is not known here */
	int64_t bot;             /* the number that commands know it by; 0: none */
	/* an SSH certificate, whose key id is credential_name, and who signed it, by its
	 * name here (NULL: nobody known here) */
	const struct ssh_certificate *certificate;
	const char *authority;
	bool authority_revoked; /* … and not the certificate alone */

	/* REASON_OWNER_DELETED, while the repository can be brought back */
	int64_t deleted;        /* 0: not told */
	const char *deleted_id; /* by its id */
	/* REASON_DELETED: by whom it was, and until when it is kept */
	const char *deleted_by; /* "cleo"; NULL: not told */
	int64_t kept_until;     /* 0: not told */
	enum credential_kind kind;
	int64_t created, expires, not_before, revoked;
	int64_t replaced, replaced_until; /* its secret, by a newer one; 0: it is the newest */
	const char *revoked_by;           /* "its owner", "an administrator"; NULL: not told */
	const char *revoke_reason;
	bool leaked;         /* revoked as leaked: only that is told */
	const char *reaches; /* "the repositories ann may read", "acme/site only" */
	const char *admins;  /* whom to ask, "ann, bob"; only when the asker may see them */

	/* for notices (policy/notice.h) */
	int64_t notice_window;   /* seconds before `expires` from which on it is told */
	bool by_old_name;        /* an old name or address led to the repository */
	const char *new_network; /* where else it was first used of late; NULL: not told */
	int64_t new_network_since;

	/* of what is on its way out */
	const char *retired; /* "app passwords", "API tokens that never expire"; NULL: not told */
	const char *replacement;         /* the command for a token of the same reach; NULL */
	int64_t retires, brownout_until; /* CLOCK_NEVER: not decided; in no brownout */
	int64_t brownout_next;           /* CLOCK_NEVER: none follows */

	/* REASON_NOT_FOUND, REASON_RIGHT_MISSING: acts_as was a member of the workspace asked
	 * for until then; 0: not told */
	int64_t left;

	/* REASON_ARCHIVED */
	int64_t archived;        /* 0: not told */
	const char *archived_by; /* "cleo"; NULL: not told */

	/* REASON_TOO_MANY_…: what the limit is, and when it ends */
	int64_t rate_limit, rate_span, rate_until;
	bool rate_by_address;

	/* REASON_OBJECT_CHECK */
	const char *object, *defect; /* "1f3a…", "badTimezone" */

	/* REASON_REF_NAME */
	const char *bad_refs; /* whole lines, "refs/heads/a b: it holds a blank\n", made safe */
};

/* The full text: 2 to 8 lines, LF, plain text, no trailing blank line. Line 1
 * ends with the reason's name in brackets; the last line holds the reference
 * when there is one. Lines stay within 100 characters where they can. */
int policy_explain(struct buf *out, const struct policy_facts *facts, const struct verdict *verdict,
                   const struct policy_story *story);
/* One line, at most 160 bytes, for report-status `ng` lines and error
 * descriptions: no newline, no quotation mark, ends with "[reason-name]". */
int policy_explain_line(struct buf *out, const struct policy_facts *facts,
                        const struct verdict *verdict, const struct policy_story *story);
/* What one gate saw, for the audit and `gatehouse why`: "scope: needs
 * write:repository, has read:repository". Never holds a secret. */
int policy_explain_gate(struct buf *out, enum policy_gate gate, const struct policy_facts *facts,
                        const struct verdict *verdict);
/* The same of a gate that closed on a repository the asker may not see: one
 * that does not exist is told in these very words. NULL: nothing to hide. */
const char *policy_explain_gate_hidden(enum policy_gate gate);

#endif
