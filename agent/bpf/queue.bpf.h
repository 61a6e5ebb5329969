/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Who waits on a CPU behind whom. Every CPU keeps its occupant and, per cgroup, how many threads wait. Wait time is
 * threads x time, charged to (cgroup, occupant) whenever either changes. All of it happens under the CPU's own lock:
 * a remote migration opens a wait here without holding this CPU's runqueue lock. No helper may be called under it.
 */
#ifndef CPUGAP_QUEUE_H
#define CPUGAP_QUEUE_H

static __always_inline bool is_cgroup(u32 occupant)
{
	return occupant < OCCUPANT_OFFLINE;
}

/* Time during which at least one CPU was idle, up to now. */
static __always_inline u64 any_idle_ns(struct host *h, u64 now)
{
	u64 any = h->idleness.any_ns;

	return h->idleness.idle_cpus > 0 ? any + (now - h->idleness.last) : any;
}

static __always_inline void count_idle(struct host *h, s64 change, u64 now)
{
	u64 last = __sync_lock_test_and_set(&h->idleness.last, now);

	if (__sync_fetch_and_add(&h->idleness.idle_cpus, change) > 0)
		add(&h->idleness.any_ns, now - last);
}

/*
 * The lesser of two pieces of time, and at least 0. Without a branch: the verifier would follow each of them through
 * every slot. (The words of idleness are read apart, and a torn read must not exceed the wait itself.)
 */
static __always_inline u64 clamp_piece(u64 piece, u64 limit)
{
	s64 excess = piece - limit, sign = excess >> 63;

	barrier_var(sign);
	piece = limit + (excess & sign);
	sign = (s64)piece >> 63;
	barrier_var(sign);
	return piece & ~sign;
}

/*
 * Under the lock. Never backwards: an event whose clock was read before another CPU's settles its own thread's share
 * of the difference (see enter_queue, leave_queue). Beside an idle CPU one waits behind somebody, not for the own CPU to
 * leave its idleness.
 */
static __always_inline void close_slot(struct slot *s, u32 occupant, u64 now, u64 idle)
{
	u64 piece = clamp_piece(now - s->since, 1ULL << 62), idle_self = 0 - (u64)(occupant == OCCUPANT_IDLE);

	s->wait += piece * s->waiting;
	s->wait_throttled += piece * s->throttled;
	s->wait_beside_idle += (clamp_piece(idle - s->idle_seen, piece) & ~idle_self) * s->waiting;
	s->since += piece;
	s->idle_seen = idle;
}

/* Under the lock. Moves what a slot has gathered into *out and frees it if nobody is left. */
static __always_inline void settle_slot(struct slot *s, struct share *out)
{
	out->key = s->key;
	out->wait = s->wait;
	out->wait_throttled = s->wait_throttled;
	out->wait_beside_idle = s->wait_beside_idle;
	s->wait = 0;
	s->wait_throttled = 0;
	s->wait_beside_idle = 0;
	if (!(s->waiting | s->throttled)) {
		s->key = 0;
		s->held = 0;
	}
}

/* Under the lock. The result goes through memory, so that the verifier forgets which way it came about. */
static __always_inline u32 find_slot(struct cpu *c, u32 key)
{
	c->found = SLOT_NONE;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < SLOTS; i++) {
		if (i >= c->slots_used)
			break;
		if (c->slots[i].key == key) {
			c->found = i;
			break;
		}
		if (!c->slots[i].key)
			c->found = i;
	}
	if (c->found == SLOT_NONE && c->slots_used < SLOTS)
		c->found = c->slots_used++;
	return *(volatile u32 *)&c->found;
}

/* Under the lock. Before 6.18 bandwidth control takes whole queues off: every waiter of the slot changes sides. */
static __always_inline void hold_slot(struct slot *s, u32 held)
{
	if (s->held == held)
		return;
	s->held = held;
	if (held) {
		s->throttled += s->waiting;
		s->waiting = 0;
	} else {
		s->waiting += s->throttled;
		s->throttled = 0;
		s->epoch++;
	}
}

