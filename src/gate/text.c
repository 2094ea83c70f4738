/* What people type, checked once for all use cases. */
#include "gate/gate_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void gate_put(char *out, size_t size, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(out, size, fmt, args);
	va_end(args);
}

void gate_note(char *note, const struct gate_part *parts, size_t count)
{
	size_t len = 0;

	note[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (!parts[i].value)
			continue;
		gate_put(note + len, STORE_TEXT - len, "%s%s %s", len ? ", " : "", parts[i].word,
		         parts[i].value);
		len = strlen(note);
	}
}

int gate_text(char *out, size_t size, const char *text, const char *what, struct err *err)
{
	size_t len = strlen(text);

	if (len >= size)
		return err_set(err, ERR_LIMIT, "%s is too long: %zu bytes, at most %zu", what, len,
		               size - 1);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return err_set(err, ERR_INVALID,
			               "%s holds a control character (a line break or the like)",
			               what);
	memcpy(out, text, len + 1);
	return 0;
}

int gate_label(char out[STORE_LABEL], const char *text, const char *what, struct err *err)
{
	const char *fault = policy_name_label_fault(text, strlen(text));
	if (fault)
		return err_set(err, ERR_INVALID, "\"%.100s\" can't be %s: %s", text, what, fault);
	return gate_text(out, STORE_LABEL, text, what, err);
}

int gate_owner_name(char out[NAME_OWNER_SIZE], const char *text, const char *what, struct err *err)
{
	char name[128];
	gate_put(name, sizeof(name), "%s", text);
	policy_name_fold(name);
	const char *fault = policy_name_owner_fault(name, strlen(name));
	if (fault)
		return err_set(err, ERR_INVALID, "\"%.100s\" can't be %s: %s", text, what, fault);
	return gate_text(out, NAME_OWNER_SIZE, name, what, err);
}

int gate_items(const char *list, int (*each)(void *, const char *item, struct err *), void *arg,
               struct err *err)
{
	static const char between[] = ", \t\r\n";
	char item[GATE_ITEM];

	for (const char *p = list + strspn(list, between); *p; p += strspn(p, between)) {
		size_t len = strcspn(p, between);
		if (len >= sizeof(item))
			return err_set(err, ERR_LIMIT, "\"%.40s…\" is too long for a list's item",
			               p);
		memcpy(item, p, len);
		item[len] = 0;
		int rc = each(arg, item, err);
		if (rc)
			return rc;
		p += len;
	}
	return 0;
}

/* The network of that many bits around an address; what is none stays as it is. */
static void network_around(const char *address, unsigned bits4, unsigned bits6, char out[NET_TEXT])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct net net;

	if (policy_net_parse(address, &net)) {
		gate_put(out, NET_TEXT, "%s", address);
		return;
	}
	net.bits = (uint8_t)(memcmp(net.bytes, mapped, sizeof(mapped)) ? bits6 : 96 + bits4);
	memset(net.bytes + net.bits / 8, 0, sizeof(net.bytes) - net.bits / 8);
	policy_net_text(&net, out);
}

void gate_network(const char *address, char out[NET_TEXT])
{
	network_around(address, 32, 64, out);
}

void gate_neighbourhood(const char *address, char out[NET_TEXT])
{
	network_around(address, 24, 48, out);
}

void gate_add_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                            "._:/@,+-%=";

	if (*word && strspn(word, plain) == strlen(word)) {
		buf_add_str(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (const char *p = word; *p; p++) {
		if (*p == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *p);
	}
	buf_add_char(out, '\'');
}

bool gate_folder_id(const char *name, char id[STORE_ID])
{
	size_t len = strspn(name, "0123456789abcdef");

	if (len != STORE_ID - 1 || strcmp(name + len, ".git") != 0)
		return false;
	memcpy(id, name, len);
	id[len] = 0;
	return true;
}
