// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Whether this host lets us: BTF, lockdown, capabilities, bpffs, the directory, and nobody else at work. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "loader.h"

#ifndef BPF_FS_MAGIC
#define BPF_FS_MAGIC 0xcafe4a11
#endif

#define CAPABILITY_SYS_ADMIN 21
#define CAPABILITY_PERFMON 38
#define CAPABILITY_BPF 39

static unsigned long long effective_capabilities(void)
{
	char line[256];
	unsigned long long bits = 0;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &bits) == 1)
			break;
	if (file)
		fclose(file);
	return bits;
}

enum outcome check_capabilities(void)
{
	unsigned long long bits = effective_capabilities();
	bool admin = bits >> CAPABILITY_SYS_ADMIN & 1;
	bool bpf = admin || bits >> CAPABILITY_BPF & 1, perfmon = admin || bits >> CAPABILITY_PERFMON & 1;

	if (bpf && perfmon)
		return DONE;
	return fail(NO_CAPABILITY, "missing %s%s%s: run the loader as root, or give it these capabilities",
		    bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : " and ", perfmon ? "" : "CAP_PERFMON");
}

static bool locked_down(void)
{
	char text[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = 0;
	fclose(file);
	return strstr(text, "[confidentiality]");
}

/* The directory that must be on a bpffs: the pin directory, or the nearest parent that exists. */
static bool on_bpffs(const char *pin_dir, char *mount_point)
{
	struct statfs fs;

	snprintf(mount_point, PATH_SIZE, "%s", pin_dir);
	while (statfs(mount_point, &fs)) {
		char *slash = strrchr(mount_point, '/');

		if (!slash || slash == mount_point)
			return false;
		*slash = 0;
	}
	return (unsigned)fs.f_type == BPF_FS_MAGIC;
}

enum outcome check_host(const struct options *options)
{
	char mount_point[PATH_SIZE];

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return fail(NO_BTF, "this kernel has no /sys/kernel/btf/vmlinux: it needs CONFIG_DEBUG_INFO_BTF=y; "
				    "without it use --runq proc");
	if (locked_down())
		return fail(LOCKED_DOWN, "the kernel is locked down (confidentiality): BPF may not read its memory; "
					 "boot with lockdown=integrity or use --runq proc");
	if (!on_bpffs(options->pin_dir, mount_point)) {
		bool standard = !strncmp(options->pin_dir, "/sys/fs/bpf/", 12);

		return fail(NO_BPFFS, "%s is not on a BPF file system: run \"mount -t bpf bpf %s\"", options->pin_dir,
			    standard ? "/sys/fs/bpf" : mount_point);
	}
	return DONE;
}

static enum outcome denied(const char *pin_dir)
{
	return fail(PIN_DIR_DENIED,
		    "cannot create or write %s: %s; make it beforehand and give it to this user: "
		    "\"mkdir %s && chown %u %s\"",
		    pin_dir, strerror(errno), pin_dir, (unsigned)geteuid(), pin_dir);
}

/* One loader at a time: the directory itself is locked, which needs no right but to read it. */
enum outcome lock_pin_dir(const struct options *options, bool create, int *fd)
{
	struct stat locked, named;

	for (int attempt = 0; attempt < 100; attempt++, usleep(100000)) {
		if (create && mkdir(options->pin_dir, 0755) && errno != EEXIST)
			return denied(options->pin_dir);
		*fd = open(options->pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*fd < 0 && errno == ENOENT && !create)
			return NOT_LOADED;
		if (*fd < 0 && errno == ENOENT)
			continue;
		if (*fd < 0)
			return denied(options->pin_dir);
		/* Whoever had the lock may have removed the directory before it let go. */
		if (!flock(*fd, LOCK_EX | LOCK_NB) && !fstat(*fd, &locked) && !stat(options->pin_dir, &named) &&
		    locked.st_ino == named.st_ino) {
			if (!access(options->pin_dir, W_OK))
				return DONE;
			errno = EACCES;
			return denied(options->pin_dir);
		}
		close(*fd);
	}
	return fail(BUSY, "another cpugap-bpf is at work on %s: wait for it to end and try again", options->pin_dir);
}

unsigned count_online_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}
