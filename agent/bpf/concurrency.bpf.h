/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * T[k]: for how long k threads of a cgroup wanted CPU. Lock-free: the exchange of the last timestamp cuts time into
 * pieces that add up exactly, whatever the order in which CPUs get here (a piece may be negative: the sum telescopes).
 */
#ifndef CPUGAP_CONCURRENCY_H
#define CPUGAP_CONCURRENCY_H

/* A function of its own, so that the verifier looks at it once. */
__noinline int step(u32 row, s64 change, u64 now)
{
	struct row *r = row_at(row);
	u64 last, piece, k;
	s64 n;

	if (!r)
		return 0;
	last = __sync_lock_test_and_set(&r->seen.now_ns, now);
	n = __sync_fetch_and_add((s64 *)&r->seen.runnable, change);
	piece = now - last;
	if (n < 0) {
		struct host *h = host_state();

		if (h)
			add(&h->health.negative_n, 1);
		n = 0;
	}
	k = n;
	if (k >= CPUGAP_KMAX) {
		k = CPUGAP_KMAX;
		add(&r->seen.tail_n_ns, piece * n);
	}
	add(&r->seen.concurrency_ns[k], piece);
	return 0;
}

static __always_inline bool wants_cpu(u64 state)
{
	return (state >> 32) >= THREAD_RUNNABLE;
}

static __always_inline void follow(u64 old, u64 new, u64 now)
{
	bool before = wants_cpu(old), after = wants_cpu(new);

	if (before == after && (!before || (u32)old == (u32)new))
		return;
	if (before)
		step((u32)old, -1, now);
	if (after)
		step((u32)new, 1, now);
}

static __always_inline u64 state_word(u32 state, u32 row)
{
	return (u64)state << 32 | row;
}

/* Moves a thread to another state; n of its old and new cgroup follow. */
static __always_inline void change_state(struct thread *t, u64 new, u64 now)
{
	if (t->state != new)
		follow(__sync_lock_test_and_set(&t->state, new), new, now);
}

static __always_inline u32 latency_bucket(u64 ns)
{
	u32 log = 0;
	u64 v = ns;

	if (v >> 32) { log = 32; v >>= 32; }
	if (v >> 16) { log += 16; v >>= 16; }
	if (v >> 8) { log += 8; v >>= 8; }
	if (v >> 4) { log += 4; v >>= 4; }
	if (v >> 2) { log += 2; v >>= 2; }
	if (v >> 1) log += 1;
	if (log < CPUGAP_LATENCY_FIRST)
		return 0;
	if (log >= CPUGAP_LATENCY_LAST)
		return CPUGAP_LATENCY_BUCKETS - 1;
	return 1 + (log - CPUGAP_LATENCY_FIRST) * 2 + ((ns >> (log - 1)) & 1);
}
#endif
