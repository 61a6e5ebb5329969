// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* What is pinned and whether it counts without loss: plain file reads, no privilege. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "loader.h"

struct report {
	const char *state;
	enum outcome outcome;
	struct cpugap_header header;
	struct cpugap_health health;
	bool readable;
	char missing[256];
};

static bool read_health(const char *pin_dir, struct report *report)
{
	char path[PATH_SIZE], buffer[4096];
	ssize_t got, total = 0;
	int fd;

	pin_path(path, pin_dir, "", "health");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while ((got = read(fd, buffer + total, sizeof(buffer) - total)) > 0)
		total += got;
	close(fd);
	if (total < (ssize_t)sizeof(report->header))
		return false;
	memcpy(&report->header, buffer, sizeof(report->header));
	if (report->header.magic != CPUGAP_MAGIC)
		return false;
	if (report->header.layout_version == CPUGAP_LAYOUT_VERSION &&
	    total >= (ssize_t)(sizeof(report->header) + sizeof(report->health)))
		memcpy(&report->health, buffer + sizeof(report->header), sizeof(report->health));
	return true;
}

static void note_missing(struct report *report, const char *pin_dir, const char *sub, const char *const *names)
{
	char path[PATH_SIZE];

	for (int i = 0; names[i]; i++) {
		size_t used = strlen(report->missing);

		pin_path(path, pin_dir, sub, names[i]);
		if (access(path, F_OK))
			snprintf(report->missing + used, sizeof(report->missing) - used, "%s%s", used ? " " : "", names[i]);
	}
}

static struct report inspect(const char *pin_dir)
{
	struct report report = { .state = "loaded", .outcome = DONE };

	if (access(pin_dir, F_OK)) {
		report.state = "not_loaded";
		report.outcome = NOT_LOADED;
		return report;
	}
	note_missing(&report, pin_dir, "", reader_names);
	note_missing(&report, pin_dir, "links", link_names);
	report.readable = read_health(pin_dir, &report);
	if (report.missing[0] || !report.readable) {
		report.state = "half_loaded";
		report.outcome = HALF_LOADED;
	} else if (report.header.layout_version != CPUGAP_LAYOUT_VERSION) {
		report.state = "other_layout";
		report.outcome = OTHER_LAYOUT;
	}
	return report;
}

static void print_json(const struct report *r)
{
	printf("{\"state\":\"%s\",\"layoutVersion\":%llu,\"expectedLayoutVersion\":%d,\"loadId\":\"%llu\","
	       "\"missing\":\"%s\",\"throttleHooks\":%s,\"loadedNs\":\"%llu\",\"cgroupsFull\":%llu,\"pairsFull\":%llu,"
	       "\"pairsLostNs\":%llu,\"queueFull\":%llu,\"threadsUntracked\":%llu,\"missedSwitches\":%llu,\"corrections\":%llu,"
	       "\"negativeN\":%llu}\n",
	       r->state, r->header.layout_version, CPUGAP_LAYOUT_VERSION, r->header.load_id, r->missing,
	       r->health.throttle_hooks ? "true" : "false", r->health.loaded_ns, r->health.cgroups_full,
	       r->health.pairs_full, r->health.pairs_lost_ns, r->health.queue_full, r->health.threads_untracked,
	       r->health.missed_switches, r->health.corrections, r->health.negative_n);
}

static void print_text(const struct report *r, const char *pin_dir)
{
	if (r->outcome != DONE)
		return;
	printf("loaded under %s, layout version %llu, %s throttle hooks\n", pin_dir, r->header.layout_version,
	       r->health.throttle_hooks ? "with" : "without");
	printf("not counted: %llu events of untracked cgroups, %llu waits without a pair (%.3f s), %llu waits with a full "
	       "queue table, %llu threads without memory; made up for: %llu switches, %llu states\n",
	       r->health.cgroups_full, r->health.pairs_full, r->health.pairs_lost_ns / 1e9, r->health.queue_full,
	       r->health.threads_untracked, r->health.missed_switches, r->health.corrections);
}

enum outcome status(const struct options *options)
{
	struct report report = inspect(options->pin_dir);

	if (options->json)
		print_json(&report);
	else
		print_text(&report, options->pin_dir);
	switch (report.outcome) {
	case NOT_LOADED:
		return fail(NOT_LOADED, "nothing is pinned at %s: run \"cpugap-bpf load\"", options->pin_dir);
	case HALF_LOADED:
		return fail(HALF_LOADED, "%s is incomplete (%s): run \"cpugap-bpf load\" again", options->pin_dir,
			    report.missing[0] ? report.missing : "health is not readable");
	case OTHER_LAYOUT:
		return fail(OTHER_LAYOUT, "%s holds layout version %llu, this loader has %d: run \"cpugap-bpf load --replace\"",
			    options->pin_dir, report.header.layout_version, CPUGAP_LAYOUT_VERSION);
	default: return report.outcome;
	}
}
