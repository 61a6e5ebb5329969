/** Loads whose truth is worth knowing. The first container of each is the one in the table, unless it says otherwise. */
import type { WorkloadSpec } from '../workloads/workload-process.ts';

export interface ScenarioContainer {
  readonly name: string;
  readonly reserved: number;
  readonly shares?: number;
  readonly quotaCores?: number;
  /** Confined to the last CPU. */
  readonly oneCpu?: boolean;
  /** Its threads run in a cgroup below it. */
  readonly nested?: boolean;
  /** A workload of bench/workloads, or the words of a program. */
  readonly load: WorkloadSpec | readonly [string, ...string[]];
}

export interface TruthScenario {
  readonly name: string;
  /** Part of the short form. */
  readonly quick?: true;
  readonly containers: readonly ScenarioContainer[];
}

const pair = { kind: 'barrier', threads: 2, workMs: 1 } as const;
const spinners = (threads: number): WorkloadSpec => ({ kind: 'spin', threads });
const loud: ScenarioContainer = { name: 'noise', reserved: 0.5, shares: 512, load: spinners(8) };

/** A thread that lives for some milliseconds, and then the next. */
const shortThreads = `const { Worker } = require('node:worker_threads');
const next = () => new Worker('for (let i = 0; i < 5e6; i++);', { eval: true }).on('exit', next);
next();`;

/** Two threads hand a message to and fro, through an event descriptor and epoll, with a little work in between. */
const echo = (port: string): string =>
  `${port}.on('message', () => { for (let i = 0; i < 1e6; i++); ${port}.postMessage(0); });`;
const messages = `const { Worker } = require('node:worker_threads');
const code = ${JSON.stringify(`const { parentPort } = require('node:worker_threads'); ${echo('parentPort')}`)};
const worker = new Worker(code, { eval: true });
${echo('worker')}
worker.postMessage(0);`;

export const truthScenarios: readonly TruthScenario[] = [
  {
    name: '1 thread beside 3, one CPU',
    quick: true,
    containers: [
      { name: 'one', reserved: 0.8, shares: 512, oneCpu: true, load: spinners(1) },
      { name: 'three', reserved: 0.2, shares: 1024, oneCpu: true, load: spinners(3) },
    ],
  },
  {
    name: '1 thread beside 8, all CPUs',
    containers: [
      { name: 'one', reserved: 1, shares: 1024, load: spinners(1) },
      { ...loud, shares: 1024 },
    ],
  },
  {
    name: '1 thread beside two neighbours',
    containers: [
      { name: 'one', reserved: 1, load: spinners(1) },
      { name: 'loud', reserved: 0.5, load: spinners(3) },
      { name: 'louder', reserved: 0.5, shares: 2048, load: spinners(3) },
    ],
  },
  {
    name: '40 threads beside 1',
    containers: [
      { name: 'many', reserved: 1, load: spinners(40) },
      { name: 'one', reserved: 1, load: spinners(1) },
    ],
  },
  { name: 'barrier pair alone', containers: [{ name: 'pair', reserved: 1.5, shares: 1536, load: pair }] },
  {
    name: 'barrier pair beside 8',
    quick: true,
    containers: [{ name: 'pair', reserved: 1.5, shares: 1536, load: pair }, loud],
  },
  {
    name: 'pipeline of 4 beside 8',
    containers: [
      { name: 'pipe', reserved: 1, shares: 1024, load: { kind: 'pipeline', threads: 4, workMs: 0.5 } },
      loud,
    ],
  },
  {
    name: 'lock convoy of 4 beside 8',
    containers: [
      { name: 'convoy', reserved: 1, shares: 1024, load: { kind: 'convoy', threads: 4, workMs: 0.5 } },
      loud,
    ],
  },
  {
    name: 'pipe of 2 programs beside 8',
    containers: [{ name: 'pipe', reserved: 1, load: ['sh', '-c', 'cat /dev/zero | md5sum'] }, loud],
  },
  {
    name: 'messages through epoll beside 8',
    containers: [{ name: 'epoll', reserved: 1, load: [process.execPath, '-e', messages] }, loud],
  },
  {
    name: 'burst of 10 threads',
    containers: [
      { name: 'burst', reserved: 1, load: { kind: 'burst', threads: 10, workMs: 10, everyMs: 500 } },
    ],
  },
  {
    name: 'throttled, 1 thread',
    quick: true,
    containers: [{ name: 'capped', reserved: 1, quotaCores: 0.5, load: spinners(1) }],
  },
  {
    name: 'throttled, 4 threads beside 1',
    containers: [
      { name: 'capped', reserved: 1.5, quotaCores: 1, load: spinners(4) },
      { name: 'other', reserved: 0.5, load: spinners(1) },
    ],
  },
  {
    name: 'throttled by the pod, 2 threads in a child cgroup',
    containers: [{ name: 'pod', reserved: 1, quotaCores: 0.5, nested: true, load: spinners(2) }],
  },
  {
    name: 'threads in a child cgroup beside 8',
    quick: true,
    containers: [{ name: 'pod', reserved: 1, nested: true, load: spinners(1) }, loud],
  },
  {
    name: '4 sleepers woken at 1 kHz beside 8',
    quick: true,
    containers: [
      { name: 'sleepers', reserved: 1, load: { kind: 'duty', threads: 4, workMs: 0.05, everyMs: 1 } },
      loud,
    ],
  },
  {
    name: 'short-lived threads beside 2',
    containers: [
      { name: 'threads', reserved: 1, load: [process.execPath, '-e', shortThreads] },
      { name: 'noise', reserved: 0.5, load: spinners(2) },
    ],
  },
  {
    name: 'forks beside 2',
    quick: true,
    containers: [
      { name: 'forks', reserved: 1, load: ['sh', '-c', 'while :; do /bin/true; done'] },
      { name: 'noise', reserved: 0.5, load: spinners(2) },
    ],
  },
];
