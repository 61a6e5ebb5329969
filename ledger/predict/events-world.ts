/**
 * What the discrete-event model is made of. Everything is made once, before the first event: the run allocates nothing.
 * Times are nanoseconds since the start, loads and weights in the scheduler's unit (1024: a thread at nice 0).
 */
import { createEventHeap, type EventHeap } from './event-heap.ts';
import type { ModelTree, TreeGroup, TreeThread } from './model-tree.ts';
import { createRandom, type Random } from './random.ts';
import type { ModelHost } from './scheduler-model.ts';
import { createWaitHistogram, type WaitHistogram } from './wait-histogram.ts';

/** The kernel's tunables. */
export interface SchedulerSettings {
  /** 1 / CONFIG_HZ: how often a running thread's slice is looked at. */
  readonly tickNs: number;
  readonly sliceNs: number;
  /** What a CPU takes of a quota at a time (sched_cfs_bandwidth_slice_us). */
  readonly bandwidthSliceNs: number;
  /** A thread that ran this lately stays with its cache (sched_migration_cost_ns). */
  readonly hotNs: number;
  /** How much pieces of work differ, as a part of them, either way: without it, work and ticks would run in step. */
  readonly jitter: number;
}

/** Linux 6.18 with 250 Hz, which Debian and most distributions build; the slice grows with the number of CPUs up to 8. */
export function defaultSettings(cpuCount: number): SchedulerSettings {
  const scale = 1 + Math.floor(Math.log2(Math.min(8, Math.max(1, cpuCount))));
  return {
    tickNs: 4_000_000,
    sliceNs: 700_000 * scale,
    bandwidthSliceNs: 5_000_000,
    hotNs: 500_000,
    jitter: 0.02,
  };
}

/** What a queue schedules: a thread, or the queue of a group on the same CPU. */
export interface Entity {
  /** The queue it is on, or was on last; changes when a thread migrates. */
  queue: Queue;
  readonly thread: Thread | undefined;
  /** Set for a group's entity. */
  readonly owned: Queue | undefined;
  readonly idle: boolean;
  next: Entity | undefined;
  previous: Entity | undefined;
  onQueue: boolean;
  /** Asleep, but kept on the queue until it has paid for what it got too early (DELAY_DEQUEUE). */
  delayed: boolean;
  weight: number;
  vruntime: number;
  deadline: number;
  /** Virtual time it was owed when it left the queue. */
  lag: number;
  /** Of the deadline, what was left when it migrated; -1: a deadline of its own is due. */
  relativeDeadline: number;
}

/** A group on one CPU; the root's queue of a CPU has no entity. */
export interface Queue {
  readonly group: Group;
  readonly cpu: Cpu;
  readonly entity: Entity | undefined;
  first: Entity | undefined;
  /** The one that is running, it or something below it; it stays on the list. */
  current: Entity | undefined;
  count: number;
  weight: number;
  /** Virtual time that an empty queue goes on from. */
  zero: number;
  /** Runnable threads here and below, those behind a throttled queue left out; and those of them in idle groups. */
  runnable: number;
  idleRunnable: number;
  load: number;
  loadAtNs: number;
  /** What of `load` is part of the group's. */
  contribution: number;
  runtimeNs: number;
  throttled: boolean;
  /** Throttled queues from here to the root. */
  throttleDepth: number;
  throttledAtNs: number;
}

export interface Group {
  readonly index: number;
  readonly path: string;
  readonly shares: number;
  readonly idle: boolean;
  /** Undefined: the root. */
  readonly parent: Group | undefined;
  /** One past the last group below it. */
  readonly end: number;
  readonly queues: Queue[];
  readonly threads: Thread[];
  readonly quotaNs: number;
  readonly periodNs: number;
  readonly burstNs: number;
  poolNs: number;
  load: number;
  receivedNs: number;
  waitedNs: number;
  throttledNs: number;
  rounds: number;
  readonly waits: WaitHistogram;
}

export interface Cpu {
  readonly index: number;
  readonly number: number;
  /** CPUs that share its cache, itself among them. */
  domain: readonly Cpu[];
  root: Queue;
  current: Thread | undefined;
  runningSinceNs: number;
  idleSinceNs: number;
  idleNs: number;
  mustPick: boolean;
  nextBalanceNs: number;
  nextWideBalanceNs: number;
  failedBalances: number;
}

