/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What a thread is and does, as the kernel's structs say, and its way through the queues. */
#ifndef CPUGAP_TASK_H
#define CPUGAP_TASK_H

/* Kernel threads of the root cgroup are the system; one that an administrator put elsewhere counts there. */
static __always_inline bool is_system(struct task_struct *task)
{
	return (task->flags & PF_KTHREAD) && !task->sched_task_group->css.parent;
}

static __always_inline struct thread *thread_of(struct task_struct *task)
{
	return bpf_task_storage_get(&threads, task, 0, 0);
}

static __always_inline struct thread *track(struct task_struct *task)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct host *h = host_state();

	if (!t && h)
		add(&h->health.threads_untracked, 1);
	return t;
}

static __always_inline u32 find_row(struct task_struct *task)
{
	u64 id = cgroup_id_of(task->sched_task_group);
	u32 *row = bpf_map_lookup_elem(&cgroup_rows, &id);

	return row ? *row : ROW_UNTRACKED;
}

static __always_inline u32 cpu_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return ((struct task_struct___before_5_16 *)task)->cpu;
}

static __always_inline bool state_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state;
	return ((struct task_struct___before_5_14 *)task)->state;
}

static __always_inline bool is_runnable(struct task_struct *task)
{
	if (bpf_core_field_exists(task->se.sched_delayed) && task->se.sched_delayed)
		return false;
	return task->on_rq;
}

static __always_inline bool is_throttled(struct task_struct *task)
{
	if (throttles_tasks())
		return task->throttled;
	return task->se.cfs_rq->throttle_count > 0;
}

static __always_inline u32 idle_or_offline(struct task_struct *idle_task)
{
	return idle_task->se.cfs_rq->rq->online ? OCCUPANT_IDLE : OCCUPANT_OFFLINE;
}

/*
 * Inside a system call: what a thread wakes from there, it wakes itself. An interrupt out of user mode is told apart;
 * one that arrives during a system call is not.
 */
static __always_inline bool in_system_call(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

#if defined(__TARGET_ARCH_x86)
	return (s64)regs->orig_ax >= 0;
#else
	return regs->syscallno >= 0;
#endif
}

static __always_inline u32 queue_key(struct task_struct *task, u32 row)
{
	struct host *h = host_state();

	return (row + 1) << 1 | (h && task->nr_cpus_allowed < h->online_cpus);
}

/* Leaves the queue it waits in without running. */
static __noinline void quit_queue(struct thread *t, bool picked, u64 now)
{
	struct cpu *c = cpu_at(t->cpu);
	struct host *h = host_state();
	u64 idle;

	if (!c || !h)
		return;
	if (t->visit.slot >= SLOTS) {
		struct row *r = row_at((u32)t->state);

		if (r)
			add(&r->seen.wait_unknown_ns, now - t->to);
		return;
	}
	idle = any_idle_ns(h, now);
	bpf_spin_lock(&c->lock);
	leave_queue(c, &t->visit, t->to, picked, now, idle);
	bpf_spin_unlock(&c->lock);
}

static __always_inline void join_queue(struct task_struct *task, struct thread *t, u32 cpu, u32 row, u64 now)
{
	struct cpu *c = cpu_at(cpu);
	struct host *h = host_state();
	u32 key = queue_key(task, row);
	u64 idle;

	if (!c || !h)
		return;
	t->cpu = cpu;
	t->to = now;
	/* From 6.18 on a thread is throttled where it stops running, never as it wakes. */
	if ((!throttles_tasks() || !(t->visit.flags & WAIT_WOKEN)) && is_throttled(task))
		t->visit.flags |= WAIT_THROTTLED;
	idle = any_idle_ns(h, now);
	bpf_spin_lock(&c->lock);
	enter_queue(c, &t->visit, key, now, idle);
	bpf_spin_unlock(&c->lock);
	if (t->visit.slot >= SLOTS)
		add(&h->health.queue_full, 1);
	change_state(t, state_word(THREAD_WAITING, row), now);
}

/* It runs: book the whole wait, from wake-up or pre-emption on, over all queues it was in. */
static __always_inline void end_wait(struct thread *t, u32 row, u64 now)
{
	struct row *r = row_at(row);
	u32 bucket;

	if (!r)
		return;
	if (t->visit.flags & WAIT_THROTTLED) {
		add(&r->seen.throttled_waits, 1);
		return;
	}
	bucket = latency_bucket(now - t->from);
	if (bucket >= CPUGAP_LATENCY_BUCKETS)
		return;
	if (t->visit.flags & WAIT_WOKEN)
		add(&r->seen.wakeup_waits[bucket], 1);
	else
		add(&r->seen.preemption_waits[bucket], 1);
}

static __always_inline int throttle_count(struct task_group *group, int cpu)
{
	struct cfs_rq **queues = group->cfs_rq, *queue = NULL;

	bpf_probe_read_kernel(&queue, sizeof(queue), queues + cpu);
	return BPF_CORE_READ(queue, throttle_count);
}

static __always_inline void hold_waiters(struct task_group *group, int cpu, u32 held)
{
	u64 now = bpf_ktime_get_ns(), id = cgroup_id_of(group), idle;
	u32 *row = bpf_map_lookup_elem(&cgroup_rows, &id), victim;
	struct cpu *c = cpu_at(cpu);
	struct host *h = host_state();

	if (!row || !c || !h)
		return;
	victim = *row + 1;
	idle = any_idle_ns(h, now);
	bpf_spin_lock(&c->lock);
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < SLOTS; i++) {
		if (i >= c->slots_used)
			break;
		if (c->slots[i].key >> 1 != victim)
			continue;
		close_slot(&c->slots[i], c->occupant, now, idle);
		/* From 6.18 on threads throttle one by one, and come back all at once. */
		if (throttles_tasks())
			c->slots[i].held = 1;
		hold_slot(&c->slots[i], held);
	}
	bpf_spin_unlock(&c->lock);
}
#endif
