/**
 * The simulated machine: CPUs with queues, threads that run, wait and sleep, quotas, a balancer that guesses.
 * Event-driven: between two events nothing changes, so every integral is exact.
 */
import { Cpu } from './cpu.ts';
import {
  attach,
  detach,
  isBehind,
  pickThread,
  raiseMinVruntime,
  throttle,
  weightOf,
  type Entity,
  type Group,
  type GroupQueue,
} from './group.ts';
import { createGroups } from './group-tree.ts';
import { chooseCpu, movableThreads } from './placement.ts';
import { startWorkload } from './programs.ts';
import { createRandom, pickOne, spread, type Random } from './random.ts';
import {
  defaultEmission,
  defaultScheduling,
  type HostSpec,
  type Scheduling,
  type StealSpec,
} from './spec.ts';
import { Thread, type Step, type ThreadOrigin, type ThreadWorld } from './thread.ts';
import { Timers } from './timers.ts';
import { ContainerTruth } from './truth.ts';
import { advanceTruth } from './truth-accounting.ts';

export class Machine implements ThreadWorld {
  now = 0;
  readonly random: Random;
  readonly cpus: readonly Cpu[];
  /** In path order, parents first. */
  readonly groups: readonly Group[];
  readonly truths = new Map<Group, ContainerTruth>();
  private readonly scheduling: Scheduling;
  private readonly tickNs: number;
  private readonly timers = new Timers();
  private readonly limited: readonly Group[];
  private nextTid = 1000;

  constructor(spec: HostSpec) {
    const emission = { ...defaultEmission, ...spec.emission };
    this.tickNs = emission.accountingTickNs;
    this.random = createRandom(spec.seed);
    this.scheduling = { ...defaultScheduling, ...spec.scheduling };
    this.cpus = Array.from({ length: spec.cpuCount }, (_, index) => new Cpu(index));
    const roots = this.cpus.map((cpu) => cpu.root);
    this.groups = createGroups(spec, roots, emission.jiffyNs);
    for (const { path } of spec.containers) this.truths.set(this.groupAt(path), new ContainerTruth());
    this.limited = this.groups.filter((group) => group.quotaNs < Infinity);
    for (const group of this.limited) this.scheduleRefill(group);
    for (const steal of spec.steal ?? []) this.scheduleSteal(steal);
    this.scheduleBalance();
    this.startThreads(spec);
  }

  runUntil(time: number): void {
    for (;;) {
      this.settle();
      if (this.now >= time) return;
      this.advance(Math.min(time, this.nextEvent()) - this.now);
    }
  }

  spawn(origin: ThreadOrigin): Thread {
    const cpu = pickOne(this.random, origin.allowed);
    if (cpu === undefined) throw new Error('a thread has no CPU to run on');
    const thread = new Thread(this.nextTid++, origin, cpu, this.now);
    origin.group?.threads.add(thread);
    if (origin.first.kind === 'run') this.wakeToRun(thread, origin.first.ns);
    else this.follow(thread, origin.first);
    return thread;
  }

  wake(thread: Thread, waker: Thread): void {
    if (thread.group !== undefined && waker.group === thread.group) this.recordInduced(thread, waker);
    this.enqueue(thread, this.chooseCpu(thread));
  }

  private groupAt(path: string): Group {
    return this.groups.find((group) => group.path === path)!;
  }

  private startThreads(spec: HostSpec): void {
    for (const { path, workloads } of spec.containers) {
      const group = this.groupAt(path);
      for (const workload of workloads) startWorkload(this, { group, cpus: group.cpus }, workload);
    }
    const everywhere = this.cpus.map((cpu) => cpu.index);
    for (const workload of spec.system ?? []) {
      startWorkload(this, { group: undefined, cpus: everywhere }, workload);
    }
  }

  // Events

  private nextEvent(): number {
    let next = this.timers.first;
    for (const cpu of this.cpus) next = Math.min(next, this.nextEventOn(cpu));
    for (const group of this.groups) next = Math.min(next, group.pressure.dueAt);
    for (const group of this.limited) next = Math.min(next, this.exhaustionOf(group));
    return next;
  }

  private nextEventOn(cpu: Cpu): number {
    if (cpu.current === undefined || cpu.stolen) return Infinity;
    const sliceLeft = this.isContended(cpu.current) ? this.scheduling.sliceNs - cpu.ranNs : Infinity;
    return this.now + Math.min(cpu.current.remainingNs, Math.max(0, sliceLeft));
  }

  /** Whether anybody else could run in its place. */
  private isContended(thread: Thread): boolean {
    for (let queue: GroupQueue | undefined = this.queueOf(thread); queue; queue = queue.parent) {
      if (queue.entities.length > 1) return true;
    }
    return false;
  }

