// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Load: programs and maps, links and readers into staging, then into place by rename, each of which replaces its
 * predecessor atomically. While two generations of programs are attached to the same maps they count once, because
 * every handler counts transitions. A load that was killed leaves no magic number in `host`: the next one wipes it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "cpugap.skel.h"
#include "loader.h"

/* The first words of struct host in state.bpf.h. */
struct host_head {
	cpugap_u64 magic;
	cpugap_u64 layout_version;
	cpugap_u64 load_id;
	struct cpugap_health health;
	unsigned online_cpus;
};

static bool verbose;
static char last_words[1 << 16];

static int keep_last_words(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t used = strlen(last_words);

	if (verbose)
		return vfprintf(stderr, format, args);
	if (level == LIBBPF_WARN && used < sizeof(last_words) - 1)
		vsnprintf(last_words + used, sizeof(last_words) - used, format, args);
	return 0;
}

static cpugap_u64 monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

enum pinned { PINNED_NOTHING, PINNED_SAME, PINNED_OTHER, PINNED_HALF };

/* What an earlier load left. *head is its host record where there is one. */
static enum pinned look_at_pins(const char *pin_dir, struct host_head *head)
{
	char path[PATH_SIZE], *value;
	struct bpf_map_info info = {};
	unsigned size = sizeof(info);
	int zero = 0, fd;
	bool read = false;

	pin_path(path, pin_dir, "maps", "");
	if (access(path, F_OK))
		return PINNED_NOTHING;
	pin_path(path, pin_dir, "maps", "host");
	fd = bpf_obj_get(path);
	if (fd < 0)
		return PINNED_HALF;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && info.value_size >= sizeof(*head)) {
		value = calloc(1, info.value_size);
		read = value && !bpf_map_lookup_elem(fd, &zero, value);
		if (read)
			memcpy(head, value, sizeof(*head));
		free(value);
	}
	close(fd);
	if (!read || !head->magic)
		return PINNED_HALF;
	return head->magic == CPUGAP_MAGIC && head->layout_version == CPUGAP_LAYOUT_VERSION ? PINNED_SAME : PINNED_OTHER;
}

static unsigned pinned_entries(const char *pin_dir, const char *map)
{
	struct bpf_map_info info = {};
	unsigned size = sizeof(info);
	char path[PATH_SIZE];
	int fd;

	pin_path(path, pin_dir, "maps", map);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		info.max_entries = 0;
	close(fd);
	return info.max_entries;
}

static void size_maps(struct cpugap *skel, const struct options *options, bool reuse)
{
	unsigned cgroups = reuse ? pinned_entries(options->pin_dir, "cgroups") : options->max_cgroups;
	unsigned pairs = reuse ? pinned_entries(options->pin_dir, "pairs") : options->max_pairs;

	if (cgroups) {
		bpf_map__set_max_entries(skel->maps.cgroups, cgroups);
		bpf_map__set_max_entries(skel->maps.cgroup_rows, cgroups);
		bpf_map__set_max_entries(skel->maps.free_rows, cgroups);
		bpf_map__set_max_entries(skel->maps.removed_rows, cgroups);
	}
	if (pairs)
		bpf_map__set_max_entries(skel->maps.pairs, pairs);
	bpf_map__set_max_entries(skel->maps.cpus, libbpf_num_possible_cpus());
}

static bool is_counter_map(const struct bpf_map *map)
{
	return !bpf_map__is_internal(map);
}

static struct cpugap *open_programs(const struct options *options, bool reuse, bool hooks)
{
	struct cpugap *skel = cpugap__open();
	char path[PATH_SIZE];
	struct bpf_map *map;

	if (!skel)
		return NULL;
	size_maps(skel, options, reuse);
	bpf_program__set_autoload(skel->progs.on_throttle, hooks);
	bpf_program__set_autoload(skel->progs.on_unthrottle, hooks);
	bpf_object__for_each_map(map, skel->obj) {
		if (!is_counter_map(map))
			continue;
		pin_path(path, options->pin_dir, "maps", bpf_map__name(map));
		if (reuse)
			bpf_map__set_pin_path(map, path);
	}
	last_words[0] = 0;
	if (!cpugap__load(skel))
		return skel;
	cpugap__destroy(skel);
	return NULL;
}

/* The throttle hooks need fentry, which some kernels do not offer: without them the rest still counts. */
static struct cpugap *load_programs(const struct options *options, bool reuse, bool *hooks)
{
	struct cpugap *skel = open_programs(options, reuse, true);

	*hooks = skel;
	return skel ? skel : open_programs(options, reuse, false);
}

