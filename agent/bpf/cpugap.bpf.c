// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Exact CPU accounting per cgroup: run, wait behind whom, concurrency, induced blocking, latency. What the counters
 * mean and how exact they are: docs/bpf.md. Every handler counts transitions, never events: two copies of the
 * programs attached to the same maps at once (an upgrade) count once.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "layout.h"
#include "state.bpf.h"
#include "cgroup-rows.bpf.h"
#include "concurrency.bpf.h"
#include "queue.bpf.h"
#include "task.bpf.h"
#include "readers.bpf.h"

/* What the kernel asks for; this file's own licence is the SPDX line. */
char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *task)
{
	/* Not at the first event of the thread: memory must not be allocated under a runqueue lock. */
	if (!is_system(task))
		track(task);
	return 0;
}

/* Fires where the waker runs; sched_wakeup may fire on another CPU. */
SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *task)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct cpu *c = cpu_at(bpf_get_smp_processor_id());
	struct thread *t;
	struct row *r;
	u64 from, to;

	if (!c || !c->waited_to || c->current_task != (u64)waker || waker->sched_task_group != task->sched_task_group ||
	    waker == task)
		return 0;
	t = thread_of(task);
	to = c->waited_to;
	if (!t || (t->state >> 32) != THREAD_BLOCKED || to <= t->from || !in_system_call(waker))
		return 0;
	from = c->waited_from > t->from ? c->waited_from : t->from;
	/* Once per sleep. */
	t->from = to;
	r = row_at((u32)t->state);
	if (!r)
		return 0;
	if (c->waited_throttled) {
		add(&r->seen.induced_throttled_ns, to - from);
	} else {
		add(&r->seen.induced_ns, to - from);
		add(&r->seen.induced_count, 1);
	}
	return 0;
}

