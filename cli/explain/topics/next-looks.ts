import type { VerdictKind } from '../../../ledger/ledger.ts';
import { displayName } from '../../render/container-name.ts';
import type { Evidence } from '../evidence.ts';
import { mainCause } from '../../../ledger/causes.ts';
import { formatCores } from '../../render/numbers.ts';
import { deriveWeightRemedy } from '../weight-promise.ts';
import { say, type Topic } from '../explanation.ts';
import { printable } from '../../render/words.ts';

type Advice = (evidence: Evidence) => readonly string[];

/** The neighbour that takes most of what it did not reserve. */
const lookAtNeighbour: Advice = ({ neighbours }) => {
  const [worst] = neighbours.toSorted((one, other) => other.borrowedCores - one.borrowedCores);
  if (worst === undefined || worst.borrowedCores < 0.01) return [];
  const used = `${formatCores(worst.borrowedCores)} CPU beyond ${worst.ledger.reservation === undefined ? 'any reservation' : 'its entitlement'}`;
  return [`See what ${displayName(worst.ledger)} does: it used ${used} (cpugap explain).`];
};

const weightAdvice: Advice = ({ weights, container }) => {
  const reserved = container.reservation?.cores ?? 0;
  const remedy = weights && deriveWeightRemedy(weights, reserved);
  switch (remedy?.kind) {
    case undefined:
      return [];
    case 'enough':
      return [
        'Its weight would do if threads were placed by reservation. A larger weight, or CPUs of its own (cpuset), holds the reservation.',
      ];
    case 'raise':
      return [
        `Raise ${remedy.level.unit === 'shares' ? 'cpu.shares' : 'cpu.weight'} of ${printable(remedy.level.path)} to ${remedy.to} or more: as set, the weights cannot hold the reservation.`,
      ];
    case 'impossible':
      return [
        `No weight can hold ${formatCores(reserved)} CPU beside the others that were busy: it needs CPUs of its own (cpuset), or fewer neighbours.`,
      ];
  }
};

const whenContended: Advice = (evidence) =>
  mainCause(evidence.container.causes) === 'system'
    ? [
        `Find the host processes that use ${formatCores(evidence.outsideCores)} CPU (top, pidstat) and give them a cgroup of small weight or CPUs of their own; a larger weight at the top level helps too.`,
      ]
    : [...weightAdvice(evidence), ...lookAtNeighbour(evidence)];

/** What to look at or do, by verdict. */
const advice: Readonly<Record<VerdictKind, Advice>> = {
  no_reservation: () => [
    'Give it a reservation (a --reservations file, or a CPU request) to learn whether it gets it.',
  ],
  idle: () => [
    'If it stays idle at its busiest hour too, its reservation can be smaller: record a day with cpugap record.',
  ],
  satisfied: () => [
    'Nothing to do. If its latency is still bad, look at the wait per timeslice above, not at usage.',
  ],
  borrowing: () => [
    'Nothing is missing. What it borrows can go away whenever its neighbours wake up: reserve it if it is needed.',
  ],
  self_limited: ({ container }) => [
    (container.threadCount ?? Infinity) > (container.settings.allowedCpuCount ?? 0)
      ? 'More CPUs would help, not more weight: widen its cpuset, or run fewer threads than it has CPUs.'
      : 'It has no more threads than CPUs and still they stood behind each other: they were put together on one CPU. CPUs of its own (cpuset) keep them apart.',
  ],
  throttled_harmful: ({ container }) => [
    `Raise or remove the quota of ${printable(container.throttling?.byPath ?? container.path)}: it stops the container before it has what it reserved, or allow bursts (cpu.max.burst).`,
  ],
  throttled_harmless: () => [
    'Nothing to do for the reservation. To let it use more than that, raise its quota.',
  ],
  contended: whenContended,
  phantom: (evidence) => [
    'CPU time stood idle that it could not use: more threads, or waking them on other CPUs, would reach it; so would CPUs of its own.',
    ...whenContended(evidence),
  ],
  stolen: () => [
    'The hypervisor took the CPU: look at the load of the physical host; no setting inside this machine gives it back.',
  ],
  unexplained: () => [
    'Run cpugap doctor: some source is missing that would say what its threads waited for.',
  ],
  unknown: () => ['Run cpugap doctor to see what cannot be read and how to get it.'],
};

export const adviseNextLooks: Topic = (evidence) =>
  advice[evidence.container.verdict.kind](evidence).map((text) => say(text));
