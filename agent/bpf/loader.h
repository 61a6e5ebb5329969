/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef CPUGAP_LOADER_H
#define CPUGAP_LOADER_H
#include <stdbool.h>
#include <stddef.h>
#include "layout.h"

#define DEFAULT_PIN_DIR "/sys/fs/bpf/cpugap"

/* Exit codes; docs/bpf.md lists them with their remedies. */
enum outcome {
	DONE = 0,
	FAILED = 1,
	USAGE = 2,
	NO_BTF = 10,
	NO_BPFFS = 11,
	LOCKED_DOWN = 12,
	NO_CAPABILITY = 13,
	PIN_DIR_DENIED = 14,
	BUSY = 15,
	OTHER_LAYOUT = 16,
	PROGRAM_REFUSED = 17,
	NOT_LOADED = 18,
	HALF_LOADED = 19,
};

struct options {
	const char *pin_dir;
	unsigned max_cgroups; /* 0: the default, or what is pinned */
	unsigned max_pairs;
	bool json;
	bool replace;
	bool verbose;
};

/* One sentence to stderr: what happened and what to do about it. Returns the outcome. */
enum outcome fail(enum outcome outcome, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* loader-host.c: whether this host lets us. */
enum outcome check_host(const struct options *options);
enum outcome check_capabilities(void);
enum outcome lock_pin_dir(const struct options *options, bool create, int *fd);
unsigned count_online_cpus(void);

/* loader-pins.c: what is pinned where. */
#define PATH_SIZE 512
void pin_path(char *path, const char *pin_dir, const char *sub, const char *name);
enum outcome remove_pins(const char *pin_dir);
enum outcome remove_dir(const char *dir);
extern const char *const reader_names[];
extern const char *const link_names[];
extern const char *const optional_link_names[];

/* loader-load.c, loader-status.c */
enum outcome load(const struct options *options);
enum outcome unload(const struct options *options);
enum outcome status(const struct options *options);
#endif
