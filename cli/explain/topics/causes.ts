import type { ContainerLedger, Waiting } from '../../../ledger/ledger.ts';
import { isNotableGap } from '../../../ledger/verdict.ts';
import { causeShares, causeWords } from '../../render/cause-words.ts';
import { formatDuration, formatPercent } from '../../render/numbers.ts';
import { counted, listed } from '../../render/words.ts';
import { cpu, say, type Statement, type Topic } from '../explanation.ts';
import { demandFileOf, fileOf, type FilePlaces } from '../kernel-files.ts';

/** What the gap is made of, and how long threads waited, gap or not: usage is blind to short waits. */
export const describeCauses: Topic = ({ container }, places) => [
  ...(isNotableGap(container) ? causeStatements(container) : []),
  ...waitingStatements(container, places),
];

function causeStatements(container: ContainerLedger): readonly Statement[] {
  return causeShares(container.causes).map(({ cause, share }) =>
    say(
      `${formatPercent(share)} of the gap (${cpu(container, container.causes[cause])}): its threads waited ${causeWords[cause].spent}.`,
    ),
  );
}

const waitingWords: readonly (readonly [keyof Waiting, string])[] = [
  ['others', 'behind other containers'],
  ['self', 'behind its own threads'],
  ['system', 'behind the system'],
  ['steal', 'for the hypervisor'],
  ['throttled', 'throttled'],
  ['idle', 'for an idle CPU to wake up'],
];

function waitingStatements(container: ContainerLedger, places: FilePlaces): readonly Statement[] {
  const { waiting, threadCount, windowSeconds } = container;
  if (waiting === undefined) return [];
  const seconds = (key: keyof Waiting): number => waiting[key] ?? 0;
  const total = waitingWords.reduce((sum, [key]) => sum + seconds(key), 0);
  const source = demandFileOf(container, places);
  const who = threadCount === undefined ? 'Its threads' : `Its ${counted(threadCount, 'thread')}`;
  if (total / windowSeconds < 0.001) return [say(`${who} hardly waited for a CPU.`, source)];
  const parts = waitingWords
    .filter(([key]) => seconds(key) >= 0.01 * total)
    .toSorted(([one], [other]) => seconds(other) - seconds(one))
    .map(([key, words]) => `${formatDuration(seconds(key) / windowSeconds)} ${words}`);
  const slice = container.waitPerTimesliceSeconds;
  const perSlice =
    slice === undefined ? '' : ` Each time on a CPU followed a wait of ${formatDuration(slice)} in the mean.`;
  return [
    ...latencyStatements(container, source),
    say(
      `${who} waited ${formatDuration(total / windowSeconds)} in each second, all together: ${listed(parts)}.${perSlice}`,
      source,
      fileOf('cpus', container.path, places),
    ),
  ];
}

/** The exact source's histogram of waits: what an interactive container feels. */
function latencyStatements({ latency }: ContainerLedger, source: string): readonly Statement[] {
  if (latency === undefined) return [];
  return [
    say(
      `Woken up ${latency.count} times, half of its threads ran within ${formatDuration(latency.p50Seconds)} and all but one in a hundred within ${formatDuration(latency.p99Seconds)}.`,
      source,
    ),
  ];
}
