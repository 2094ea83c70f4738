/* The contract of store.h: SSH keys of users, and access keys.
 * The same for every backend. */
#include "fixture.h"

#include "base/clock.h"

#define USER(id_) (&(struct store_owner){.kind = OWNER_USER, .id = (id_)})

static struct store_credential add_key(struct fixture *f, const struct store_owner *owner,
                                       const char *name, uint8_t mark)
{
	struct store_credential c = {.kind = owner->kind == OWNER_USER ? CREDENTIAL_USER_KEY
	                                                               : CREDENTIAL_ACCESS_KEY,
	                             .owner = owner->kind,
	                             .owner_id = owner->id,
	                             .expires = CLOCK_NEVER,
	                             .revoked = CLOCK_NEVER,
	                             .scopes = SCOPE_READ_REPOSITORY};

	strcpy(c.name, name);
	memcpy(c.owner_repository, owner->repository, sizeof c.owner_repository);
	memset(c.hash, mark, sizeof c.hash);
	ok(store_credential_add(f->s, &c, &f->err));
	ok(store_key_add(f->s, c.id, &mark, 1, &f->err));
	return c;
}

static int keep_repository(void *arg, const char *repository)
{
	return take_name(arg, repository);
}

static void a_key_and_a_token_of_one_name_are_two(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann");
	struct store_credential key = add_key(f, USER(ann), "ci", 1), got;
	uint8_t blob[SSH_KEY_BLOB];
	struct names n = {0};
	size_t len = 0;

	fails(ERR_NOT_FOUND, store_credential_by_name(f->s, USER(ann), "ci", &got, &f->err));
	ok(store_key_by_name(f->s, USER(ann), "CI", &got, &f->err));
	assert_int_equal(got.id, key.id);
	ok(store_key_list(f->s, USER(ann), credential_name, &n, &f->err));
	assert_string_equal(n.text, "ci ");
	ok(store_key_blob(f->s, key.id, blob, &len, &f->err));
	assert_true(len == 1 && blob[0] == 1);
	fails(ERR_NOT_FOUND, store_key_blob(f->s, key.id + 1, blob, &len, &f->err));
	fails(ERR_LIMIT, store_key_add(f->s, key.id, blob, SSH_KEY_BLOB + 1, &f->err));
	ok(store_credential_scopes(f->s, key.id, SCOPE_WRITE_REPOSITORY, &f->err));
	ok(store_credential_get(f->s, key.id, &got, &f->err));
	assert_int_equal(got.scopes, SCOPE_WRITE_REPOSITORY);
}

static void a_key_that_is_let_go_can_be_added_again(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), bob = add_user(f, "bob");
	struct store_credential old = add_key(f, USER(ann), "ci", 1), got;
	uint8_t blob[SSH_KEY_BLOB];
	size_t len;

	old.revoked = 50;
	ok(store_credential_revoke(f->s, &old, &f->err));
	ok(store_key_forget(f->s, old.id, &f->err));
	fails(ERR_NOT_FOUND, store_credential_by_hash(f->s, old.hash, &got, &f->err));
	struct store_credential again = add_key(f, USER(bob), "ci", 1);
	ok(store_credential_by_hash(f->s, old.hash, &got, &f->err));
	assert_int_equal(got.id, again.id);
	ok(store_key_blob(f->s, old.id, blob, &len, &f->err)); /* what it was stays known */
	fails(ERR_NOT_FOUND, store_key_forget(f->s, 99, &f->err));
}

static void an_access_key_serves_several_repositories(void **state)
{
	struct fixture *f = *state;
	int64_t ann = add_user(f, "ann"), acme = add_workspace(f, "acme", ann);
	struct store_repository site = add_repository(f, acme, 0, "site"),
	                        docs = add_repository(f, acme, 0, "docs"),
	                        wiki = add_repository(f, acme, 0, "wiki");
	struct store_owner owner = {.kind = OWNER_REPOSITORY}, other = owner;
	struct names served = {0}, of_docs = {0};
	struct store_credential got;

	memcpy(owner.repository, site.id, sizeof site.id);
	memcpy(other.repository, docs.id, sizeof docs.id);
	struct store_credential key = add_key(f, &owner, "deploy", 1);
	assert_int_equal(right_of_bot(f, &key, &docs), RIGHT_NONE);
	ok(store_key_repository_add(f->s, key.id, docs.id, &f->err));
	fails(ERR_EXISTS, store_key_repository_add(f->s, key.id, docs.id, &f->err));
	assert_int_equal(right_of_bot(f, &key, &site), RIGHT_ADMIN);
	assert_int_equal(right_of_bot(f, &key, &docs), RIGHT_ADMIN);
	assert_int_equal(right_of_bot(f, &key, &wiki), RIGHT_NONE);
	ok(store_key_by_name(f->s, &other, "deploy", &got, &f->err));
	assert_int_equal(got.id, key.id);
	ok(store_key_list(f->s, &other, credential_name, &of_docs, &f->err));
	assert_string_equal(of_docs.text, "deploy ");
	ok(store_key_repository_list(f->s, key.id, keep_repository, &served, &f->err));
	assert_non_null(strstr(served.text, docs.id));
	ok(store_repository_remove(f->s, docs.id, &f->err));
	assert_int_equal(right_of_bot(f, &key, &docs), RIGHT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_key_and_a_token_of_one_name_are_two),
	        test(a_key_that_is_let_go_can_be_added_again),
	        test(an_access_key_serves_several_repositories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
