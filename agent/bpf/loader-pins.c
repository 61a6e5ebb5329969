// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * DIR/{cpus,cgroups,pairs,health,tasks}  readers, 0444
 * DIR/links/                             one pin per attached program
 * DIR/maps/                              the counters
 * DIR/staging/                           a load at work, or one that was killed
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "loader.h"

const char *const reader_names[] = { "cpus", "cgroups", "pairs", "health", "tasks", NULL };
const char *const link_names[] = { "on_rmdir",  "on_newtask",    "on_waking", "on_migrate",
				   "on_wakeup", "on_wakeup_new", "on_switch", NULL };
const char *const optional_link_names[] = { "on_throttle", "on_unthrottle", NULL };

void pin_path(char *path, const char *pin_dir, const char *sub, const char *name)
{
	snprintf(path, PATH_SIZE, "%s%s%s%s%s", pin_dir, *sub ? "/" : "", sub, *name ? "/" : "", name);
}

enum outcome remove_dir(const char *dir)
{
	struct dirent *entry;
	char path[PATH_SIZE];
	DIR *handle = opendir(dir);

	if (!handle)
		return errno == ENOENT ? DONE : fail(FAILED, "cannot read %s: %s", dir, strerror(errno));
	while ((entry = readdir(handle))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		pin_path(path, dir, "", entry->d_name);
		if (unlink(path) && errno != ENOENT) {
			closedir(handle);
			return fail(PIN_DIR_DENIED, "cannot remove %s: %s", path, strerror(errno));
		}
	}
	closedir(handle);
	if (rmdir(dir) && errno != ENOENT)
		return fail(PIN_DIR_DENIED, "cannot remove %s: %s", dir, strerror(errno));
	return DONE;
}

/* Readers first: nobody shall read counters that have stopped. Everything else in DIR is left alone. */
enum outcome remove_pins(const char *pin_dir)
{
	static const char *const dirs[] = { "staging", "links", "maps", NULL };
	char path[PATH_SIZE];
	enum outcome outcome;

	for (int i = 0; reader_names[i]; i++) {
		pin_path(path, pin_dir, "", reader_names[i]);
		if (unlink(path) && errno != ENOENT)
			return fail(PIN_DIR_DENIED, "cannot remove %s: %s", path, strerror(errno));
	}
	for (int i = 0; dirs[i]; i++) {
		pin_path(path, pin_dir, dirs[i], "");
		outcome = remove_dir(path);
		if (outcome)
			return outcome;
	}
	return DONE;
}
