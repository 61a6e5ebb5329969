/** What threads do when their work is done, and when they begin. */
import { chooseCpu, preemptFor } from './events-placement.ts';
import { dequeueThread, enqueueThread, resumeDelayed, settle } from './events-queueing.ts';
import { mustPick, wakeSlot, type Cpu, type Thread, type World } from './events-world.ts';

/** Between the two meetings of a barrier: counting, and asking the kernel to sleep. */
const betweenMeetingsNs = 2_000;

/** Threads come up one after the other, as a program starts them, and first run where the fewest are. */
export function startThread(world: World, thread: Thread): void {
  const { program } = thread.origin;
  settle(world, thread, emptiest(thread));
  if (program.kind === 'duty') {
    thread.nextStartNs = world.nowNs + Math.floor(world.random() * program.everyNs);
    world.heap.set(wakeSlot(world, thread), thread.nextStartNs);
    return;
  }
  thread.remainingNs = program.kind === 'spin' ? Infinity : jittered(world, program.workNs);
  thread.load = 1024;
  thread.loadAtNs = world.nowNs;
  enqueueThread(world, thread, true);
  mustPick(world, thread.cpu);
}

function emptiest({ allowed, cpu: first }: Thread): Cpu {
  let best = first;
  for (const cpu of allowed) if (cpu.root.runnable < best.root.runnable) best = cpu;
  return best;
}

/** A thread that sleeps begins its next piece of work. */
export function wake(world: World, thread: Thread, waker: Cpu): void {
  world.events += 1;
  thread.wakeWaitNs = 0;
  if (thread.entity.delayed) {
    resumeDelayed(world, thread);
  } else {
    settle(world, thread, chooseCpu(world, thread, waker));
    enqueueThread(world, thread);
  }
  preemptFor(world, thread);
}

/** The timer of a duty thread. */
export function beginDuty(world: World, thread: Thread): void {
  const { program } = thread.origin;
  if (program.kind !== 'duty') return;
  thread.remainingNs = jittered(world, program.workNs);
  world.heap.remove(wakeSlot(world, thread));
  wake(world, thread, thread.cpu);
}

/** The running thread has done its work. */
export function finishWork(world: World, thread: Thread): void {
  const { program } = thread.origin;
  switch (program.kind) {
    case 'spin':
      return;
    case 'duty':
      thread.group.rounds += 1;
      thread.nextStartNs += program.arrivals === 'poisson' ? pause(world, program.everyNs) : program.everyNs;
      if (thread.nextStartNs <= world.nowNs) thread.remainingNs = jittered(world, program.workNs);
      else {
        world.heap.set(wakeSlot(world, thread), thread.nextStartNs);
        block(world, thread);
      }
      return;
    case 'barrier':
      meet(world, thread, program.workNs);
      return;
    default:
      program satisfies never;
  }
}

/** Exponentially distributed, so that beginnings are a Poisson process. */
const pause = (world: World, meanNs: number): number =>
  Math.max(1, Math.round(-meanNs * Math.log(1 - world.random())));

/** The last to come wakes the others; a round counts for each of its threads' groups once. */
function meet(world: World, thread: Thread, workNs: number): void {
  const { set, cpu } = thread;
  if (!set) return;
  set.arrived += 1;
  if (set.arrived < set.threads.length) {
    block(world, thread);
    return;
  }
  set.arrived = 0;
  const meeting = (thread.meeting + 1) % set.meetings;
  if (meeting === 0) countRound(set.threads);
  for (const other of set.threads) {
    other.meeting = meeting;
    other.remainingNs = meeting === 0 ? jittered(world, workOf(other, workNs)) : betweenMeetingsNs;
  }
  for (const other of set.threads) if (other !== thread) wake(world, other, cpu);
}

const jittered = ({ random, settings }: World, ns: number): number =>
  Math.max(1, Math.round(ns * (1 + settings.jitter * (2 * random() - 1))));

function workOf({ origin }: Thread, otherwise: number): number {
  return origin.program.kind === 'barrier' ? origin.program.workNs : otherwise;
}

function countRound(threads: readonly Thread[]): void {
  let last: Thread | undefined;
  // Threads stand in the order of their groups.
  for (const thread of threads) {
    if (thread.group !== last?.group) thread.group.rounds += 1;
    last = thread;
  }
}

function block(world: World, thread: Thread): void {
  world.events += 1;
  dequeueThread(world, thread, true);
  mustPick(world, thread.cpu);
}
