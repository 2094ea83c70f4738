/* Examples of every command, in an order in which they can be typed one after
 * another into an empty data folder: tests/door/7100-examples.sh does. Help and
 * manual pages show them. */
#include "admin/admin_int.h"

#include <string.h>

const struct admin_noun admin_nouns[] = {
        {"serve", "start the server"},
        {"user", "people"},
        {"workspace", "workspaces: what people and repositories belong to"},
        {"group", "groups of people in a workspace"},
        {"project", "several repositories under one name"},
        {"repo", "repositories"},
        {"grant", "who may do what"},
        {"token", "API tokens of people, access tokens of repositories, projects, workspaces"},
        {"key", "SSH keys of people, access keys of repositories, projects, workspaces"},
        {"authority", "who signs SSH certificates of people and bots"},
        {"retire", "kinds of credential on their way out, and who still uses them"},
        {"ssh", "the server's own keys for SSH, and what the system's sshd asks"},
        {"why", "explain a refusal"},
        {"may", "whether somebody may, and who could"},
        {"audit", "what happened"},
        {"check", "what is wrong, and how to mend it"},
        {"backup", "a copy of everything, while the server runs"},
        {"rebuild", "a lost ledger, from the repositories"},
        {"restore", "a data folder from a backup"},
        {"help", "help on commands, settings and refusals"},
        {"version", "the version of this program"},
        {NULL, NULL},
};