  private exhaustionOf(group: Group): number {
    let burning = 0;
    for (const queue of group.queues) if (queue.running && !this.cpus[queue.cpu]!.stolen) burning += 1;
    return burning === 0 ? Infinity : this.now + Math.max(0, Math.ceil(group.runtimeLeftNs / burning));
  }

  /** Handles everything that is due now, until nothing is. */
  private settle(): void {
    let changed = true;
    while (changed) {
      changed = this.timers.first <= this.now;
      this.timers.fireDue(this.now);
      for (const cpu of this.cpus) changed = this.finishWork(cpu) || changed;
      for (const group of this.limited) this.throttleExhausted(group);
      for (const cpu of this.cpus) changed = this.repick(cpu) || changed;
      for (const { pressure } of this.groups)
        if (pressure.dueAt <= this.now) pressure.collectPeriodically(this.now);
    }
  }

  private finishWork(cpu: Cpu): boolean {
    const thread = cpu.current;
    if (thread === undefined || cpu.stolen || thread.remainingNs > 0 || thread.state !== 'running')
      return false;
    this.follow(thread, thread.program(this, thread));
    return true;
  }

  private follow(thread: Thread, step: Step): void {
    switch (step.kind) {
      case 'run':
        thread.remainingNs = step.ns;
        return;
      case 'sleep':
        thread.remainingNs = step.thenRunNs;
        if (step.untilNs <= this.now && thread.state === 'running') return;
        this.block(thread);
        this.timers.set(step.untilNs, () => {
          this.enqueue(thread, this.chooseCpu(thread));
        });
        return;
      case 'block':
        thread.remainingNs = step.thenRunNs;
        this.block(thread);
        return;
      case 'exit':
        this.block(thread);
        thread.state = 'exited';
        thread.group?.threads.delete(thread);
        return;
      default:
        step satisfies never;
    }
  }

  // Queues

  private queueOf(thread: Thread): GroupQueue {
    return thread.group?.queues[thread.cpu] ?? this.cpus[thread.cpu]!.root;
  }

  /** From the CPU's root queue down to the thread. */
  private chainOf(thread: Thread): readonly Entity[] {
    const chain: Entity[] = [thread];
    for (let queue: GroupQueue | undefined = this.queueOf(thread); queue; queue = queue.parent)
      chain.push(queue);
    return chain.reverse();
  }

  private wakeToRun(thread: Thread, ns: number): void {
    thread.remainingNs = ns;
    this.enqueue(thread, this.chooseCpu(thread));
  }

  private enqueue(thread: Thread, cpuIndex: number): void {
    thread.cpu = cpuIndex;
    thread.beginWait(this.now);
    this.putOnQueue(thread, this.scheduling.sliceNs / 2);
  }

  private putOnQueue(thread: Thread, creditNs: number): void {
    for (let group = thread.group; group !== undefined; group = group.parent) {
      group.pressure.wakeClock(this.now);
      group.queues[thread.cpu]!.queued += 1;
      if (group.exhausted) throttle(group.queues[thread.cpu]!);
    }
    attach(this.queueOf(thread), thread, creditNs);
    const cpu = this.cpus[thread.cpu]!;
    const lead = this.scheduling.sliceNs / 3;
    if (cpu.current === undefined || isBehind(this.chainOf(thread), this.chainOf(cpu.current), lead)) {
      cpu.mustPick = true;
    }
  }

  private takeOffQueue(thread: Thread): void {
    for (let group = thread.group; group !== undefined; group = group.parent)
      group.queues[thread.cpu]!.queued -= 1;
    detach(this.queueOf(thread), thread);
  }

  private block(thread: Thread): void {
    if (thread.state === 'running') {
      this.takeOffQueue(thread);
      this.setCurrent(this.cpus[thread.cpu]!, undefined);
    }
    thread.state = 'blocked';
    thread.blockedSince = this.now;
  }

  private setCurrent(cpu: Cpu, thread: Thread | undefined): void {
    for (let group = cpu.current?.group; group; group = group.parent)
      group.queues[cpu.index]!.running = false;
    cpu.current = thread;
    cpu.ranNs = 0;
    cpu.unaccountedNs = 0;
    cpu.mustPick = thread === undefined;
    for (let group = thread?.group; group; group = group.parent) group.queues[cpu.index]!.running = true;
  }

  private throttleExhausted(group: Group): void {
    if (!group.exhausted) return;
    for (const queue of group.queues) {
      if (queue.queued === 0 || queue.throttled) continue;
      throttle(queue);
      if (queue.running) this.cpus[queue.cpu]!.mustPick = true;
    }
  }

