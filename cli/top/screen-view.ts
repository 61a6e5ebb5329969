/** One screenful of `top`: state and the latest ledger to exactly `rows` lines of at most `columns`. Pure. */
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { filterContainers, rankContainers } from '../rank.ts';
import { renderContainerTable, renderTally } from '../render/container-table.ts';
import { displayName } from '../render/container-name.ts';
import { renderEmpty, renderHostLine, type HostView } from '../render/host-line.ts';
import { fitLine, plainLine, span, type Line } from '../render/line.ts';
import { printable, wrapWords } from '../render/words.ts';
import type { Trends } from './trends.ts';
import { firstShownRow, type TopState, type TopSurroundings } from './state.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenContent {
  /** Absent until the first window has ended. */
  readonly host: HostView | undefined;
  /** The gaps of the windows before. */
  readonly trends: Trends;
  /** Lines of the explanation of the selected container, already wrapped to the width. */
  readonly explanation: readonly Line[];
  /** What the data comes from, for the first line: `live`, `recording FILE`. */
  readonly origin: string;
  /** Said at the bottom instead of the keys, such as why the data ended. */
  readonly notice?: string;
}

/** Lines of the table screen that are not rows: host, tally, titles, two of detail, keys. */
const tableFrameLines = 7;
const detailLines = 2;
const textFrameLines = 2;

export function rowsThatFit(size: ScreenSize): number {
  return Math.max(1, size.rows - tableFrameLines);
}

/** The containers in view order: filtered, then ranked. */
export function shownContainers(content: ScreenContent, state: TopState): readonly ContainerLedger[] {
  const containers = content.host?.ledger.containers ?? [];
  return rankContainers(filterContainers(containers, state.filter), state.sort);
}

/** What keys need to know of the screen. */
export function surroundingsOf(content: ScreenContent, state: TopState, size: ScreenSize): TopSurroundings {
  const text = state.screen === 'help' ? helpLines : content.explanation;
  return {
    paths: shownContainers(content, state).map(({ path }) => path),
    pageLines: state.screen === 'table' ? rowsThatFit(size) : Math.max(1, size.rows - textFrameLines),
    textLines: text.length,
  };
}

export function renderScreen(content: ScreenContent, state: TopState, size: ScreenSize): readonly Line[] {
  const lines =
    state.screen === 'table' ? tableScreen(content, state, size) : textScreen(content, state, size);
  return lines.slice(0, size.rows).map((line) => fitLine(line, size.columns));
}

function tableScreen(content: ScreenContent, state: TopState, size: ScreenSize): readonly Line[] {
  const shown = shownContainers(content, state);
  const found = shown.findIndex(({ path }) => path === state.selectedPath);
  const selected = Math.max(0, found);
  const fits = rowsThatFit(size);
  const first = firstShownRow(selected, shown.length, fits);
  const body = tableBody(content, state, shown, shown.slice(first, first + fits), selected - first, size);
  const filler = Array.from({ length: Math.max(0, fits + 1 - body.length) }, () => plainLine(''));
  return [
    headLine(content, state, size),
    tallyLine(content, state, { first, fits, count: shown.length }),
    plainLine(''),
    ...body,
    ...filler,
    ...detail(shown[selected], size.columns),
    footLine(content, state, size.columns),
  ];
}

function tableBody(
  content: ScreenContent,
  state: TopState,
  shown: readonly ContainerLedger[],
  page: readonly ContainerLedger[],
  selected: number,
  size: ScreenSize,
): readonly Line[] {
  if (content.host === undefined) return [plainLine('Measuring the first window ...', 'dim')];
  if (shown.length === 0) {
    return renderEmpty(state.filter === '' ? 'no containers' : 'no match', printable(state.filter));
  }
  const selectedPath = page[selected]?.path;
  return renderContainerTable(
    page,
    { columns: size.columns, trends: content.trends, ...(selectedPath !== undefined && { selectedPath }) },
    shown,
  );
}

function headLine(content: ScreenContent, state: TopState, size: ScreenSize): Line {
  const mark = state.paused ? span('PAUSED', 'warn') : span(content.origin, 'dim');
  const head: Line = [span('cpugap', 'title'), span(' '), mark, span('  ')];
  if (content.host === undefined) return head;
  const used = head.reduce((sum, { text }) => sum + text.length, 0);
  return [...head, ...renderHostLine(content.host, size.columns - used)];
}