static int start_counters(struct cpugap *skel)
{
	unsigned rows = bpf_map__max_entries(skel->maps.cgroups);
	int cgroups = bpf_map__fd(skel->maps.cgroups), free_rows = bpf_map__fd(skel->maps.free_rows), error = 0;
	size_t size = bpf_map__value_size(skel->maps.cgroups);
	struct cpugap_cgroup *untracked = calloc(1, size);
	unsigned zero = 0;

	if (!untracked)
		return -ENOMEM;
	untracked->created_ns = untracked->now_ns = monotonic_ns();
	error = bpf_map_update_elem(cgroups, &zero, untracked, BPF_ANY);
	free(untracked);
	for (unsigned row = 1; row < rows && !error; row++)
		error = bpf_map_update_elem(free_rows, NULL, &row, BPF_ANY);
	return error;
}

static int write_host(struct cpugap *skel, const struct host_head *head)
{
	int fd = bpf_map__fd(skel->maps.host), zero = 0, error;
	size_t size = bpf_map__value_size(skel->maps.host);
	char *value = calloc(1, size);

	if (!value)
		return -ENOMEM;
	error = bpf_map_lookup_elem(fd, &zero, value);
	if (!error) {
		struct host_head *now = (struct host_head *)value;

		now->magic = head->magic;
		now->layout_version = head->layout_version;
		now->load_id = head->load_id;
		now->online_cpus = head->online_cpus;
		now->health.throttle_hooks = head->health.throttle_hooks;
		now->health.loaded_ns = head->health.loaded_ns;
		error = bpf_map_update_elem(fd, &zero, value, BPF_EXIST);
	}
	free(value);
	return error;
}

static int stage_link(const char *pin_dir, const char *name, struct bpf_link *link, bool readable)
{
	char path[PATH_SIZE];
	int error = link ? 0 : -errno;

	if (link) {
		pin_path(path, pin_dir, "staging", name);
		error = bpf_link__pin(link, path);
		if (!error && readable && chmod(path, 0444))
			error = -errno;
	}
	return error;
}

static struct bpf_link *attach_reader(struct bpf_program *program, struct bpf_map *map)
{
	union bpf_iter_link_info info = {};
	DECLARE_LIBBPF_OPTS(bpf_iter_attach_opts, opts);

	if (map) {
		info.map.map_fd = bpf_map__fd(map);
		opts.link_info = &info;
		opts.link_info_len = sizeof(info);
	}
	return bpf_program__attach_iter(program, &opts);
}

static int stage_links(struct cpugap *skel, const struct options *options, bool *hooks)
{
	struct bpf_program *program;
	struct bpf_link *link;
	int error;

	for (int i = 0; link_names[i]; i++) {
		program = bpf_object__find_program_by_name(skel->obj, link_names[i]);
		link = bpf_program__attach(program);
		error = stage_link(options->pin_dir, link_names[i], link, false);
		if (error)
			return error;
	}
	for (int i = 0; optional_link_names[i] && *hooks; i++) {
		program = bpf_object__find_program_by_name(skel->obj, optional_link_names[i]);
		link = bpf_program__attach(program);
		if (!link || stage_link(options->pin_dir, optional_link_names[i], link, false))
			*hooks = false;
	}
	return 0;
}

static int stage_readers(struct cpugap *skel, const struct options *options)
{
	const struct { const char *name; struct bpf_program *program; struct bpf_map *map; } readers[] = {
		{ "cpus", skel->progs.read_cpus, skel->maps.cpus },
		{ "cgroups", skel->progs.read_cgroups, skel->maps.cgroups },
		{ "pairs", skel->progs.read_pairs, skel->maps.pairs },
		{ "health", skel->progs.read_health, skel->maps.host },
		{ "tasks", skel->progs.walk_tasks, NULL },
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]) && !error; i++)
		error = stage_link(options->pin_dir, readers[i].name,
				   attach_reader(readers[i].program, readers[i].map), true);
	return error;
}

static int read_through(const char *pin_dir, const char *sub, const char *name)
{
	char path[PATH_SIZE], buffer[1 << 16];
	ssize_t got;
	int fd;

	pin_path(path, pin_dir, sub, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		;
	close(fd);
	return got < 0 ? -errno : 0;
}

static int move_into_place(const char *pin_dir, const char *sub, const char *const *names, bool all)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	for (int i = 0; names[i]; i++) {
		pin_path(from, pin_dir, "staging", names[i]);
		pin_path(to, pin_dir, sub, names[i]);
		if (rename(from, to) && (all || errno != ENOENT))
			return -errno;
	}
	return 0;
}

static int make_dir(const char *pin_dir, const char *name)
{
	char path[PATH_SIZE];

	pin_path(path, pin_dir, name, "");
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	return 0;
}

