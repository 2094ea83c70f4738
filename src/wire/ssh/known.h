/* What became of keys that were rejected: whether their client went on to another key, or
 * gave up.
 *
 * A person whose client has no key that is known here must be told so before it gives up;
 * one whose fifth key is known must not be told of the four others, each time. A
 * client does not say which key is its last. So it is kept in mind, for as many keys as
 * fit, what happened the last time.
 */
#ifndef GATEHOUSE_WIRE_SSH_KNOWN_H
#define GATEHOUSE_WIRE_SSH_KNOWN_H

#include <stdint.h>

#define KNOWN_KEYS 4096

enum known_end {
	KNOWN_NOTHING, /* it was not met before */
	KNOWN_WENT_ON,
	KNOWN_GAVE_UP
};

struct known {
	struct {
		uint64_t key;
		enum known_end end;
	} slots[KNOWN_KEYS];
};

/* Keys are told apart by their fingerprint. One that needs the place of another takes it. */
void known_note(struct known *k, const char *fingerprint, enum known_end end);
enum known_end known_find(const struct known *k, const char *fingerprint);

#endif
