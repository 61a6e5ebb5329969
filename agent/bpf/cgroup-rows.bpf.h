/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which row of `cgroups` counts for a thread; rows of removed cgroups come back after a while. */
#ifndef CPUGAP_CGROUP_ROWS_H
#define CPUGAP_CGROUP_ROWS_H

/* Long enough for the slowest reader to see a cgroup's last counters. */
#define REMOVED_ROW_KEPT_NS 15000000000ULL

static const struct row empty_row;

/* A session's autogroup has no cgroup of its own: it lives in the root. */
static __always_inline u64 cgroup_id_of(struct task_group *group)
{
	u64 id = group->css.cgroup->kn->id;
	return id ? id : CPUGAP_ID_ROOT;
}

/* `now` is the event's: a later one would make its first piece of time negative. */
static __noinline u32 take_row(u64 id, u64 root, u64 now)
{
	struct host *h = host_state();
	struct row *r;
	u32 *known, row;

	known = bpf_map_lookup_elem(&cgroup_rows, &id);
	if (known)
		return *known;
	if (bpf_map_pop_elem(&free_rows, &row)) {
		if (h)
			add(&h->health.cgroups_full, 1);
		return ROW_UNTRACKED;
	}
	r = row_at(row);
	if (!r)
		return ROW_UNTRACKED;
	r->seen.id = id;
	r->seen.created_ns = now;
	r->seen.now_ns = now;
	r->root = root;
	if (!bpf_map_update_elem(&cgroup_rows, &id, &row, BPF_NOEXIST))
		return row;
	/* Another CPU was first. */
	bpf_map_update_elem(&cgroups, &row, &empty_row, BPF_ANY);
	bpf_map_push_elem(&free_rows, &row, 0);
	known = bpf_map_lookup_elem(&cgroup_rows, &id);
	return known ? *known : ROW_UNTRACKED;
}

static __noinline u32 find_group_row(struct task_group *group, struct thread *t, u64 now)
{
	u32 row = take_row(cgroup_id_of(group), (u64)group->css.cgroup->root, now);

	t->row = row;
	/* A full table is asked again at the next event. */
	t->group = row ? group->css.serial_nr + 1 : 0;
	return row;
}

/* The row of the thread's cgroup now, remembered in the thread. */
static __always_inline u32 row_of(struct task_struct *task, struct thread *t, u64 now)
{
	struct task_group *group = task->sched_task_group;

	if (__builtin_expect(t->group != group->css.serial_nr + 1, 0))
		return find_group_row(group, t, now);
	return t->row;
}

static __always_inline void mark_removed(struct cgroup *cgroup)
{
	u64 id = cgroup->kn->id;
	u32 *known = bpf_map_lookup_elem(&cgroup_rows, &id), row;
	struct row *r;

	if (!known)
		return;
	row = *known;
	r = row_at(row);
	/* Ids are unique within one hierarchy only. */
	if (!r || r->root != (u64)cgroup->root || r->seen.removed_ns)
		return;
	r->seen.removed_ns = bpf_ktime_get_ns();
	bpf_map_push_elem(&removed_rows, &row, 0);
}

/* Gives the oldest removed row back, when it has been readable for long enough and nobody runs in it. */
static __noinline int reclaim_row(void)
{
	u64 now = bpf_ktime_get_ns(), id;
	struct row *r;
	u32 row;

	if (bpf_map_peek_elem(&removed_rows, &row))
		return 0;
	r = row_at(row);
	if (!r || now - r->seen.removed_ns < REMOVED_ROW_KEPT_NS)
		return 0;
	if (bpf_map_pop_elem(&removed_rows, &row))
		return 0;
	r = row_at(row);
	if (!r)
		return 0;
	if (now - r->seen.removed_ns < REMOVED_ROW_KEPT_NS || r->seen.runnable) {
		bpf_map_push_elem(&removed_rows, &row, 0);
		return 0;
	}
	id = r->seen.id;
	bpf_map_delete_elem(&cgroup_rows, &id);
	bpf_map_update_elem(&cgroups, &row, &empty_row, BPF_ANY);
	bpf_map_push_elem(&free_rows, &row, 0);
	return 1;
}
#endif
