/**
 * The discrete-event model: every wake-up, slice, balance and quota period of a ModelHost, as Linux 6.18 would do them
 * (EEVDF with group scheduling, PELT, select_idle_sibling, load_balance, bandwidth control). Deterministic: the same host
 * and seed give the same numbers to the bit, whatever the order in which groups and threads are listed. It does not
 * model: costs of a switch, caches and SMT siblings that slow each other, interrupts, steal, NUMA distances.
 */
import { resetAccounts, runUntil, startWorld } from './events-run.ts';
import {
  createWorld,
  defaultSettings,
  type Group,
  type SchedulerSettings,
  type World,
} from './events-world.ts';
import { treeOf } from './model-tree.ts';
import type { GroupPrediction, ModelHost, Prediction } from './scheduler-model.ts';
import { waitQuantile } from './wait-histogram.ts';
import { wantedByGroup } from './wanted.ts';

export interface EventOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Simulated time that counts; default 2 s. */
  readonly seconds?: number;
  /** Simulated time before it, for loads and placements to settle; default 0.5 s. */
  readonly warmUpSeconds?: number;
  /** What differs from `defaultSettings`. */
  readonly settings?: Partial<SchedulerSettings>;
}

export interface EventPrediction extends Prediction {
  /** Scheduling events in the time that counts: ticks, wake-ups, blocks, switches, migrations, refills. */
  readonly events: number;
}

/** Throws RangeError for a host that cannot be: see treeOf. */
export function predictEvents(host: ModelHost, options: EventOptions = {}): EventPrediction {
  const { seed = 1, seconds = 2, warmUpSeconds = 0.5 } = options;
  const tree = treeOf(host);
  const settings = { ...defaultSettings(host.cpus.cpus.length), ...options.settings };
  const world = createWorld(host, tree, seed, settings);
  startWorld(world);
  runUntil(world, warmUpSeconds * 1e9);
  resetAccounts(world);
  runUntil(world, (warmUpSeconds + seconds) * 1e9);
  const wanted = wantedByGroup(tree);
  return {
    groups: world.groups
      .slice(1)
      .map((group, i) => predictionOf(world, group, wanted[i] ?? 0, seconds * 1e9)),
    idleCores: world.cpus.reduce((sum, { idleNs }) => sum + idleNs, 0) / (seconds * 1e9),
    events: world.events,
  };
}

/** Sums of a group and all below it; waits per wake-up and rounds are its own threads' where it has any. */
function predictionOf(world: World, group: Group, wantedCores: number, ns: number): GroupPrediction {
  const below = world.groups.slice(group.index, group.end);
  const sum = (key: 'receivedNs' | 'waitedNs' | 'rounds'): number =>
    below.reduce((total, each) => total + each[key], 0);
  const [p50, p99] = [waitQuantile(group.waits, 0.5), waitQuantile(group.waits, 0.99)];
  return {
    path: group.path,
    receivedCores: sum('receivedNs') / ns,
    wantedCores,
    waitCores: sum('waitedNs') / ns,
    throttledCores: group.throttledNs / ns,
    ...(p50 !== undefined && { waitP50Ns: p50 }),
    ...(p99 !== undefined && { waitP99Ns: p99 }),
    ...(sum('rounds') > 0 && { roundsPerSecond: (sum('rounds') * 1e9) / ns }),
  };
}