static __always_inline bool throttles_tasks(void)
{
	return bpf_core_field_exists(struct task_struct, throttled);
}

/* Under the lock. */
static __always_inline void enter_queue(struct cpu *c, struct visit *v, u32 key, u64 now, u64 idle)
{
	u32 i = find_slot(c, key), throttled = v->flags & WAIT_THROTTLED;
	struct slot *s;

	v->slot = SLOT_NONE;
	if (i >= SLOTS)
		return;
	s = &c->slots[i];
	if (s->key == key) {
		close_slot(s, c->occupant, now, idle);
	} else {
		s->key = key;
		s->since = now;
		s->idle_seen = idle;
	}
	if (!throttles_tasks())
		hold_slot(s, throttled ? 1 : 0);
	if (throttled) {
		s->throttled++;
	} else {
		s->waiting++;
		s->wait += s->since - now;
	}
	v->slot = i;
	v->epoch = s->epoch;
}

/* Under the lock. `picked`: the thread runs now, so its queue cannot be throttled. */
static __always_inline void leave_queue(struct cpu *c, struct visit *v, u64 entered, bool picked, u64 now, u64 idle)
{
	u32 i = v->slot;
	struct slot *s;
	bool throttled;

	if (i >= SLOTS)
		return;
	s = &c->slots[i];
	close_slot(s, c->occupant, now, idle);
	if (throttles_tasks()) {
		throttled = (v->flags & WAIT_THROTTLED) && v->epoch == (u16)s->epoch;
	} else {
		if (s->held || v->epoch != (u16)s->epoch)
			v->flags |= WAIT_THROTTLED;
		if (picked)
			hold_slot(s, 0);
		throttled = s->held;
	}
	if (throttled && s->throttled)
		s->throttled--;
	else if (s->waiting)
		s->waiting--;
	if (!throttled)
		s->wait -= s->since - (now > entered ? now : entered);
}

static __noinline void charge_pair(u64 victim_id, u64 offender_id, u64 wait)
{
	struct pair key = { .victim_id = victim_id, .offender_id = offender_id };
	u64 *total = bpf_map_lookup_elem(&pairs, &key), zero = 0;

	if (!total) {
		bpf_map_update_elem(&pairs, &key, &zero, BPF_NOEXIST);
		total = bpf_map_lookup_elem(&pairs, &key);
	}
	if (total) {
		add(total, wait);
	} else {
		struct host *h = host_state();

		if (h) {
			add(&h->health.pairs_full, 1);
			add(&h->health.pairs_lost_ns, wait);
		}
	}
}

static __always_inline void charge_share(const struct share *s, u32 occupant)
{
	u32 victim = (s->key >> 1) - 1;
	struct row *v, *o;

	if (!s->key || !(s->wait | s->wait_throttled))
		return;
	v = row_at(victim);
	if (!v)
		return;
	if (s->wait_throttled)
		add(&v->seen.wait_throttled_ns, s->wait_throttled);
	if (!s->wait)
		return;
	if (s->wait_beside_idle)
		add(s->key & 1 ? &v->seen.wait_beside_idle_bound_ns : &v->seen.wait_beside_idle_ns, s->wait_beside_idle);
	if (occupant == victim) {
		add(&v->seen.wait_own_ns, s->wait);
	} else if (occupant == OCCUPANT_SYSTEM) {
		add(&v->seen.wait_system_ns, s->wait);
	} else if (!is_cgroup(occupant)) {
		add(&v->seen.wait_idle_ns, s->wait);
	} else {
		add(&v->seen.wait_others_ns, s->wait);
		o = row_at(occupant);
		if (o)
			charge_pair(v->seen.id, o->seen.id, s->wait);
	}
}

