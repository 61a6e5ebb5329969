/** The demo's result as a table and a few plain sentences. */
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { formatSetting } from '../../tuner/plan/setting.ts';
import type { DemoResult, DemoTuning } from '../demo/demo-result.ts';
import { causeShares, causeWords } from './cause-words.ts';
import { renderContainerTable } from './container-table.ts';
import { renderHostLine } from './host-line.ts';
import { plainLine, span, type Line } from './line.ts';
import { formatCores, formatDuration, formatPercent } from './numbers.ts';
import { offenderName, offenderShares } from './offender-words.ts';
import { counted, listed, wrapWords } from './words.ts';

const widestText = 100;

export function renderDemo(result: DemoResult, columns: number): readonly Line[] {
  const { ledger, victim, neighbour, pressureShare } = result;
  const blank = plainLine('');
  const paragraph = (text: string): readonly Line[] =>
    wrapWords(text, Math.min(columns, widestText)).map((line) => plainLine(line));
  return [
    ...paragraph(describeOrigin(result)),
    blank,
    renderHostLine({ ledger, ...(pressureShare !== undefined && { pressureShare }) }, columns),
    ...renderContainerTable([victim, neighbour], { columns }),
    blank,
    ...paragraph(`The victim: ${victim.verdict.sentence}`),
    ...paragraph(describeGap(result)),
    ...describeWaits(result).flatMap(paragraph),
    ...(result.work ? paragraph(describeWork(result.work)) : []),
    ...(result.tuned ? renderTuning(result.tuned, result, columns) : []),
    ...paragraph(describeTrust(result)).map((line) => line.map(({ text }) => span(text, 'dim'))),
  ];
}

function describeOrigin({ origin, ledger }: DemoResult): string {
  const scene =
    'On 2 CPUs, with the weights that Kubernetes sets: a victim of 2 threads that meet at a barrier every millisecond reserves 1.50 CPU, a neighbour of 8 spinning threads reserves 0.50.';
  return origin.kind === 'live'
    ? `${scene} Measured for ${formatDuration(ledger.windowSeconds)}, side by side.`
    : `A RECORDING that ships with cpugap, not this host (${origin.why}). ${scene}`;
}

function describeGap({ victim }: DemoResult): string {
  const cores = (seconds: number): string => formatCores(seconds / victim.windowSeconds);
  const causes = causeShares(victim.causes).map(
    ({ cause, share }) => `${formatPercent(share)} ${causeWords[cause].spent}`,
  );
  if (causes.length === 0) return 'This time it missed nothing worth a word.';
  const induced =
    victim.gapInduced !== undefined && victim.gapInduced > 0
      ? ` Of the gap, ${cores(victim.gapInduced)} CPU is demand that the waiting itself suppressed: one thread slept while its partner stood in a queue.`
      : '';
  return `Its gap of ${cores(victim.gap.estimate)} CPU was spent ${listed(causes)}.${induced}`;
}

function describeWork(work: NonNullable<DemoResult['work']>): string {
  const { alonePhasesPerSecond: alone, besidePhasesPerSecond: beside } = work;
  const change = (alone - beside) / alone;
  return `Its work: ${alone.toFixed(0)} phases a second alone, ${beside.toFixed(0)} beside the neighbour (${change >= 0 ? `${formatPercent(change)} lost` : `${formatPercent(-change)} gained`}).`;
}

/** What a sceptic asks: which source, how sure, and does it agree with the kernel's own counter. */
function describeTrust({ victim, usageCounter, sourceReason }: DemoResult): string {
  const seconds = (value: number): string => value.toFixed(3);
  const cores = (value: number): string => formatCores(value / victim.windowSeconds);
  const reason = sourceReason ?? '';
  const source =
    victim.source === 'exact'
      ? `counted exactly in the kernel${reason === '' ? '' : ` (${reason})`}`
      : `from kernel files, gap between ${cores(victim.gap.low)} and ${cores(victim.gap.high)} CPU${reason === '' ? '' : `; no exact counters: ${reason}`}`;
  const witness =
    usageCounter === undefined
      ? ''
      : `; its cgroup's usage counter, read apart before and after, rose by ${seconds(usageCounter.least)} to ${seconds(usageCounter.most)}`;
  return `Source: ${source}. Received ${seconds(victim.received)} CPU-seconds${witness}.`;
}

