/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The pinned files: whoever opens one runs these programs and reads their output. No privilege is needed for that. */
#ifndef CPUGAP_READERS_H
#define CPUGAP_READERS_H

#define RECLAIM_PER_READ 8
#define STALE_PER_READ 64

/*
 * seq_num is 0 for the first record, and again for the end of a walk of one record; then the record is in the buffer.
 */
static __always_inline bool is_beginning(struct bpf_iter_meta *meta)
{
	return !meta->seq_num && !BPF_CORE_READ(meta->seq, count);
}

static __always_inline void write_header(struct bpf_iter_meta *meta, u64 kind, u64 record_bytes)
{
	struct host *h = host_state();
	struct cpugap_header header = {
		.magic = CPUGAP_MAGIC,
		.layout_version = CPUGAP_LAYOUT_VERSION,
		.kind = kind,
		.record_bytes = record_bytes,
		.now_ns = bpf_ktime_get_ns(),
		.load_id = h ? h->load_id : 0,
	};

	bpf_seq_write(meta->seq, &header, sizeof(header));
}

static __always_inline void write_trailer(struct bpf_iter_meta *meta)
{
	struct cpugap_trailer trailer = { .magic = CPUGAP_END, .now_ns = bpf_ktime_get_ns() };

	bpf_seq_write(meta->seq, &trailer, sizeof(trailer));
}

static __always_inline u64 occupant_id(u32 occupant)
{
	struct row *r;

	if (occupant == OCCUPANT_IDLE)
		return CPUGAP_ID_IDLE;
	if (occupant == OCCUPANT_SYSTEM)
		return CPUGAP_ID_SYSTEM;
	if (occupant == OCCUPANT_OFFLINE)
		return CPUGAP_ID_OFFLINE;
	r = row_at(occupant);
	return r ? r->seen.id : CPUGAP_ID_UNTRACKED;
}

static __always_inline void reclaim(void)
{
	struct pair key;

	for (int i = 0; i < RECLAIM_PER_READ; i++)
		if (!reclaim_row())
			break;
	/* Not while walking the pairs: a freed element may be reused under the walk. */
	for (int i = 0; i < STALE_PER_READ; i++) {
		if (bpf_map_pop_elem(&stale_pairs, &key))
			break;
		bpf_map_delete_elem(&pairs, &key);
	}
}

/* The same as for a context switch, through pointers that the verifier does not know. */
static __always_inline u32 occupant_of(struct task_struct *task, bool online)
{
	u64 id = BPF_CORE_READ(task, sched_task_group, css.cgroup, kn, id);
	u32 *row;

	if (!BPF_CORE_READ(task, pid))
		return online ? OCCUPANT_IDLE : OCCUPANT_OFFLINE;
	id = id ? id : CPUGAP_ID_ROOT;
	if (id == CPUGAP_ID_ROOT && (BPF_CORE_READ(task, flags) & PF_KTHREAD))
		return OCCUPANT_SYSTEM;
	row = bpf_map_lookup_elem(&cgroup_rows, &id);
	return row ? *row : ROW_UNTRACKED;
}

/* A switch older than this is not in flight any more: if the program has not seen it, it never will. */
#define SWITCH_TAKES_NS 100000

/* Brings one CPU up to date: run time of the occupant and wait behind it. *out: that moment, and the sums up to it. */
static __always_inline void settle_cpu(u32 cpu, struct cpu *c, struct host *h, struct rq *rq, struct cpugap_cpu *out)
{
	u64 begin = bpf_ktime_get_ns();
	struct task_struct *current_task = BPF_CORE_READ(rq, curr);
	u64 exec_now = BPF_CORE_READ(current_task, se.sum_exec_runtime), now, run = 0, exec = 0;
	u32 occupant = occupant_of(current_task, BPF_CORE_READ(rq, online)), before;
	bool fresh, same;

	now = bpf_ktime_get_ns();
	bpf_spin_lock(&c->lock);
	before = c->occupant;
	fresh = !c->since;
	same = c->current_task == (u64)current_task;
	if (!fresh) {
		run = now - c->since;
		total_run(c, run);
		if (same) {
			c->exec_ns += exec_now - c->exec_start;
			c->exec_start = exec_now;
		}
		exec = c->exec_ns;
		c->exec_ns = 0;
	} else {
		c->current_task = (u64)current_task;
		c->exec_start = exec_now;
		c->occupant = occupant;
	}
	c->since = now;
	out->idle_ns = c->seen.idle_ns;
	out->system_ns = c->seen.system_ns;
	out->cgroup_ns = c->seen.cgroup_ns;
	out->offline_ns = c->seen.offline_ns;
	bpf_spin_unlock(&c->lock);
	out->now_ns = now;
	if (!fresh)
		charge_run(before, run, exec);
	else if (occupant == OCCUPANT_IDLE)
		count_idle(h, 1, now);
	for (u32 i = 0; i < SLOTS; i++)
		settle_one(cpu, i, now);

	/* Moved to another cgroup without a switch; its CPU went offline; or the switch was not seen. */
	if (!fresh && (same || begin - c->swap.now > SWITCH_TAKES_NS)) {
		bpf_spin_lock(&c->lock);
		before = c->occupant;
		same = c->swap.now < begin - SWITCH_TAKES_NS && before != occupant;
		if (same)
			c->occupant = occupant;
		bpf_spin_unlock(&c->lock);
		if (same && before == OCCUPANT_IDLE)
			count_idle(h, -1, now);
		if (same && occupant == OCCUPANT_IDLE)
			count_idle(h, 1, now);
	}
}

