/**
 * A CPU that falls idle pulls a thread that waits elsewhere (newidle balance): idle time goes to threads that share a
 * CPU and may leave it, each of the fullest CPU's threads as often as the others.
 */
import { receivedByThread, type Demand, type Shares, type Stay, type Stays } from './fluid-shares.ts';

const negligible = 1e-4;

interface Donor {
  readonly cpu: number;
  readonly movable: readonly number[];
}

/**
 * The stays after every idle CPU has pulled from one other; undefined when nobody waits beside an idle CPU. `paced` is
 * the demand with barrier sets held to their pace: what a CPU's own threads leave because they wait for others, a thread
 * from elsewhere may use. `mayRun` takes a thread and the index of a CPU.
 */
export function pullOnce(
  stays: Stays,
  shares: Shares,
  demand: Demand,
  paced: Demand,
  mayRun: (thread: number, cpu: number) => boolean,
): Stays | undefined {
  const received = receivedByThread(stays, shares, demand.most.length);
  const missing = ({ most }: Demand): readonly number[] =>
    most.map((want, thread) => (want === 0 ? 0 : Math.max(0, want - (received[thread] ?? 0))));
  const [unmet, lacking] = [missing(demand), missing(paced)];
  const unmetOn = stays.map((here) =>
    here.reduce((sum, { thread, part }) => sum + (unmet[thread] ?? 0) * part, 0),
  );
  let after: Stays | undefined;
  for (const [cpu, here] of stays.entries()) {
    const idle = 1 - (shares[cpu] ?? []).reduce((sum, share) => sum + share, 0);
    if (idle < negligible || here.some(({ thread }) => (lacking[thread] ?? 0) > idle / 2)) continue;
    const donor = fullest(after ?? stays, cpu, unmet, unmetOn, mayRun);
    if (!donor) continue;
    const moved = Math.min(idle, unmetOn[donor.cpu] ?? 0);
    after = move(after ?? stays, donor, cpu, moved);
    unmetOn[donor.cpu] = (unmetOn[donor.cpu] ?? 0) - moved;
  }
  return after;
}

function fullest(
  stays: Stays,
  to: number,
  unmet: readonly number[],
  unmetOn: readonly number[],
  mayRun: (thread: number, cpu: number) => boolean,
): Donor | undefined {
  let best: Donor | undefined;
  for (const [cpu, here] of stays.entries()) {
    const amount = unmetOn[cpu] ?? 0;
    if (cpu === to || amount <= negligible || (best && (unmetOn[best.cpu] ?? 0) >= amount)) continue;
    const movable = here.flatMap(({ thread, part }) =>
      part > negligible && (unmet[thread] ?? 0) > negligible && mayRun(thread, to) ? [thread] : [],
    );
    if (movable.length > 0) best = { cpu, movable };
  }
  return best;
}

function move(stays: Stays, { cpu: from, movable }: Donor, to: number, amount: number): Stays {
  const each = amount / movable.length;
  const moved = new Map<number, number>();
  const left = (stays[from] ?? []).map(({ thread, part }): Stay => {
    const goes = movable.includes(thread) ? Math.min(part, each) : 0;
    moved.set(thread, goes);
    return { thread, part: part - goes };
  });
  const arrived = [...(stays[to] ?? [])];
  for (const [thread, part] of moved) {
    const at = arrived.findIndex((stay) => stay.thread === thread);
    if (part <= 0) continue;
    if (at < 0) arrived.push({ thread, part });
    else arrived[at] = { thread, part: part + (arrived[at]?.part ?? 0) };
  }
  return stays.map((here, cpu) =>
    cpu === from ? left.filter(({ part }) => part > 0) : cpu === to ? arrived : here,
  );
}
