/* What making and restoring share: names and manifest of a backup. */
#ifndef GATEHOUSE_GATE_BACKUP_INT_H
#define GATEHOUSE_GATE_BACKUP_INT_H

#include "gate/backup.h"
#include "gate/gate_int.h"

#include <limits.h>

#define BACKUP_NAME 128 /* bytes of a name or a place within a backup */

/* "2026-11-25T073000Z", then "…-2", so that names sort by age. */
void backup_name(int64_t when, unsigned again, char out[BACKUP_NAME]);
bool backup_is_name(const char *name);
/* "repositories/ab", "abc….git", and both. */
void backup_place(const char *id, char *shard, size_t shard_size, char *name, size_t name_size,
                  char *place, size_t place_size);
/* Each name in the folder, until one returns something other than 0. */
int backup_each(int dir, int (*each)(void *, const char *name), void *arg, struct err *err);
/* The newest whole backup; false when there is none. */
bool backup_newest(int dir, char out[BACKUP_NAME]);
/* How many whole backups are newer than that name. */
void backup_count_newer(int dir, const char *name, size_t *out);

int backup_manifest_write(int made, const struct gate_backup_done *done, struct err *err);
/* dir: the backup's folder; fills all but path. */
int backup_manifest_read(int dir, struct gate_backup_look *out, struct err *err);

#endif
