#include "fixture.h"

#include "base/clock.h"

#include <dirent.h>
#include <unistd.h>

int fixture_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	snprintf(f->folder, sizeof f->folder, "/tmp/gatehouse-store-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof f->path, "%s/ledger", f->folder);
	if (store_open(&f->s, f->path, STORE_WRITE, &f->err) || store_begin(f->s, &f->err)) {
		print_error("%s\n", f->err.text);
		return -1;
	}
	return 0;
}

static void remove_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(folder);
}

int fixture_down(void **state)
{
	struct fixture *f = *state;

	if (f->s)
		store_rollback(f->s);
	store_close(f->s);
	remove_folder(f->folder);
	free(f);
	return 0;
}

void check_ok(struct fixture *f, int code, const char *what, const char *file, int line)
{
	if (code)
		print_error("%s gave %d: %s\n", what, code, f->err.text);
	_assert_int_equal((LargestIntegralType)code, 0, file, line);
}

void check_fails(struct fixture *f, int code, int want, const char *what, const char *file,
                 int line)
{
	if (code != want)
		print_error("%s gave %d, not %d: %s\n", what, code, want, code ? f->err.text : "");
	_assert_int_equal((LargestIntegralType)code, (LargestIntegralType)want, file, line);
	_assert_int_equal((LargestIntegralType)f->err.code, (LargestIntegralType)want, file, line);
	_assert_true(f->err.text[0] != 0, "words", file, line);
}

void keep(struct fixture *f)
{
	ok(store_commit(f->s, &f->err));
	ok(store_begin(f->s, &f->err));
}

int64_t add_user(struct fixture *f, const char *name)
{
	struct store_user u = {0};

	snprintf(u.name, sizeof u.name, "%s", name);
	snprintf(u.email, sizeof u.email, "%s@example.org", name);
	ok(store_user_add(f->s, &u, 1000, &f->err));
	return u.id;
}

int64_t add_workspace(struct fixture *f, const char *name, int64_t owner)
{
	struct store_workspace w = {.creation = CREATION_OWNERS};

	snprintf(w.name, sizeof w.name, "%s", name);
	ok(store_workspace_add(f->s, &w, owner, 1000, &f->err));
	return w.id;
}

int64_t add_group(struct fixture *f, int64_t workspace, const char *name)
{
	struct store_group g = {.workspace = workspace};

	snprintf(g.name, sizeof g.name, "%s", name);
	ok(store_group_add(f->s, &g, 1000, &f->err));
	return g.id;
}

int64_t add_project(struct fixture *f, int64_t workspace, const char *name)
{
	struct store_project p = {.workspace = workspace};

	snprintf(p.name, sizeof p.name, "%s", name);
	ok(store_project_add(f->s, &p, 1000, &f->err));
	return p.id;
}

struct store_repository add_repository(struct fixture *f, int64_t workspace, int64_t project,
                                       const char *name)
{
	struct store_repository r = {.workspace = workspace, .project = project, .format = "sha1"};
	static unsigned count;

	snprintf(r.id, sizeof r.id, "%032x", ++count);
	snprintf(r.name, sizeof r.name, "%s", name);
	ok(store_repository_add(f->s, &r, 1000, &f->err));
	return r;
}

struct store_credential token(int64_t user, const char *name, unsigned char seed)
{
	struct store_credential c = {.kind = CREDENTIAL_API_TOKEN,
	                             .owner = OWNER_USER,
	                             .owner_id = user,
	                             .scopes = SCOPE_READ_REPOSITORY,
	                             .created = 1000,
	                             .expires = CLOCK_NEVER,
	                             .revoked = CLOCK_NEVER};

	snprintf(c.name, sizeof c.name, "%s", name);
	memset(c.hash, seed, sizeof c.hash);
	return c;
}

void grant(struct fixture *f, enum grant_subject subject, int64_t subject_id,
           enum grant_object object, int64_t object_id, const char *repository, enum right right)
{
	struct store_grant g = {.subject = subject,
	                        .subject_id = subject_id,
	                        .object = object,
	                        .object_id = object_id,
	                        .right = right};

	snprintf(g.repository, sizeof g.repository, "%s", repository);
	ok(store_grant_set(f->s, &g, 1000, &f->err));
}

int take_name(struct names *n, const char *name)
{
	size_t len = strlen(n->text);

	snprintf(n->text + len, sizeof n->text - len, "%s ", name);
	n->count++;
	return n->most && n->count >= n->most ? 7 : 0;
}

int take_text(void *arg, const char *text)
{
	return take_name(arg, text);
}

int credential_name(void *arg, const struct store_credential *c)
{
	return take_name(arg, c->name);
}

enum right right_of_bot(struct fixture *f, const struct store_credential *c,
                        const struct store_repository *r)
{
	enum right right = RIGHT_NONE;

	ok(store_right_of_credential(f->s, c->id, r, &right, &f->err));
	return right;
}