  /** Lets the queues decide who runs; false when nothing changed. */
  private repick(cpu: Cpu): boolean {
    const current = cpu.current;
    if (current !== undefined && cpu.stolen) return false;
    if (!cpu.mustPick && cpu.ranNs < this.scheduling.sliceNs) return false;
    cpu.mustPick = false;
    const next = pickThread(cpu.root) ?? this.pullTo(cpu);
    cpu.ranNs = 0;
    if (next === current) return false;
    if (current !== undefined) current.beginWait(this.now);
    this.setCurrent(cpu, next);
    cpu.mustPick = false;
    next?.endWait(this.now);
    return true;
  }

  // Placement

  private chooseCpu(thread: Thread): number {
    return chooseCpu(thread, this.cpus, this.scheduling, this.random);
  }

  private move(thread: Thread, to: Cpu): void {
    const lag = thread.vruntime - this.queueOf(thread).minVruntime;
    this.takeOffQueue(thread);
    thread.moveTo(to.index, this.now);
    thread.vruntime = this.queueOf(thread).minVruntime + lag;
    this.putOnQueue(thread, Infinity);
  }

  private pullTo(cpu: Cpu): Thread | undefined {
    if (this.random() >= this.scheduling.pullWhenIdle) return undefined;
    const candidates = this.cpus.flatMap((from) => (from === cpu ? [] : movableThreads(from, cpu)));
    const thread = pickOne(this.random, candidates);
    if (thread === undefined) return undefined;
    this.move(thread, cpu);
    return pickThread(cpu.root);
  }

  private balance(): void {
    const to = pickOne(this.random, this.cpus)!;
    const from = pickOne(this.random, this.cpus)!;
    if (from === to) return;
    const candidates = movableThreads(from, to);
    const mine = movableThreads(to, to).length;
    const thread = pickOne(this.random, candidates);
    if (thread === undefined) return;
    if (candidates.length > mine || this.random() < this.scheduling.randomMove) this.move(thread, to);
  }

  private scheduleBalance(): void {
    this.timers.set(this.now + spread(this.random, this.scheduling.balanceEveryNs, 0.5), () => {
      this.balance();
      this.scheduleBalance();
    });
  }

  private scheduleRefill(group: Group): void {
    this.timers.set(this.now + group.periodNs, () => {
      group.refill();
      for (const cpu of this.cpus) cpu.mustPick = true;
      this.scheduleRefill(group);
    });
  }

  private scheduleSteal(steal: StealSpec): void {
    const cpu = this.cpus[steal.cpu]!;
    const length = Math.min(steal.periodNs - 1, spread(this.random, steal.lengthNs, steal.jitter ?? 0));
    const start = this.now + Math.floor(this.random() * (steal.periodNs - length));
    this.timers.set(start, () => (cpu.stolen = true));
    this.timers.set(start + length, () => {
      cpu.stolen = false;
      cpu.mustPick = true;
    });
    this.timers.set(this.now + steal.periodNs, () => {
      this.scheduleSteal(steal);
    });
  }

  // Accounting

  private advance(ns: number): void {
    for (const [group, truth] of this.truths) advanceTruth(truth, group, this.cpus, ns);
    for (const group of this.groups) group.advanceWaiting(ns);
    for (const cpu of this.cpus) this.advanceCpu(cpu, ns);
    this.now += ns;
  }

  private advanceCpu(cpu: Cpu, ns: number): void {
    const thread = cpu.current;
    if (thread === undefined) cpu.idleNs += ns;
    else if (cpu.stolen) cpu.stealNs += ns;
    else this.advanceRunning(cpu, thread, ns);
  }

  private advanceRunning(cpu: Cpu, thread: Thread, ns: number): void {
    if (thread.group === undefined) cpu.systemNs += ns;
    else cpu.userNs += ns;
    cpu.ranNs += ns;
    if (this.tickNs > 0) cpu.unaccountedNs = Math.min(cpu.unaccountedNs + ns, (this.now + ns) % this.tickNs);
    thread.runNs += ns;
    thread.remainingNs -= ns;
    thread.vruntime += ns;
    raiseMinVruntime(this.queueOf(thread));
    for (let group = thread.group; group; group = group.parent) {
      const queue = group.queues[cpu.index]!;
      group.usageNs += ns;
      group.runtimeLeftNs -= ns;
      queue.vruntime += (ns * 1024) / weightOf(queue);
      raiseMinVruntime(queue.parent!);
    }
  }

  private recordInduced(sleeper: Thread, waker: Thread): void {
    const from = Math.max(sleeper.blockedSince, waker.lastWait.from);
    const to = Math.min(this.now, waker.lastWait.to);
    if (to > from) this.truths.get(waker.group!)?.induce({ from, to });
  }
}
