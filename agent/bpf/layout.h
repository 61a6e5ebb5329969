/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The layout that the BPF programs, the loader and every reader of the pinned files share. Meaning: docs/bpf.md.
 *
 * Every pinned reading file is: one header, records of header.record_bytes each, one trailer.
 * Everything is an unsigned 64-bit column in the byte order of the host. Times are CLOCK_MONOTONIC nanoseconds,
 * durations are cumulative nanoseconds since the maps were made. A change of any struct or number here is a new
 * CPUGAP_LAYOUT_VERSION.
 */
#ifndef CPUGAP_LAYOUT_H
#define CPUGAP_LAYOUT_H

#define CPUGAP_LAYOUT_VERSION 1
#define CPUGAP_MAGIC 0x0000706167757063ULL /* "cpugap\0\0" */
#define CPUGAP_END 0x0000646e65677063ULL   /* "cpgend\0\0" */

enum cpugap_kind {
	CPUGAP_KIND_CPUS = 1,
	CPUGAP_KIND_CGROUPS = 2,
	CPUGAP_KIND_PAIRS = 3,
	CPUGAP_KIND_HEALTH = 4,
	CPUGAP_KIND_TASKS = 5,
};

/* T[k] is exact for k < CPUGAP_KMAX; the last bucket holds the rest, and tail_n_ns its integral of n. */
#define CPUGAP_KMAX 32
/*
 * Waits by length, two buckets per octave: bucket 0 is below 1024 ns; bucket 1 + 2i + h covers
 * [2^(10+i) (1 + h/2), 2^(10+i) (1 + (h+1)/2)) ns; the last is 2^34 ns (17 s) and above.
 */
#define CPUGAP_LATENCY_FIRST 10
#define CPUGAP_LATENCY_LAST 34
#define CPUGAP_LATENCY_BUCKETS 50

/* Occupants of a CPU that are no cgroup. Real cgroup ids are inode numbers: 1 is the root. */
#define CPUGAP_ID_UNTRACKED 0ULL /* cgroups that found the table full */
#define CPUGAP_ID_IDLE (~0ULL)
#define CPUGAP_ID_SYSTEM (~1ULL) /* kernel threads of the root cgroup */
#define CPUGAP_ID_OFFLINE (~2ULL)
#define CPUGAP_ID_ROOT 1ULL

typedef unsigned long long cpugap_u64;

struct cpugap_header {
	cpugap_u64 magic;
	cpugap_u64 layout_version;
	cpugap_u64 kind;
	cpugap_u64 record_bytes;
	cpugap_u64 now_ns;  /* when this file's first record was made */
	cpugap_u64 load_id; /* the same for all files of one set of counters; another one: start anew */
};

struct cpugap_trailer {
	cpugap_u64 magic;
	cpugap_u64 now_ns;
};

/* One CPU. Reading it also closes the open intervals of everything on that CPU: read this file first. */
struct cpugap_cpu {
	cpugap_u64 cpu;
	cpugap_u64 now_ns; /* closed up to here */
	cpugap_u64 online;
	cpugap_u64 occupant_id;
	cpugap_u64 idle_ns;
	cpugap_u64 system_ns;
	cpugap_u64 cgroup_ns;
	cpugap_u64 offline_ns;
	cpugap_u64 waiting_cgroups; /* distinct victims in the table of this CPU now */
};

/* One cgroup that has a task group of its own (the cpu controller's hierarchy), not counting its children. */
struct cpugap_cgroup {
	cpugap_u64 id;
	cpugap_u64 created_ns; /* first seen; no rate across two values of it */
	cpugap_u64 removed_ns; /* 0 while the directory exists */
	cpugap_u64 now_ns;     /* the concurrency histogram is closed up to here */
	cpugap_u64 runnable;   /* n now */

	cpugap_u64 run_ns;     /* on a CPU, by the wall clock */
	cpugap_u64 exec_ns;    /* on a CPU, by the scheduler: run - exec is steal (and irq, where the kernel tells) */
	cpugap_u64 migrations;

	/* Waiting, in thread-nanoseconds, by what occupied the CPU whose queue the thread was on. */
	cpugap_u64 wait_idle_ns;      /* nothing: wake-up latency of an idle CPU */
	cpugap_u64 wait_own_ns;       /* another thread of this cgroup */
	cpugap_u64 wait_system_ns;    /* a kernel thread */
	cpugap_u64 wait_others_ns;    /* another cgroup */
	cpugap_u64 wait_throttled_ns; /* nobody: bandwidth control held it */
	cpugap_u64 wait_unknown_ns;   /* the table of waiting cgroups of that CPU was full */
	/* The part of own + system + others during which some other CPU was idle. */
	cpugap_u64 wait_beside_idle_ns;       /* threads that may use every CPU: exact */
	cpugap_u64 wait_beside_idle_bound_ns; /* threads with a narrower affinity: upper bound */

	cpugap_u64 induced_ns; /* J */
	cpugap_u64 induced_count;
	cpugap_u64 induced_throttled_ns; /* the same, where the sibling was throttled instead */
	cpugap_u64 throttled_waits;      /* waits that ended after throttling: in neither histogram */

	cpugap_u64 tail_n_ns;
	cpugap_u64 concurrency_ns[CPUGAP_KMAX + 1];
	cpugap_u64 wakeup_waits[CPUGAP_LATENCY_BUCKETS];     /* their sum: wakeups */
	cpugap_u64 preemption_waits[CPUGAP_LATENCY_BUCKETS]; /* their sum: involuntary switches */
};

/* Thread-nanoseconds that the victim waited while the offender occupied its CPU. */
struct cpugap_pair {
	cpugap_u64 victim_id;
	cpugap_u64 offender_id;
	cpugap_u64 wait_ns;
};

/* What could not be counted. All zero on a healthy host. */
struct cpugap_health {
	cpugap_u64 cgroups_full;     /* lookups that found no free row: counted in the row of id 0 */
	cpugap_u64 pairs_full;       /* waits behind others that found no free pair */
	cpugap_u64 pairs_lost_ns;    /* the time of those waits */
	cpugap_u64 queue_full;       /* waits that found a CPU's table of waiting cgroups full */
	cpugap_u64 threads_untracked; /* threads without memory for their state */
	cpugap_u64 corrections;      /* thread states put right by a task walk */
	cpugap_u64 negative_n;       /* concurrency below zero */
	cpugap_u64 missed_switches;  /* context switches made up for: the kernel did not run the program */
	cpugap_u64 throttle_hooks;   /* 1: the throttle hooks are attached */
	cpugap_u64 loaded_ns;
};

/* One walk over all threads. */
struct cpugap_tasks {
	cpugap_u64 threads;
	cpugap_u64 corrections; /* cumulative */
};
#endif