export interface Thread {
  readonly index: number;
  readonly group: Group;
  readonly origin: TreeThread;
  entity: Entity;
  readonly allowed: readonly Cpu[];
  readonly isAllowed: Uint8Array;
  readonly set: BarrierSet | undefined;
  cpu: Cpu;
  runnable: boolean;
  remainingNs: number;
  /** Of a round: what it is to begin by the schedule, or the meeting that it is at. */
  nextStartNs: number;
  meeting: number;
  load: number;
  loadAtNs: number;
  lastRanNs: number;
  /** -1 while it does not wait. */
  waitSinceNs: number;
  /** Waited since it woke; -1 when it has run since. */
  wakeWaitNs: number;
}

export interface BarrierSet {
  readonly threads: Thread[];
  readonly meetings: number;
  arrived: number;
}

export interface World {
  nowNs: number;
  readonly settings: SchedulerSettings;
  readonly random: Random;
  readonly heap: EventHeap;
  readonly cpus: readonly Cpu[];
  /** The root first, then those of the tree in its order. */
  readonly groups: readonly Group[];
  readonly threads: readonly Thread[];
  readonly hasManyDomains: boolean;
  /** CPUs that must pick, in the order in which that came up. */
  readonly picks: Int32Array;
  pickCount: number;
  idleCpus: number;
  /** Ticks, wake-ups, blocks, switches, migrations and refills so far. */
  events: number;
}

/** Slots of the heap: per CPU when its work is done and its tick, per thread when it wakes, per group its period. */
export const doneSlot = (cpu: Cpu): number => cpu.index;
export const tickSlot = (world: World, cpu: Cpu): number => world.cpus.length + cpu.index;
export const wakeSlot = (world: World, thread: Thread): number => 2 * world.cpus.length + thread.index;
export const periodSlot = (world: World, group: Group): number =>
  2 * world.cpus.length + world.threads.length + group.index;

/** When runtime that was given back is handed out. */
export const slackSlot = (world: World, group: Group): number =>
  periodSlot(world, group) + world.groups.length;

/** The CPU looks anew for whom to run, as soon as the event at hand is done with. */
export function mustPick(world: World, cpu: Cpu): void {
  if (cpu.mustPick) return;
  cpu.mustPick = true;
  world.picks[world.pickCount] = cpu.index;
  world.pickCount += 1;
}

export function createWorld(
  host: ModelHost,
  tree: ModelTree,
  seed: number,
  settings: SchedulerSettings,
): World {
  const cpus = createCpus(host);
  const groups = createGroups(tree.groups, cpus);
  const threads = createThreads(tree.threads, groups, cpus);
  return {
    nowNs: 0,
    settings,
    random: createRandom(seed),
    heap: createEventHeap(2 * cpus.length + threads.length + 2 * groups.length),
    cpus,
    groups,
    threads,
    hasManyDomains: cpus.some(({ domain }) => domain.length < cpus.length),
    picks: new Int32Array(cpus.length),
    pickCount: 0,
    idleCpus: cpus.length,
    events: 0,
  };
}

function createCpus(host: ModelHost): readonly Cpu[] {
  const cpus = host.cpus.cpus.map(createCpu);
  const domains = host.cacheDomains ?? [host.cpus];
  for (const cpu of cpus) {
    const numbers = new Set(domains.find((domain) => domain.cpus.includes(cpu.number))?.cpus ?? [cpu.number]);
    cpu.domain = cpus.filter((other) => numbers.has(other.number));
  }
  return cpus;
}

function createCpu(number: number, index: number): Cpu {
  return {
    index,
    number,
    domain: [],
    // Set below: a queue needs its CPU.
    root: undefined as unknown as Queue,
    current: undefined,
    runningSinceNs: 0,
    idleSinceNs: 0,
    idleNs: 0,
    mustPick: false,
    nextBalanceNs: 0,
    nextWideBalanceNs: 0,
    failedBalances: 0,
  };
}

