/** The table of containers: ledger rows to lines of a given width. All amounts are CPUs: CPU-seconds per second of the window. */
import type { Bounded, ContainerLedger, HostLedger } from '../../ledger/ledger.ts';
import { isNotableGap } from '../../ledger/verdict.ts';
import { causeShares, causeWords, verdictWords } from './cause-words.ts';
import { formatTrend, trendLength, type Trends } from '../top/trends.ts';
import { displayName } from './container-name.ts';
import { plainLine, span, type Line, type Span, type Tone } from './line.ts';
import { absent, formatCores, formatDuration, formatPercent } from './numbers.ts';
import { offenderName, offenderShares } from './offender-words.ts';
import { renderReservationBar } from './reservation-bar.ts';
import { shorten } from './words.ts';
import { layOut, renderRow, renderTitles, type Column } from './table.ts';

const cores = (ledger: ContainerLedger, seconds: number): number => seconds / ledger.windowSeconds;
const ofReserved = (ledger: ContainerLedger, seconds: number): string =>
  ledger.reservation === undefined ? absent : formatCores(cores(ledger, seconds));
/** A dash says nothing loudly enough in grey. */
const value = (text: string, tone: Tone = 'plain'): readonly Span[] => [
  span(text, text === absent ? 'dim' : tone),
];

export const containerColumns: readonly Column<ContainerLedger>[] = [
  {
    title: 'CONTAINER',
    align: 'left',
    minimum: 15,
    maximum: 64,
    rank: 0,
    cell: (ledger) => value(displayName(ledger)),
  },
  {
    title: 'RESERVED',
    align: 'right',
    minimum: 8,
    rank: 2,
    cell: (ledger) => value(formatCores(ledger.reservation?.cores)),
  },
  {
    title: 'RECEIVED',
    align: 'right',
    minimum: 8,
    rank: 3,
    cell: (ledger) => value(formatCores(cores(ledger, ledger.received))),
  },
  {
    title: 'ENTITLED',
    align: 'right',
    minimum: 8,
    rank: 8,
    cell: (ledger) => value(ofReserved(ledger, ledger.entitled.estimate)),
  },
  {
    title: 'GAP',
    align: 'right',
    minimum: 6,
    rank: 1,
    cell: (ledger) => value(formatGap(ledger), isNotableGap(ledger) ? 'bad' : 'plain'),
  },
  {
    title: 'BOUNDS',
    align: 'left',
    minimum: 9,
    maximum: 11,
    rank: 10,
    cell: (ledger) => [span(formatBounds(ledger.gap, ledger.windowSeconds), 'dim')],
  },
  {
    title: 'OF RESERVED',
    align: 'left',
    minimum: 12,
    maximum: 24,
    rank: 7,
    cell: renderReservationBar,
  },
  { title: 'WHY', align: 'left', minimum: 14, maximum: 27, rank: 6, cell: renderWhy },
  {
    title: 'PHANTOM',
    align: 'right',
    minimum: 7,
    rank: 12,
    cell: (ledger) =>
      value(
        ledger.quality.includes('no_cpu_times') ? absent : ofReserved(ledger, ledger.whereabouts.phantom),
      ),
  },
  {
    title: 'WAIT',
    align: 'right',
    minimum: 8,
    rank: 5,
    cell: (ledger) => value(formatWait(ledger)),
  },
  { title: 'BEHIND', align: 'left', minimum: 14, maximum: 28, rank: 9, cell: renderWorstOffender },
  { title: 'THROTTLED', align: 'right', minimum: 9, rank: 11, cell: renderThrottled },
  {
    title: 'VERDICT',
    align: 'left',
    minimum: 14,
    rank: 4,
    cell: ({ verdict }) => value(verdictWords[verdict.kind].short, verdictWords[verdict.kind].tone),
  },
];

/** The mean per timeslice; from the exact source what 99 of 100 wake-ups waited at most. */
function formatWait({ waitPerTimesliceSeconds, latency }: ContainerLedger): string {
  return latency === undefined
    ? formatDuration(waitPerTimesliceSeconds)
    : `p99 ${formatDuration(latency.p99Seconds)}`;
}

/** `batch 87%`: behind whom it waited most; nothing where it waited less than a millisecond in each second. */
function renderWorstOffender(ledger: ContainerLedger, width: number): readonly Span[] {
  const [worst] = offenderShares(ledger);
  if (worst === undefined || cores(ledger, worst.offender.waitSeconds) < 0.001) return [];
  const share = ` ${formatPercent(worst.share)}`;
  return [span(`${shorten(offenderName(worst.offender), width - share.length)}${share}`, 'plain')];
}

/** `~0.20` where the source cannot tell it exactly; the next column has the bounds. */
function formatGap(ledger: ContainerLedger): string {
  if (ledger.reservation === undefined) return absent;
  const isRough = formatBounds(ledger.gap, ledger.windowSeconds) !== '';
  return `${isRough ? '~' : ''}${ofReserved(ledger, ledger.gap.estimate)}`;
}

