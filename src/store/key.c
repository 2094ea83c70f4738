/* SSH keys: what a credential of theirs has besides its row. */
#include "store/store_int.h"

#include <string.h>

static const char no_key[] = "the credential is no SSH key";

int store_key_add(struct store *s, int64_t credential, const uint8_t *blob, size_t len,
                  struct err *err)
{
	struct query q;

	if (!len || len > SSH_KEY_BLOB)
		return err_set(err, ERR_LIMIT, "no SSH key has this length");
	query_open(&q, s, SQL_KEY_ADD, err);
	query_int(&q, credential);
	query_blob(&q, blob, len);
	return query_run(&q, NULL);
}

struct blob {
	uint8_t *bytes;
	size_t len;
};

static void read_blob(struct query *q, void *row)
{
	struct blob *b = row;

	query_get_bytes(q, b->bytes, SSH_KEY_BLOB, &b->len);
}

int store_key_blob(struct store *s, int64_t credential, uint8_t out[SSH_KEY_BLOB], size_t *len,
                   struct err *err)
{
	uint8_t bytes[SSH_KEY_BLOB];
	struct blob b = {bytes, 0};
	struct query q;
	int code;

	query_open(&q, s, SQL_KEY_BLOB, err);
	query_int(&q, credential);
	code = query_one(&q, read_blob, &b, no_key);
	if (code)
		return code;
	memcpy(out, bytes, b.len);
	*len = b.len;
	return 0;
}

int store_key_forget(struct store *s, int64_t credential, struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_KEY_FORGET, err);
	query_int(&q, credential);
	return query_must(&q, no_key);
}

int store_key_repository_add(struct store *s, int64_t credential, const char *repository,
                             struct err *err)
{
	struct query q;

	query_open(&q, s, SQL_KEY_REPOSITORY_ADD, err);
	query_int(&q, credential);
	query_text(&q, repository, STORE_ID);
	return query_run(&q, NULL);
}

int store_key_repository_list(struct store *s, int64_t credential,
                              int (*each)(void *, const char *repository), void *arg,
                              struct err *err)
{
	char repository[STORE_ID];
	struct query q;
	int stop = 0, code;

	query_open(&q, s, SQL_KEY_REPOSITORY_LIST, err);
	query_int(&q, credential);
	while (!stop && query_row(&q)) {
		query_get_text(&q, repository, sizeof repository);
		if (!q.code)
			stop = each(arg, repository);
	}
	code = query_end(&q);
	return code ? code : stop;
}
