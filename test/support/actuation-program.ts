/**
 * A program: carries out a plan on real cgroups, and kills itself with SIGKILL before the n-th change to any file. Its
 * argument is JSON; it prints the result.
 */
import { readFileSync } from 'node:fs';
import { readBootId } from '../../host/boot-id.ts';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import { defaultRoots } from '../../host/roots.ts';
import { nodeWriteCalls, type WriteCalls } from '../../host/write-calls.ts';
import { applyPlan } from '../../tuner/actuation/apply-plan.ts';
import { restore } from '../../tuner/actuation/restore.ts';
import type { Plan } from '../../tuner/plan/plan.ts';
import { lockState } from '../../tuner/state/state-lock.ts';

export interface ProgramInput {
  readonly stateFolder: string;
  readonly plan: Plan;
  /** 0: never. */
  readonly killAt: number;
  readonly thenRestore: boolean;
}

const input = JSON.parse(process.argv[2] ?? '{}', (key, value: unknown) =>
  key === 'cgroupId' ? BigInt(value as string) : value,
) as ProgramInput;

let changes = 0;
const killing = <Args extends unknown[]>(act: (...args: Args) => void) => {
  return (...args: Args): void => {
    changes += 1;
    if (changes === input.killAt) process.kill(process.pid, 'SIGKILL');
    act(...args);
  };
};
const calls: WriteCalls = {
  ...nodeWriteCalls,
  open: (path, how) => {
    if (how === 'create') killing(() => undefined)();
    return nodeWriteCalls.open(path, how);
  },
  write: killing((fd: number, text: string) => {
    nodeWriteCalls.write(fd, text);
  }),
  sync: async (path) => {
    killing(() => undefined)();
    await nodeWriteCalls.sync(path);
  },
  rename: killing((from: string, to: string) => {
    nodeWriteCalls.rename(from, to);
  }),
  remove: killing((path: string) => {
    nodeWriteCalls.remove(path);
  }),
};

const lock = await lockState(input.stateFolder);
const host = {
  layout: readCgroupLayout(defaultRoots)!,
  stateFolder: input.stateFolder,
  bootId: readBootId('/proc')!,
  calls,
};
const result = await applyPlan(host, input.plan, { apply: true });
const report = input.thenRestore ? await restore(host) : undefined;
await lock.release();
console.log(
  JSON.stringify({
    capabilities: /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
    changes,
    result: { kind: result.kind, ...('why' in result && { why: result.why }) },
    report,
  }),
);