static __always_inline void charge_run(u32 occupant, u64 run, u64 exec)
{
	struct row *r;

	if (!is_cgroup(occupant))
		return;
	r = row_at(occupant);
	if (!r)
		return;
	add(&r->seen.run_ns, run);
	add(&r->seen.exec_ns, exec);
}

/* Books what one slot has gathered, without anything else changing. */
__noinline int settle_one(u32 cpu, u32 i, u64 now)
{
	struct cpu *c = cpu_at(cpu);
	struct host *h = host_state();
	struct share share = {};
	u32 occupant;
	u64 idle;

	if (!c || !h || i >= SLOTS)
		return 0;
	idle = any_idle_ns(h, now);
	bpf_spin_lock(&c->lock);
	occupant = c->occupant;
	close_slot(&c->slots[i], occupant, now, idle);
	settle_slot(&c->slots[i], &share);
	bpf_spin_unlock(&c->lock);
	charge_share(&share, occupant);
	return 0;
}

/* Under the lock. */
static __always_inline void total_run(struct cpu *c, u64 run)
{
	if (c->occupant == OCCUPANT_IDLE)
		c->seen.idle_ns += run;
	else if (c->occupant == OCCUPANT_SYSTEM)
		c->seen.system_ns += run;
	else if (c->occupant == OCCUPANT_OFFLINE)
		c->seen.offline_ns += run;
	else
		c->seen.cgroup_ns += run;
}
/* Closes the occupant's time and everybody's wait behind it; then changes the occupant and the waiters. */
__noinline int swap_occupant(u32 cpu)
{
	struct cpu *c = cpu_at(cpu);
	struct host *h = host_state();
	struct swap *x;

	if (!c || !h)
		return 0;
	x = &c->swap;
	x->idle = any_idle_ns(h, x->now);
	bpf_spin_lock(&c->lock);
	x->before = c->occupant;
	x->fresh = !c->since;
	x->changed = x->fresh || c->occupant != x->occupant;
	c->settled_count = 0;
	if (c->current_task == x->prev_task)
		c->exec_ns += x->prev_exec - c->exec_start;
	c->current_task = x->next_task;
	c->exec_start = x->next_exec;
	if (x->leaves)
		leave_queue(c, &x->leaving, x->leaving_entered, true, x->now, x->idle);
	if (x->changed) {
		x->run_ns = x->fresh ? 0 : x->now - c->since;
		x->exec_ns = c->exec_ns;
		c->exec_ns = 0;
		total_run(c, x->run_ns);
		c->since = x->now;
		c->found = 0;
#pragma clang loop unroll(disable)
		for (u32 i = 0; i < SLOTS; i++) {
			if (i >= c->slots_used)
				break;
			close_slot(&c->slots[i], x->before, x->now, x->idle);
			settle_slot(&c->slots[i], &c->settled[i]);
			if (c->slots[i].key)
				c->found = i + 1;
		}
		c->settled_count = c->slots_used;
		c->slots_used = c->found;
		c->occupant = x->occupant;
	}
	if (x->enters)
		enter_queue(c, &x->entering, x->entering_key, x->now, x->idle);
	bpf_spin_unlock(&c->lock);
	return 0;
}
/* Books what swap_occupant closed. */
__noinline int book_swap(u32 cpu)
{
	struct cpu *c = cpu_at(cpu);
	struct host *h = host_state();
	struct swap *x;

	if (!c || !h)
		return 0;
	x = &c->swap;
	if (!x->changed)
		return 0;
	charge_run(x->before, x->run_ns, x->exec_ns);
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < SLOTS; i++) {
		if (i >= c->settled_count)
			break;
		charge_share(&c->settled[i], x->before);
	}
	if (!x->fresh && x->before == OCCUPANT_IDLE)
		count_idle(h, -1, x->now);
	if (x->occupant == OCCUPANT_IDLE)
		count_idle(h, 1, x->now);
	return 0;
}
#endif