const struct admin_example admin_examples[] = {
        {"user", "add", "gatehouse user add ann --email ann@example.org --display \"Ann Example\""},
        {"user", "add", "gatehouse user add bob --email bob@example.org"},
        {"serve", NULL, "gatehouse serve --http 127.0.0.1:8080"},
        {"user", "list", "gatehouse user list"},
        {"user", "show", "gatehouse user show ann"},
        {"user", "edit", "gatehouse user edit ann --add-email ann@example.net"},
        {"user", "edit", "gatehouse user edit bob --ssh-keys sk"},
        {"user", "suspend", "gatehouse user suspend bob --reason \"left the company\""},
        {"user", "resume", "gatehouse user resume bob"},
        {"user", "admin", "gatehouse user admin ann"},
        {"user", "invite", "gatehouse user invite bob"},
        {"user", "invite", "gatehouse user invite cleo@example.org --expires 7d"},
        {"user", "reset", "gatehouse user reset ann --expires 1d"},
        {"user", "invites", "gatehouse user invites"},
        {"user", "uninvite", "gatehouse user uninvite cleo@example.org"},

        {"workspace", "create", "gatehouse workspace create acme --owner ann"},
        {"workspace", "list", "gatehouse workspace list --user ann"},
        {"workspace", "edit",
         "gatehouse workspace edit acme --add-member bob --creation members --yes"},
        {"workspace", "edit", "gatehouse workspace edit acme --longest-token-life 90d --yes"},
        {"workspace", "show", "gatehouse workspace show acme"},

        {"group", "create", "gatehouse group create acme developers"},
        {"group", "add", "gatehouse group add acme developers bob"},
        {"group", "list", "gatehouse group list acme"},
        {"group", "show", "gatehouse group show acme developers"},

        {"project", "create", "gatehouse project create acme web --description \"all our sites\""},
        {"project", "list", "gatehouse project list acme"},
        {"project", "edit", "gatehouse project edit acme web --description \"sites and shops\""},

        {"repo", "create", "gatehouse repo create acme/site --project web"},
        {"repo", "create", "gatehouse repo create acme/handbook --public"},
        {"repo", "list", "gatehouse repo list acme"},
        {"repo", "show", "gatehouse repo show acme/site"},
        {"repo", "edit", "gatehouse repo edit acme/handbook --visibility internal --yes"},
        {"repo", "rename", "gatehouse repo rename acme/handbook manual --yes"},
        {"repo", "rename", "gatehouse repo rename acme/manual handbook --yes"},
        {"repo", "move", "gatehouse repo move acme/handbook ann --dry-run"},
        {"workspace", "rename", "gatehouse workspace rename acme apex --dry-run"},
        {"repo", "alias", "gatehouse repo alias add acme/site git/team/site"},
        {"repo", "alias", "gatehouse repo alias list acme/site"},
        {"repo", "alias", "gatehouse repo alias remove acme/site git/team/site --yes"},
        {"repo", "archive", "gatehouse repo archive acme/handbook --dry-run"},
        {"repo", "archive", "gatehouse repo archive acme/handbook --yes"},
        {"repo", "unarchive", "gatehouse repo unarchive acme/handbook --yes"},
        {"repo", "path", "git --git-dir \"$(gatehouse repo path acme/site)\" count-objects -v"},
        {"project", "show", "gatehouse project show acme web"},

        {"grant", "add", "gatehouse grant add group:developers acme/project:web write"},
        {"grant", "add", "gatehouse grant add bob acme/handbook read"},
        {"grant", "list", "gatehouse grant list acme"},
        {"grant", "remove", "gatehouse grant remove bob acme/handbook"},

        {"token", "create",
         "gatehouse token create --user ann --name laptop --scopes write:repository --expires 90d"},
        {"token", "create",
         "gatehouse token create --user ann --name site-ci --scopes read:repository --repos "
         "acme/site --addresses 10.0.0.0/8"},
        {"token", "create",
         "gatehouse token create --repo acme/site --name deploy --scopes write:repository "
         "--expires 30d"},
        {"token", "create",
         "gatehouse token create --project acme/web --name mirror --scopes clone --dry-run"},
        {"token", "create",
         "gatehouse token create --user ann --name drop --scopes write:repository --only push"},
        {"token", "list", "gatehouse token list --user ann"},
        {"token", "list", "gatehouse token list --repo acme/site"},
        {"token", "show", "gatehouse token show site-ci --user ann"},
        {"token", "show", "gatehouse token show deploy --repo acme/site --json"},
        {"token", "show", "gatehouse token show laptop --user ann --limit 5 --after acme/docs"},
        {"token", "rotate", "gatehouse token rotate deploy --repo acme/site --overlap 1h"},
        {"token", "rotate", "gatehouse token rotate laptop --user ann --overlap until-used"},
        {"token", "edit", "gatehouse token edit laptop --user ann --alerts on"},
        {"token", "edit", "gatehouse token edit deploy --repo acme/site --notices off"},
        {"token", "revoke", "gatehouse token revoke site-ci --user ann --reason \"job is gone\""},

        {"key", "add", "gatehouse key add ann.pub --user ann --name laptop"},
        {"key", "add",
         "gatehouse key add - --repo acme/site --repo acme/handbook --name deploy < deploy.pub"},
        {"key", "list", "gatehouse key list --user ann"},
        {"key", "show", "gatehouse key show deploy --repo acme/handbook"},
        {"key", "edit", "gatehouse key edit deploy --repo acme/site --write yes"},
        {"key", "revoke", "gatehouse key revoke laptop --user ann --reason \"sold the laptop\""},

        {"authority", "add", "gatehouse authority add ca.pub --name corp"},
        {"authority", "add",
         "gatehouse authority add - --name ci --scopes read:repository --repos acme/site < "
         "ci_ca.pub"},
        {"authority", "list", "gatehouse authority list"},
        {"authority", "show", "gatehouse authority show corp"},
        {"authority", "edit", "gatehouse authority edit ci --scopes write:repository"},
        {"authority", "keys", "gatehouse authority keys"},
        {"authority", "revoke",
         "gatehouse authority revoke corp --serial 7 --reason \"lost the laptop\""},
        {"authority", "revoke", "gatehouse authority revoke ci --reason \"the key leaked\""},

        {"retire", "create",
         "gatehouse retire create app-passwords --kind app-password --notice now --brownouts "
         "30d=15m,60d=1h --at 06:00,18:00 --end 90d --yes"},
        {"retire", "create",
         "gatehouse retire create endless --kind api-token --without-expiry --end 1y --dry-run"},
        {"retire", "show", "gatehouse retire show app-passwords"},
        {"retire", "edit", "gatehouse retire edit app-passwords --end 120d --yes"},
        {"retire", "status", "gatehouse retire status"},
        {"retire", "status", "gatehouse retire status app-passwords --limit 20 --json"},
        {"retire", "cancel", "gatehouse retire cancel app-passwords --yes"},

        {"ssh", "host-key", "gatehouse ssh host-key ed25519"},
        {"ssh", "fingerprints", "gatehouse ssh fingerprints"},
        {"ssh", "keys",
         "gatehouse --ssh-socket /run/gatehouse/ssh.sock ssh keys git $(cut -d ' ' -f 1,2 < "
         "deploy.pub)"},
        {"ssh", "principals",
         "gatehouse --ssh-socket /run/gatehouse/ssh.sock ssh principals git $(cut -d ' ' -f 1,2 < "
         "ann-cert.pub)"},

        {"why", NULL, "gatehouse why 7kq2m9xa4e"},
        {"may", NULL, "gatehouse may ann push acme/site"},
        {"may", NULL, "gatehouse may ann/laptop fetch acme/site --from 192.0.2.7 --at 30d"},
        {"may", NULL, "gatehouse may --who push acme/site"},
        {"audit", NULL, "gatehouse audit --actor ann --since 7d"},
        {"audit", NULL, "gatehouse audit --operation push --verdict refused --object acme"},
        {"audit", NULL, "gatehouse audit --address 127.0.0.0/8 --reason no-credential"},
        {"audit", NULL, "gatehouse audit --object acme/site --json"},
        {"audit", NULL, "timeout --preserve-status 2 gatehouse audit --follow --verdict refused"},

        {"check", NULL, "gatehouse check"},
        {"check", NULL, "gatehouse check --quick --json"},

        {"backup", NULL, "gatehouse backup /var/backups/gatehouse --keep 14"},
        {"restore", NULL, "gatehouse restore --check /var/backups/gatehouse"},
        {"rebuild", NULL, "gatehouse rebuild --owner ann --users bob --dry-run"},

        {"repo", "delete", "gatehouse repo delete acme/handbook --yes"},
        {"repo", "list", "gatehouse repo list --deleted"},
        {"repo", "undelete", "gatehouse repo undelete acme/handbook"},
        {"repo", "undelete",
         "gatehouse repo delete acme/handbook --yes && gatehouse repo undelete acme/handbook --as "
         "manual"},
        {"repo", "adopt", "gatehouse repo adopt /srv/git/shop.git acme/shop --dry-run"},
        {"repo", "adopt", "gatehouse repo adopt /srv/git/shop.git acme/shop --yes"},
        {"repo", "adopt",
         "gatehouse repo adopt --tree /srv/git acme --keep-addresses git --dry-run"},
        {"repo", "hooks", "gatehouse repo hooks acme/shop allow --yes"},
        {"repo", "disown", "gatehouse repo disown acme/shop --yes"},
        {"group", "remove", "gatehouse group remove acme developers bob"},
        {"group", "delete", "gatehouse group delete acme developers"},
        {"help", NULL, "gatehouse help token create"},
        {"help", NULL, "gatehouse help scope-missing"},
        {"version", NULL, "gatehouse version"},
        {NULL, NULL, NULL},
};

bool admin_example_of(const struct admin_example *e, const struct admin_command *c)
{
	return !strcmp(e->noun, c->noun) && !e->verb == !c->verb &&
	       (!c->verb || !strcmp(e->verb, c->verb));
}