static int pin_maps(struct cpugap *skel, const char *pin_dir)
{
	char path[PATH_SIZE];
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, skel->obj) {
		if (!is_counter_map(map) || error)
			continue;
		pin_path(path, pin_dir, "maps", bpf_map__name(map));
		error = bpf_map__pin(map, path);
	}
	return error;
}

/* Everything that is pinned, in the order that makes a kill at any point harmless. */
static int install(struct cpugap *skel, const struct options *options, struct host_head *head, bool reuse, bool *hooks)
{
	const char *dir = options->pin_dir;
	int error = make_dir(dir, "maps");

	if (!error)
		error = make_dir(dir, "links");
	if (!error)
		error = make_dir(dir, "staging");
	if (!error && !reuse)
		error = pin_maps(skel, dir);
	if (!error && !reuse)
		error = start_counters(skel);
	head->online_cpus = count_online_cpus();
	if (!error)
		error = write_host(skel, head);
	if (!error)
		error = stage_links(skel, options, hooks);
	if (!error)
		error = stage_readers(skel, options);
	/* Threads that are there already, and the runqueues; then the first occupants. */
	if (!error)
		error = read_through(dir, "staging", "tasks");
	if (!error)
		error = read_through(dir, "staging", "cpus");
	if (!error)
		error = move_into_place(dir, "links", link_names, true);
	if (!error)
		error = move_into_place(dir, "links", optional_link_names, false);
	head->magic = CPUGAP_MAGIC;
	head->layout_version = CPUGAP_LAYOUT_VERSION;
	head->health.throttle_hooks = *hooks;
	head->health.loaded_ns = monotonic_ns();
	if (!error)
		error = write_host(skel, head);
	if (!error)
		error = move_into_place(dir, "", reader_names, true);
	return error;
}

static enum outcome refuse_layout(const struct options *options, const struct host_head *head)
{
	return fail(OTHER_LAYOUT,
		    "%s holds layout version %llu, this loader has %d: run \"cpugap-bpf load --replace\" to start anew "
		    "(all counters restart), or use the loader that belongs to the pinned version",
		    options->pin_dir, head->layout_version, CPUGAP_LAYOUT_VERSION);
}

static enum outcome explain_refusal(int error)
{
	fputs(last_words, stderr);
	return fail(PROGRAM_REFUSED,
		    "the kernel did not take the programs (%s): cpugap needs Linux 5.15 or newer with BTF; use --verbose "
		    "for its log, or --runq proc to do without",
		    strerror(error));
}

static enum outcome load_locked(const struct options *options)
{
	struct host_head head = {};
	enum pinned pinned = look_at_pins(options->pin_dir, &head);
	bool hooks = false, reuse;
	enum outcome outcome;
	struct cpugap *skel;
	char staging[PATH_SIZE];
	int error;

	if (pinned == PINNED_OTHER && !options->replace)
		return refuse_layout(options, &head);
	reuse = pinned == PINNED_SAME && !options->replace;
	pin_path(staging, options->pin_dir, "staging", "");
	outcome = reuse ? remove_dir(staging) : remove_pins(options->pin_dir);
	if (outcome)
		return outcome;
	skel = load_programs(options, reuse, &hooks);
	if (!skel)
		return explain_refusal(errno);
	if (!reuse)
		head = (struct host_head){ .load_id = monotonic_ns() };
	error = install(skel, options, &head, reuse, &hooks);
	if (error) {
		outcome = fail(FAILED, "loading under %s failed (%s): nothing is left there", options->pin_dir,
			       strerror(-error));
		fputs(last_words, stderr);
		remove_pins(options->pin_dir);
	} else {
		remove_dir(staging);
	}
	cpugap__destroy(skel);
	return outcome;
}

enum outcome load(const struct options *options)
{
	enum outcome outcome = check_host(options);
	int lock;

	verbose = options->verbose;
	libbpf_set_print(keep_last_words);
	if (!outcome)
		outcome = check_capabilities();
	if (!outcome)
		outcome = lock_pin_dir(options, true, &lock);
	if (outcome)
		return outcome;
	outcome = load_locked(options);
	if (outcome && outcome != OTHER_LAYOUT)
		rmdir(options->pin_dir);
	close(lock);
	return outcome;
}

enum outcome unload(const struct options *options)
{
	enum outcome outcome;
	int lock;

	outcome = lock_pin_dir(options, false, &lock);
	if (outcome == NOT_LOADED)
		return fail(NOT_LOADED, "nothing is pinned at %s", options->pin_dir);
	if (outcome)
		return outcome;
	outcome = remove_pins(options->pin_dir);
	if (!outcome && rmdir(options->pin_dir) && errno != EACCES && errno != EPERM)
		outcome = fail(FAILED, "%s is not empty: remove what else is in it", options->pin_dir);
	close(lock);
	return outcome;
}