/** What only the exact source can say: behind whom, and what a woken thread waits. */
function describeWaits({ victim }: DemoResult): readonly string[] {
  const [worst] = offenderShares(victim);
  if (worst === undefined || victim.latency === undefined) return [];
  const { p50Seconds, p99Seconds } = victim.latency;
  return [
    `${formatPercent(worst.share)} of its waiting behind others was behind ${offenderName(worst.offender)}. Woken, half of its threads ran within ${formatDuration(p50Seconds)}, all but one in a hundred within ${formatDuration(p99Seconds)}.`,
  ];
}

/** What the tuner did, what it gave, and what it cost the neighbour. */
function renderTuning(tuned: DemoTuning, result: DemoResult, columns: number): readonly Line[] {
  const width = Math.min(columns, widestText);
  const paragraph = (text: string): readonly Line[] => wrapWords(text, width).map((line) => plainLine(line));
  const { after, plan, receipt, failure } = tuned;
  const [first] = tuned.writes;
  return [
    plainLine(''),
    ...(first === undefined
      ? paragraph('The tuner watched and saw no need to act.')
      : paragraph(
          `The tuner acted, ${first.rung} first: ${first.reason}. It made ${counted(tuned.writes.length, 'write')} in all; the last one ${lastWrite(tuned)}.`,
        )),
    ...(plan ? paragraph(describePrediction(plan)) : []),
    ...(after
      ? [
          plainLine(''),
          renderHostLine(after, columns),
          ...renderContainerTable([after.victim, after.neighbour], { columns }),
          plainLine(''),
          ...paragraph(`Tuned: ${after.victim.verdict.sentence}`),
          ...paragraph(describeGain(after, result)),
        ]
      : []),
    ...(receipt
      ? paragraph(`The tuner's own judgement: ${receipt.result.replace('_', ' ')}, ${receipt.reason}.`)
      : []),
    ...(failure === undefined ? [] : paragraph(`It stopped early: ${failure}.`)),
    ...paragraph(
      tuned.restored
        ? 'Given back: every control file holds the bytes that it held before.'
        : 'NOT given back: a control file differs from what it held before.',
    ),
  ];
}

function lastWrite({ writes }: DemoTuning): string {
  const last = writes.at(-1);
  return last ? `${formatSetting(last.from)} to ${formatSetting(last.to)}` : '';
}

function describePrediction({ containers }: NonNullable<DemoTuning['plan']>): string {
  const each = containers.flatMap(
    ({ name, measuredReceivedCores, predictedBeforeCores, predictedAfterCores }) =>
      measuredReceivedCores === undefined ||
      predictedBeforeCores === undefined ||
      predictedAfterCores === undefined
        ? []
        : [
            `${name} from ${formatCores(measuredReceivedCores)} to ${formatCores(measuredReceivedCores + predictedAfterCores - predictedBeforeCores)} CPU`,
          ],
  );
  return `Predicted of the first write: ${listed(each)}.`;
}

function describeGain(
  after: NonNullable<DemoTuning['after']>,
  { work, victim, neighbour }: DemoResult,
): string {
  const gap = (ledger: ContainerLedger): string => formatCores(ledger.gap.estimate / ledger.windowSeconds);
  const received = (ledger: ContainerLedger): string => formatCores(ledger.received / ledger.windowSeconds);
  const phases =
    work && after.phasesPerSecond !== undefined
      ? ` Its work: ${after.phasesPerSecond.toFixed(0)} phases a second, after ${work.besidePhasesPerSecond.toFixed(0)} before and ${work.alonePhasesPerSecond.toFixed(0)} alone.`
      : '';
  return `The victim's gap went from ${gap(victim)} to ${gap(after.victim)} CPU; the neighbour's use from ${received(neighbour)} to ${received(after.neighbour)} CPU, with ${formatCores(neighbour.reservation?.cores)} reserved.${phases}`;
}
