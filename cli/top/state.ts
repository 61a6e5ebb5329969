/** What the viewer of `top` has chosen, and how keys change it. Pure. */
import type { SortKey } from '../rank.ts';
import type { Key } from './keys.ts';

export type TopScreen = 'table' | 'explain' | 'help';

export interface TopState {
  readonly screen: TopScreen;
  readonly sort: SortKey;
  readonly filter: string;
  /** True while the filter is being typed. */
  readonly typing: boolean;
  readonly paused: boolean;
  /** The container that the viewer moved to; the first row until then. */
  readonly selectedPath?: string;
  /** First line shown of the explanation. */
  readonly scroll: number;
  readonly leaving?: 'quit' | 'interrupt';
}

export const firstTopState: TopState = {
  screen: 'table',
  sort: 'gap',
  filter: '',
  typing: false,
  paused: false,
  scroll: 0,
};

/** What keys move over: the rows now shown, in order, and how many lines fit. */
export interface TopSurroundings {
  readonly paths: readonly string[];
  readonly pageLines: number;
  /** Lines of the explanation or help. */
  readonly textLines: number;
}

const sortByCharacter: Readonly<Record<string, SortKey>> = {
  g: 'gap',
  u: 'used',
  w: 'wait',
  n: 'name',
  p: 'phantom',
};

export function reduceTopState(state: TopState, key: Key, around: TopSurroundings): TopState {
  if (key.kind === 'interrupt') return { ...state, leaving: 'interrupt' };
  if (state.typing) return typeFilter(state, key);
  if (key.kind === 'character' && key.character === 'q') {
    return state.screen === 'table' ? { ...state, leaving: 'quit' } : { ...state, screen: 'table' };
  }
  if (key.kind === 'character' && key.character === ' ') return { ...state, paused: !state.paused };
  return state.screen === 'table' ? reduceTable(state, key, around) : reduceText(state, key, around);
}

function typeFilter(state: TopState, key: Key): TopState {
  switch (key.kind) {
    case 'enter':
      return { ...state, typing: false };
    case 'escape':
      return { ...state, typing: false, filter: '' };
    case 'backspace':
      return { ...state, filter: state.filter.slice(0, -1) };
    case 'clear-line':
      return { ...state, filter: '' };
    case 'character':
      return { ...state, filter: state.filter + key.character };
    default:
      return state;
  }
}

function reduceTable(state: TopState, key: Key, around: TopSurroundings): TopState {
  const steps = stepsOf(key, around.pageLines);
  if (steps !== undefined) return select(state, around.paths, steps);
  if (key.kind === 'enter') {
    const selectedPath = state.selectedPath ?? around.paths[0];
    return selectedPath === undefined ? state : { ...state, screen: 'explain', selectedPath, scroll: 0 };
  }
  if (key.kind === 'escape') return { ...state, filter: '' };
  if (key.kind !== 'character') return state;
  if (key.character === '/') return { ...state, typing: true };
  if (key.character === '?' || key.character === 'h') return { ...state, screen: 'help', scroll: 0 };
  const sort = sortByCharacter[key.character];
  return sort === undefined ? state : { ...state, sort };
}

function reduceText(state: TopState, key: Key, around: TopSurroundings): TopState {
  const steps = stepsOf(key, around.pageLines);
  if (steps !== undefined) {
    const last = Math.max(0, around.textLines - around.pageLines);
    return { ...state, scroll: Math.min(last, Math.max(0, state.scroll + steps)) };
  }
  const leaves = key.kind === 'escape' || key.kind === 'enter' || key.kind === 'backspace';
  return leaves ? { ...state, screen: 'table' } : state;
}

/** How far a key moves, in lines; vi's keys beside the arrows. */
function stepsOf(key: Key, pageLines: number): number | undefined {
  switch (key.kind) {
    case 'up':
      return -1;
    case 'down':
      return 1;
    case 'page-up':
      return -pageLines;
    case 'page-down':
      return pageLines;
    case 'home':
      return -Infinity;
    case 'end':
      return Infinity;
    case 'character':
      return { k: -1, j: 1 }[key.character];
    default:
      return undefined;
  }
}

function select(state: TopState, paths: readonly string[], steps: number): TopState {
  const at = Math.max(0, paths.indexOf(state.selectedPath ?? ''));
  const selectedPath = paths[Math.min(paths.length - 1, Math.max(0, at + steps))];
  return selectedPath === undefined ? state : { ...state, selectedPath };
}

/** The first row to show so that the selected one is among them. */
export function firstShownRow(selected: number, rowCount: number, rowsThatFit: number): number {
  const last = Math.max(0, rowCount - rowsThatFit);
  return Math.min(last, Math.max(0, selected - Math.floor(rowsThatFit / 2)));
}
