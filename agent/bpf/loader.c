// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* cpugap-bpf: loads the BPF programs, pins what an unprivileged reader needs, and exits. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "loader.h"

static const char usage_text[] =
	"usage: cpugap-bpf load [--pin DIR] [--max-cgroups N] [--max-pairs N] [--replace] [--verbose]\n"
	"       cpugap-bpf status [--pin DIR] [--json]\n"
	"       cpugap-bpf unload [--pin DIR]\n"
	"\n"
	"load     attach the programs, pin them under DIR (" DEFAULT_PIN_DIR ") and exit; keeps the\n"
	"         counters of an earlier load with the same layout (--replace: start anew whatever is there)\n"
	"status   what is pinned, and whether it counts without loss; needs no privilege\n"
	"unload   detach the programs and remove every pin\n";

enum outcome fail(enum outcome outcome, const char *format, ...)
{
	va_list args;

	fputs("cpugap-bpf: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return outcome;
}

static bool parse_count(const char *text, unsigned *count)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < 2 || value > 1u << 20)
		return false;
	*count = value;
	return true;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "pin", required_argument, NULL, 'p' },         { "max-cgroups", required_argument, NULL, 'c' },
		{ "max-pairs", required_argument, NULL, 'm' },   { "json", no_argument, NULL, 'j' },
		{ "replace", no_argument, NULL, 'r' },           { "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'p': options->pin_dir = optarg; break;
		case 'j': options->json = true; break;
		case 'r': options->replace = true; break;
		case 'v': options->verbose = true; break;
		case 'c':
			if (!parse_count(optarg, &options->max_cgroups))
				return false;
			break;
		case 'm':
			if (!parse_count(optarg, &options->max_pairs))
				return false;
			break;
		default: return false;
		}
	}
	/* Room for the longest name below it. */
	return optind == argc - 1 && options->pin_dir[0] == '/' && strlen(options->pin_dir) < PATH_SIZE / 2;
}

int main(int argc, char **argv)
{
	struct options options = { .pin_dir = DEFAULT_PIN_DIR };
	const char *command;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage_text, stdout);
		return DONE;
	}
	if (!parse_options(argc, argv, &options)) {
		fputs(usage_text, stderr);
		return USAGE;
	}
	command = argv[optind];
	if (!strcmp(command, "load"))
		return load(&options);
	if (!strcmp(command, "status"))
		return status(&options);
	if (!strcmp(command, "unload"))
		return unload(&options);
	fputs(usage_text, stderr);
	return USAGE;
}