SEC("iter/bpf_map_elem")
int read_cpus(struct bpf_iter__bpf_map_elem *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	u32 *key = ctx->key;
	struct host *h = host_state();
	struct cpugap_cpu out = {};
	struct rq *rq;
	struct cpu *c;
	u32 cpu;

	barrier_var(key);
	if (is_beginning(meta))
		write_header(meta, CPUGAP_KIND_CPUS, sizeof(out));
	if (!key) {
		write_trailer(meta);
		return 0;
	}
	if (!meta->seq_num)
		reclaim();
	cpu = *key;
	c = cpu_at(cpu);
	if (!c || !h || !c->rq)
		return 0;
	rq = (struct rq *)c->rq;
	settle_cpu(cpu, c, h, rq, &out);
	out.cpu = cpu;
	out.online = BPF_CORE_READ(rq, online);
	out.occupant_id = occupant_id(c->occupant);
	for (u32 i = 0; i < SLOTS; i++)
		out.waiting_cgroups += c->slots[i].waiting + c->slots[i].throttled > 0;
	bpf_seq_write(meta->seq, &out, sizeof(out));
	return 0;
}

SEC("iter/bpf_map_elem")
int read_cgroups(struct bpf_iter__bpf_map_elem *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	u32 *key = ctx->key;
	struct row *r;
	u32 row;

	barrier_var(key);
	if (is_beginning(meta))
		write_header(meta, CPUGAP_KIND_CGROUPS, sizeof(struct cpugap_cgroup));
	if (!key) {
		write_trailer(meta);
		return 0;
	}
	row = *key;
	r = row_at(row);
	if (!r || !r->seen.created_ns)
		return 0;
	step(row, 0, bpf_ktime_get_ns());
	bpf_seq_write(meta->seq, &r->seen, sizeof(r->seen));
	return 0;
}

static __always_inline bool is_known(u64 id)
{
	return id == CPUGAP_ID_UNTRACKED || bpf_map_lookup_elem(&cgroup_rows, &id);
}

SEC("iter/bpf_map_elem")
int read_pairs(struct bpf_iter__bpf_map_elem *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct pair *pair = ctx->key, key;
	u64 *wait = ctx->value;
	struct cpugap_pair out;

	barrier_var(pair);
	barrier_var(wait);
	if (is_beginning(meta))
		write_header(meta, CPUGAP_KIND_PAIRS, sizeof(out));
	if (!pair || !wait) {
		write_trailer(meta);
		return 0;
	}
	key = *pair;
	if (!is_known(key.victim_id) || !is_known(key.offender_id)) {
		bpf_map_push_elem(&stale_pairs, &key, 0);
		return 0;
	}
	out.victim_id = key.victim_id;
	out.offender_id = key.offender_id;
	out.wait_ns = *wait;
	bpf_seq_write(meta->seq, &out, sizeof(out));
	return 0;
}

SEC("iter/bpf_map_elem")
int read_health(struct bpf_iter__bpf_map_elem *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct host *h = host_state();

	if (is_beginning(meta))
		write_header(meta, CPUGAP_KIND_HEALTH, sizeof(struct cpugap_health));
	if (!ctx->key) {
		write_trailer(meta);
		return 0;
	}
	if (h)
		bpf_seq_write(meta->seq, &h->health, sizeof(h->health));
	return 0;
}

/*
 * Counts threads that wanted CPU before the programs were attached, and puts states right that an event was missed
 * for. Only a state that the kernel contradicts now, and that no event changes meanwhile, is touched.
 */
SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *task = ctx->task;
	struct host *h = host_state();
	struct cpugap_tasks out = {};
	struct thread *t;
	struct cpu *c;
	struct rq *rq;
	u64 old, new, now;
	u32 row;

	if (!task) {
		if (is_beginning(meta))
			write_header(meta, CPUGAP_KIND_TASKS, sizeof(out));
		out.threads = meta->seq_num;
		out.corrections = h ? h->health.corrections : 0;
		bpf_seq_write(meta->seq, &out, sizeof(out));
		write_trailer(meta);
		return 0;
	}
	if (is_beginning(meta))
		write_header(meta, CPUGAP_KIND_TASKS, sizeof(out));
	/* Every CPU has kernel threads of its own, so a walk meets every runqueue. */
	rq = task->se.cfs_rq->rq;
	c = cpu_at(rq->cpu);
	if (c)
		c->rq = (u64)rq;
	if (is_system(task))
		return 0;
	t = track(task);
	if (!t)
		return 0;
	old = *(volatile u64 *)&t->state;
	/* Not row_of: its cache belongs to the thread's own events. */
	now = bpf_ktime_get_ns();
	row = take_row(cgroup_id_of(task->sched_task_group), (u64)task->sched_task_group->css.cgroup->root, now);
	if (is_runnable(task) == wants_cpu(old) && (old >> 32) != THREAD_UNKNOWN)
		return 0;
	new = state_word(is_runnable(task) ? THREAD_RUNNABLE : THREAD_BLOCKED, row);
	if ((old >> 32) == THREAD_WAITING)
		return 0;
	if (__sync_val_compare_and_swap(&t->state, old, new) != old)
		return 0;
	follow(old, new, now);
	if (h && (old >> 32) != THREAD_UNKNOWN)
		add(&h->health.corrections, 1);
	return 0;
}
#endif