static __always_inline int woken(struct task_struct *task)
{
	struct thread *t;
	u64 now;

	/* Woken before it had left its CPU: it never stopped wanting it. */
	if (task->on_cpu || is_system(task))
		return 0;
	t = thread_of(task);
	if (!t || (t->state >> 32) >= THREAD_WAITING)
		return 0;
	now = bpf_ktime_get_ns();
	t->from = now;
	t->visit.flags = WAIT_WOKEN;
	join_queue(task, t, cpu_of(task), row_of(task, t, now), now);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
	return woken(task);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *task)
{
	return woken(task);
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(on_migrate, struct task_struct *task, int dest)
{
	struct thread *t;
	struct row *r;
	u64 now;

	if (is_system(task))
		return 0;
	t = thread_of(task);
	if (!t || t->cpu == (u32)dest)
		return 0;
	if ((t->state >> 32) == THREAD_WAITING) {
		now = bpf_ktime_get_ns();
		quit_queue(t, false, now);
		join_queue(task, t, dest, row_of(task, t, now), now);
	} else {
		t->cpu = dest;
	}
	r = row_at((u32)t->state);
	if (r)
		add(&r->seen.migrations, 1);
	return 0;
}

static __always_inline u32 occupant_for(struct task_struct *next, struct thread *n, u64 now)
{
	if (!next->pid)
		return idle_or_offline(next);
	if (is_system(next))
		return OCCUPANT_SYSTEM;
	return n ? row_of(next, n, now) : find_row(next);
}

/* The thread that stops running: does it wait for this CPU from now on? */
static __always_inline bool starts_to_wait(struct cpu *c, struct task_struct *prev, struct thread *p, u64 now)
{
	if ((p->state >> 32) == THREAD_WAITING)
		return false;
	p->from = now;
	p->to = now;
	c->swap.entering_key = queue_key(prev, row_of(prev, p, now));
	c->swap.entering.flags = is_throttled(prev) ? WAIT_THROTTLED : 0;
	return true;
}

/* `n` runs from now on: its wait, if it had one, ended at `since`. */
static __noinline void starts_to_run(struct cpu *c, u32 cpu, struct thread *n, u64 since)
{
	if (c->swap.leaves)
		n->visit.flags = c->swap.leaving.flags;
	if (c->swap.waited) {
		end_wait(n, n->row, since);
		c->waited_from = n->from;
		c->waited_to = since;
		c->waited_throttled = n->visit.flags & WAIT_THROTTLED;
	}
	n->cpu = cpu;
	change_state(n, state_word(THREAD_RUNNING, n->row), since);
}

/* Fills in the part of the swap that concerns the thread that runs next. */
static __noinline void plan_next(struct cpu *c, u32 cpu, struct task_struct *next, struct thread *n, u64 now)
{
	c->swap.now = now;
	c->swap.next_task = (u64)next;
	c->swap.occupant = occupant_for(next, n, now);
	c->swap.leaves = 0;
	c->swap.enters = 0;
	c->swap.waited = 0;
	c->waited_to = 0;
	if (!n || (n->state >> 32) != THREAD_WAITING)
		return;
	c->swap.waited = 1;
	if (n->cpu == cpu && n->visit.slot < SLOTS) {
		c->swap.leaves = 1;
		c->swap.leaving = n->visit;
		c->swap.leaving_entered = n->to;
	} else {
		quit_queue(n, true, now);
	}
}

/*
 * The switch to `prev` was not seen. It is made up for at the time of the last switch that was, or when `prev` came to
 * this queue if that is later: what ran in between is not known, and `prev` is the better guess.
 */
static __noinline void make_up(struct cpu *c, u32 cpu, struct task_struct *prev, struct thread *p, u64 now)
{
	u64 then = c->swap.now > c->since ? c->swap.now : c->since;
	struct host *h = host_state();

	if (p && (p->state >> 32) == THREAD_WAITING && p->to > then)
		then = p->to;
	if (h)
		add(&h->health.missed_switches, 1);
	plan_next(c, cpu, prev, p, then);
	c->swap.prev_task = 0;
	c->swap.next_exec = prev->se.sum_exec_runtime - (now - then);
	swap_occupant(cpu);
	book_swap(cpu);
	if (p)
		starts_to_run(c, cpu, p, then);
}

/* Both generations of an upgrade see a switch within this time. */
#define SAME_SWITCH_NS 1000000

/*
 * The same switch again: another generation of this program is attached, too. A thread that came back by a switch that
 * was not seen, and leaves again for the same one, has run in between.
 */
static __always_inline bool is_known_switch(struct cpu *c, struct task_struct *prev, struct task_struct *next, u64 now)
{
	return c->current_task == (u64)next && c->swap.prev_task == (u64)prev &&
	       c->swap.prev_exec == prev->se.sum_exec_runtime && now - c->swap.now < SAME_SWITCH_NS;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u64 now = bpf_ktime_get_ns();
	u32 cpu = bpf_get_smp_processor_id();
	bool blocked = !preempt && state_of(prev);
	struct thread *p = prev->flags & PF_KTHREAD && is_system(prev) ? NULL : thread_of(prev);
	struct thread *n = next->flags & PF_KTHREAD && is_system(next) ? NULL : thread_of(next);
	struct cpu *c = cpu_at(cpu);
	struct host *h = host_state();

	if (!c || !h || is_known_switch(c, prev, next, now))
		return 0;
	if (__builtin_expect(c->since && c->current_task != (u64)prev, 0))
		make_up(c, cpu, prev, p, now);

	plan_next(c, cpu, next, n, now);
	c->swap.prev_task = (u64)prev;
	c->swap.prev_exec = prev->se.sum_exec_runtime;
	c->swap.next_exec = next->se.sum_exec_runtime;
	if (p && !blocked)
		c->swap.enters = starts_to_wait(c, prev, p, now);
	swap_occupant(cpu);
	if (c->swap.changed)
		book_swap(cpu);

	if (n)
		starts_to_run(c, cpu, n, now);
	if (p && blocked) {
		p->from = now;
		change_state(p, state_word(THREAD_BLOCKED, p->row), now);
	} else if (p && c->swap.enters) {
		p->visit = c->swap.entering;
		p->cpu = cpu;
		if (p->visit.slot >= SLOTS)
			add(&h->health.queue_full, 1);
		change_state(p, state_word(THREAD_WAITING, p->row), now);
	}
	return 0;
}

/* Called for every cgroup below a throttled one, on the CPU whose queue is throttled, under its lock. */
SEC("fentry/tg_throttle_down")
int BPF_PROG(on_throttle, struct task_group *group, struct rq *rq)
{
	if (!throttles_tasks() && throttle_count(group, rq->cpu) == 0)
		hold_waiters(group, rq->cpu, 1);
	return 0;
}

SEC("fentry/tg_unthrottle_up")
int BPF_PROG(on_unthrottle, struct task_group *group, struct rq *rq)
{
	if (throttle_count(group, rq->cpu) == 1)
		hold_waiters(group, rq->cpu, 0);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_rmdir, struct cgroup *cgroup)
{
	mark_removed(cgroup);
	reclaim_row();
	reclaim_row();
	return 0;
}