function createGroups(tree: readonly TreeGroup[], cpus: readonly Cpu[]): readonly Group[] {
  const root = createGroup({ path: '', shares: 1024, idle: false, end: tree.length }, 0, undefined);
  for (const cpu of cpus) {
    cpu.root = createQueue(root, cpu, undefined);
    root.queues.push(cpu.root);
  }
  const groups = [root];
  for (const [i, spec] of tree.entries()) {
    const parent = groups[spec.parent + 1] ?? root;
    const group = createGroup(spec, i + 1, parent);
    for (const cpu of cpus) group.queues.push(createQueue(group, cpu, parent.queues[cpu.index]));
    groups.push(group);
  }
  return groups;
}

type GroupSpec = Pick<TreeGroup, 'path' | 'shares' | 'idle' | 'end'> & Partial<Pick<TreeGroup, 'quota'>>;

function createGroup(spec: GroupSpec, index: number, parent: Group | undefined): Group {
  const { quotaNs = Infinity, periodNs = 100_000_000, burstNs = 0 } = spec.quota ?? {};
  return {
    index,
    path: spec.path,
    shares: spec.shares,
    idle: spec.idle,
    parent,
    end: spec.end + 1,
    queues: [],
    threads: [],
    quotaNs,
    periodNs,
    burstNs,
    poolNs: quotaNs,
    load: 0,
    receivedNs: 0,
    waitedNs: 0,
    throttledNs: 0,
    rounds: 0,
    waits: createWaitHistogram(),
  };
}

function createQueue(group: Group, cpu: Cpu, parent: Queue | undefined): Queue {
  const queue: Mutable<Queue> = {
    group,
    cpu,
    entity: undefined,
    first: undefined,
    current: undefined,
    count: 0,
    weight: 0,
    zero: 0,
    runnable: 0,
    idleRunnable: 0,
    load: 0,
    loadAtNs: 0,
    contribution: 0,
    runtimeNs: 0,
    throttled: false,
    throttleDepth: 0,
    throttledAtNs: 0,
  };
  if (parent) queue.entity = createEntity(parent, undefined, queue, group.idle);
  return queue;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function createEntity(
  queue: Queue,
  thread: Thread | undefined,
  owned: Queue | undefined,
  idle: boolean,
): Entity {
  return {
    queue,
    thread,
    owned,
    idle,
    next: undefined,
    previous: undefined,
    onQueue: false,
    delayed: false,
    weight: 1024,
    vruntime: 0,
    deadline: 0,
    lag: 0,
    relativeDeadline: -1,
  };
}

function createThreads(
  tree: readonly TreeThread[],
  groups: readonly Group[],
  cpus: readonly Cpu[],
): readonly Thread[] {
  const sets = new Map<string, BarrierSet>();
  return tree.map((origin, index) => {
    const group = groups[origin.group + 1];
    const numbers = new Set(origin.cpus);
    const allowed = cpus.filter(({ number }) => numbers.has(number));
    const [cpu] = allowed;
    const queue = group?.queues[cpu?.index ?? -1];
    if (!group || !cpu || !queue) throw new RangeError(`a thread of ${group?.path ?? '?'} has no CPU`);
    const thread: Thread = {
      index,
      group,
      origin,
      // Set below: an entity needs its thread.
      entity: undefined as unknown as Entity,
      allowed,
      isAllowed: Uint8Array.from(cpus, ({ number }) => Number(numbers.has(number))),
      set: barrierSetOf(origin, sets),
      cpu,
      runnable: false,
      remainingNs: 0,
      nextStartNs: 0,
      meeting: 0,
      load: 0,
      loadAtNs: 0,
      lastRanNs: 0,
      waitSinceNs: -1,
      wakeWaitNs: -1,
    };
    thread.entity = createEntity(queue, thread, undefined, false);
    thread.set?.threads.push(thread);
    group.threads.push(thread);
    return thread;
  });
}

/** Threads of one set meet across groups. */
function barrierSetOf({ program }: TreeThread, sets: Map<string, BarrierSet>): BarrierSet | undefined {
  if (program.kind !== 'barrier') return undefined;
  const known = sets.get(program.set);
  if (known) return known;
  const made: BarrierSet = { threads: [], meetings: program.meetings ?? 1, arrived: 0 };
  sets.set(program.set, made);
  return made;
}