/** Bounds that tell more than the estimate: empty where they (nearly) meet. */
export function formatBounds(bounded: Bounded, windowSeconds: number): string {
  const spread = (bounded.high - bounded.low) / windowSeconds;
  const size = bounded.estimate / windowSeconds;
  if (spread < 0.02 || spread < 0.1 * size) return '';
  return `${formatCores(bounded.low / windowSeconds)}-${formatCores(bounded.high / windowSeconds)}`;
}

/** `sharing 84% throttled 16%`: as many causes as the width holds. */
function renderWhy(ledger: ContainerLedger, width: number): readonly Span[] {
  if (!isNotableGap(ledger)) return [];
  const spans: Span[] = [];
  let left = width;
  for (const { cause, share } of causeShares(ledger.causes)) {
    const { short, tone } = causeWords[cause];
    const text = `${spans.length === 0 ? '' : ' '}${short} ${formatPercent(share)}`;
    if (text.length > left) break;
    spans.push(span(text, tone));
    left -= text.length;
  }
  return spans;
}

/** Part of the quota periods in which it was throttled. */
function renderThrottled({ throttling }: ContainerLedger): readonly Span[] {
  if (throttling === undefined || throttling.periods === 0) return value(absent);
  const share = formatPercent(throttling.throttledPeriods / throttling.periods);
  return value(share, throttling.harmful ? 'bad' : 'plain');
}

export interface TableView {
  readonly columns: number;
  /** Which row a cursor stands at; absent for a table without a cursor. */
  readonly selectedPath?: string;
  /** The gaps of earlier windows; absent for a table of one window. */
  readonly trends?: Trends;
}

/** `> ` before the selected row; rows keep their colours. */
const cursorColumns = 2;

/**
 * Titles and one line per container, in the order given. `all` are the containers whose names set the width of the
 * name column, so that it does not jump when a page of them is scrolled.
 */
export function renderContainerTable(
  containers: readonly ContainerLedger[],
  view: TableView,
  all: readonly ContainerLedger[] = containers,
): readonly Line[] {
  const { selectedPath } = view;
  const columns = view.columns - (selectedPath === undefined ? 0 : cursorColumns);
  const chosen = withTrend(view.trends, columnsFor(all));
  const placed = layOut(fittedNames(chosen, all, columns), columns);
  const withCursor = (line: Line, isSelected: boolean): Line =>
    selectedPath === undefined ? line : [span(isSelected ? '> ' : '  ', 'title'), ...line];
  return [
    withCursor(renderTitles(placed), false),
    ...containers.map((ledger) => withCursor(renderRow(placed, ledger), ledger.path === selectedPath)),
  ];
}

/** The trend stands behind the gap. */
function withTrend(
  trends: Trends | undefined,
  tableColumns: readonly Column<ContainerLedger>[],
): readonly Column<ContainerLedger>[] {
  if (trends === undefined) return tableColumns;
  const column: Column<ContainerLedger> = {
    title: 'GAP LATELY',
    align: 'right',
    minimum: trendLength,
    rank: 9,
    cell: ({ path }) => [span(formatTrend(trends.get(path) ?? []), 'dim')],
  };
  const behind = tableColumns.findIndex(({ title }) => title === 'GAP') + 1;
  return tableColumns.toSpliced(behind, 0, column);
}

/** Behind whom they waited only the exact source can tell, and its waits need room for `p99 3.1ms`. */
function columnsFor(containers: readonly ContainerLedger[]): readonly Column<ContainerLedger>[] {
  if (!containers.some(({ offenders }) => offenders !== undefined)) {
    return containerColumns.filter(({ title }) => title !== 'BEHIND');
  }
  return containerColumns.map((column) => (column.title === 'WAIT' ? { ...column, minimum: 10 } : column));
}

/** The name column comes before columns that only add detail: up to a quarter of the width, never more than the longest name. */
function fittedNames(
  tableColumns: readonly Column<ContainerLedger>[],
  containers: readonly ContainerLedger[],
  columns: number,
): readonly Column<ContainerLedger>[] {
  const longest = Math.max(9, ...containers.map((ledger) => displayName(ledger).length));
  const minimum = Math.min(longest, Math.max(15, Math.floor(columns / 4)));
  return tableColumns.map((column) =>
    column.title === 'CONTAINER' ? { ...column, minimum, maximum: Math.min(longest, 64) } : column,
  );
}

/** `12 containers, 3 with a reservation, 1 short of it`. */
export function renderTally({ containers }: HostLedger): Line {
  const reserved = containers.filter((ledger) => ledger.reservation !== undefined).length;
  const short = containers.filter(isNotableGap).length;
  const head = `${containers.length} ${containers.length === 1 ? 'container' : 'containers'}, ${reserved} with a reservation`;
  if (reserved === 0) return plainLine(head, 'dim');
  return [
    span(`${head}, `, 'dim'),
    span(short === 0 ? 'none short of it' : `${short} short of it`, short > 0 ? 'bad' : 'good'),
  ];
}
