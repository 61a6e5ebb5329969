/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The maps: what is remembered per cgroup, CPU, thread and host. Sizes of the first four may be changed by the loader. */
#ifndef CPUGAP_STATE_H
#define CPUGAP_STATE_H

/* A cgroup's row number, or who else is on a CPU. */
#define OCCUPANT_IDLE 0xffffffffU
#define OCCUPANT_SYSTEM 0xfffffffeU
#define OCCUPANT_OFFLINE 0xfffffffdU
#define ROW_UNTRACKED 0

/* Distinct (cgroup, affinity) groups that may wait on one CPU at one moment. A power of two. */
#define SLOTS 16
#define SLOT_NONE 0xffU

struct row {
	struct cpugap_cgroup seen; /* seen.runnable is a signed n; seen.now_ns the last step of the histogram */
	u64 root;                  /* the hierarchy it belongs to */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, struct row);
} cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, u32);
} cgroup_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4096);
	__type(value, u32);
} free_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4096);
	__type(value, u32);
} removed_rows SEC(".maps");

struct pair {
	u64 victim_id;
	u64 offender_id;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct pair);
	__type(value, u64);
} pairs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1024);
	__type(value, struct pair);
} stale_pairs SEC(".maps");

/* Threads of one cgroup that wait on one CPU. */
struct slot {
	u32 key; /* 0: free */
	u32 waiting;
	u32 throttled;
	u32 epoch; /* unthrottled how often */
	u32 held;  /* before 6.18: the whole queue is throttled */
	u32 pad;
	u64 since;
	u64 idle_seen;
	u64 wait;
	u64 wait_throttled;
	u64 wait_beside_idle;
};

#define WAIT_WOKEN 1
#define WAIT_THROTTLED 2

/* A thread's stay in a slot. */
struct visit {
	u8 slot;
	u8 flags; /* WAIT_*, kept over migrations */
	u16 epoch;
};

/* What a context switch asks of the CPU's table, and what it gets back. Through memory: the verifier checks each part
   once, whatever values it is given. Used by this CPU's own switches only. */
struct swap {
	u64 now;
	u64 idle;
	u64 prev_task;
	u64 next_task;
	u64 prev_exec;
	u64 next_exec;
	u32 occupant;
	u32 leaves;
	u32 enters;
	u32 before;
	u32 changed;
	u32 fresh;
	u64 run_ns;
	u64 exec_ns;
	u64 leaving_entered;
	struct visit leaving;
	struct visit entering;
	u32 entering_key;
	u32 waited;
};

struct share {
	u32 key;
	u32 pad;
	u64 wait;
	u64 wait_throttled;
	u64 wait_beside_idle;
};

/* What a remote wake-up touches comes first and fits a cache line. */
struct cpu {
	struct bpf_spin_lock lock;
	u32 occupant;
	u32 slots_used;
	u32 found; /* see find_slot */
	u64 since; /* 0: nothing seen on this CPU yet */
	u64 current_task;
	u64 exec_start;
	u64 exec_ns; /* of the occupant, not yet in its row */
	u64 rq;      /* struct rq *; found by a task walk: not every kernel names its runqueues */
	u32 settled_count;
	u32 waited_throttled;
	u64 waited_from; /* the last wait of the current task; waited_to 0: it had none */
	u64 waited_to;
	struct slot slots[SLOTS];
	struct swap swap;
	struct cpugap_cpu seen; /* totals; the rest of it is filled in by the reader's program */
	struct share settled[SLOTS]; /* written and read by this CPU's own context switch only */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

enum {
	THREAD_UNKNOWN,
	THREAD_BLOCKED,
	THREAD_RUNNABLE, /* found by a task walk: counted in n, in no slot */
	THREAD_WAITING,
	THREAD_RUNNING,
};

/*
 * What is remembered of a thread: one cache line together with the map's own pointer before it.
 *           from                 to
 * WAITING   wake-up/pre-emption  entered this queue (later than `from` after a migration)
 * RUNNING   -                    -
 * BLOCKED   fell asleep          -
 */
struct thread {
	u64 state; /* THREAD_* << 32 | row; every change is an atomic exchange, so that n follows it exactly */
	u64 group; /* 1 + serial number of the task group that `row` belongs to */
	u64 from;
	u64 to;
	u32 row;
	u32 cpu;
	struct visit visit;
	u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

/* How many CPUs are idle, and for how long at least one was. */
struct idleness {
	u64 last;
	s64 idle_cpus;
	u64 any_ns;
};

struct host {
	u64 magic;
	u64 layout_version;
	u64 load_id;
	struct cpugap_health health;
	u32 online_cpus;
	u32 pad;
	struct idleness idleness;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct host);
} host SEC(".maps");

static __always_inline struct host *host_state(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&host, &zero);
}

static __always_inline struct row *row_at(u32 row)
{
	return bpf_map_lookup_elem(&cgroups, &row);
}

static __always_inline struct cpu *cpu_at(u32 cpu)
{
	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline void add(u64 *counter, u64 amount)
{
	__sync_fetch_and_add(counter, amount);
}
#endif
