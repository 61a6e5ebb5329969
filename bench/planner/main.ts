/** How long a plan takes, by size of the node: `npm run bench:planner`. */
import { cpus as hostCpus, release } from 'node:os';
import { planWrites, type PlanInput } from '../../tuner/plan/plan-writes.ts';
import { planInputOf, type NodeSize } from './planned-node.ts';

const sizes: readonly NodeSize[] = [
  { version: 'v2', cpus: 8, pods: 20 },
  { version: 'v2', cpus: 64, pods: 110 },
  { version: 'v2', cpus: 256, pods: 250 },
  { version: 'v1', cpus: 8, pods: 20 },
  { version: 'v1', cpus: 64, pods: 110 },
  { version: 'v1', cpus: 256, pods: 250 },
];

const rounds = 30;

interface Times {
  /** By the wall clock, which other processes lengthen, and on a CPU; ascending. */
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
}

function timePlans(input: PlanInput): Times {
  const times = Array.from({ length: rounds }, () => {
    const [start, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
    planWrites(input);
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs: Number(process.hrtime.bigint() - start) / 1e6, cpuMs: (user + system) / 1e3 };
  });
  const ascending = (each: keyof Times): readonly number[] =>
    times.map((time) => time[each]).sort((a, b) => a - b);
  return { wallMs: ascending('wallMs'), cpuMs: ascending('cpuMs') };
}

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1).padStart(10);

console.log(`Linux ${release()}, ${hostCpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}`);
console.log('cgroup  CPUs  pods  wanted  writes  refused  median ms    p90 ms  median CPU ms');
for (const size of sizes) {
  const input = planInputOf(size);
  const { writes, refused } = planWrites(input);
  const { wallMs, cpuMs } = timePlans(input);
  const counts = [size.cpus, size.pods].map((count) => `${count}`.padStart(6)).join('');
  const found = [input.wanted.length, writes.length, refused.length].map((n) => `${n}`.padStart(8)).join('');
  console.log(
    `${size.version.padEnd(6)}${counts}${found}${at(wallMs, 0.5)}${at(wallMs, 0.9)}${at(cpuMs, 0.5).padStart(15)}`,
  );
}