interface Page {
  readonly first: number;
  readonly fits: number;
  readonly count: number;
}

function tallyLine(content: ScreenContent, state: TopState, page: Page): Line {
  if (content.host === undefined) return [];
  const range =
    page.count > page.fits ? `, ${page.first + 1}-${Math.min(page.count, page.first + page.fits)} shown` : '';
  const filter = state.filter === '' ? '' : `, ${page.count} match "${printable(state.filter)}"`;
  return [...renderTally(content.host.ledger), span(`${filter}${range}, by ${state.sort}`, 'dim')];
}

/** The verdict of the selected container in words. */
function detail(ledger: ContainerLedger | undefined, columns: number): readonly Line[] {
  if (ledger === undefined) return [plainLine(''), plainLine('')];
  const words = wrapWords(`${displayName(ledger)}: ${ledger.verdict.sentence}`, columns - 4);
  return Array.from({ length: detailLines }, (_, index) => {
    const isCut = index === detailLines - 1 && words.length > detailLines;
    return plainLine(`${words[index] ?? ''}${isCut ? ' ...' : ''}`);
  });
}

/** The longest that fits is shown. */
const keyHelp = [
  'q quit  / filter  enter explain  space pause  sort by: g gap u used w wait n name p phantom  ? help',
  'q quit  / filter  enter explain  space pause  g u w n p sort  ? help',
  'q quit  / filter  enter explain  ? help',
  'q quit  ? help',
];

function footLine(content: ScreenContent, state: TopState, columns: number): Line {
  if (state.typing) return [span('filter: ', 'strong'), span(printable(state.filter)), span('_', 'strong')];
  if (content.notice !== undefined) return [span(content.notice, 'warn'), span('  q quit', 'dim')];
  return plainLine(keyHelp.find((text) => text.length <= columns) ?? '', 'dim');
}

function textScreen(content: ScreenContent, state: TopState, size: ScreenSize): readonly Line[] {
  const text = state.screen === 'help' ? helpLines : content.explanation;
  const fits = Math.max(1, size.rows - textFrameLines);
  const shown = text.slice(state.scroll, state.scroll + fits);
  const filler = Array.from({ length: fits - shown.length }, () => plainLine(''));
  const more = state.scroll + fits < text.length ? `, ${text.length - state.scroll - fits} lines below` : '';
  const foot = plainLine(`esc back  arrows scroll  space pause  q back${more}`, 'dim');
  return [headLine(content, state, size), ...shown, ...filler, foot];
}

/** At most 80 columns, as the narrowest usual terminal has. */
export const helpLines: readonly Line[] = [
  'All amounts are CPUs: CPU-seconds per second of the window.',
  '',
  'RESERVED     what is promised, by a reservations file or the container runtime',
  'RECEIVED     CPU time used',
  'ENTITLED     what its threads wanted, up to the reservation',
  'GAP          entitled but not received; ~ where the source cannot tell it',
  '             exactly, between BOUNDS',
  'GAP LATELY   the gap of the last ten windows: . none, : - = # from 1, 10, 25',
  '             and 50% of the reservation on',
  'BEHIND       whose threads it waited behind most, and how much of all waiting',
  '             behind others that was',
  'OF RESERVED  the reservation as a bar: = received, # missing (in the colour of',
  '             WHY), . not wanted',
  "WHY          what its threads waited for: sharing (other containers' threads on",
  '             the same runqueue), throttled (a quota), self (its own threads),',
  '             system (the kernel and host processes), steal (the hypervisor),',
  '             unexplained',
  'PHANTOM      part of the gap beside which an allowed CPU stood idle',
  'WAIT         mean wait for a CPU per timeslice; p99 from the exact source: 99',
  '             of 100 wake-ups waited less',
  'THROTTLED    part of the quota periods in which it was throttled; red where it',
  '             did harm',
  '',
  'g u w n p    sort by gap, CPU used, wait, name, phantom',
  'arrows, page up and down, home, end, j k    move',
  'enter        explain the selected container',
  '/            show only names or paths that hold a text; escape shows all again',
  'space        hold still; the measuring goes on',
  'q            quit',
].map((text) => plainLine(text));
