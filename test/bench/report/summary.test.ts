import t from 'tap';
import { summarise, type CellSummary } from '../../../bench/report/summary.ts';
import type { Trial } from '../../../bench/run/result.ts';
import {
  disturbed,
  fiveBlocks,
  late,
  scenarioLiteral,
  trialLiteral,
} from '../../support/bench-result-literal.ts';

function cellOf(trials: readonly Trial[], arm: string): CellSummary {
  const cell = summarise(scenarioLiteral(trials)).find((each) => each.arm === arm);
  if (!cell) throw new Error(`no cell of ${arm}`);
  return cell;
}

const near = (value: number | undefined, expected: number): boolean =>
  value !== undefined && Math.abs(value - expected) <= expected * 0.02;

t.test('medians, and ratios within blocks', async (t) => {
  const cell = cellOf(fiveBlocks, 'idle_class');
  t.ok(near(cell.outcome?.estimate, 0.0024));
  t.ok(near(cell.overStock?.estimate, 5));
  t.ok(near(cell.ofSolo?.estimate, 0.5));
  t.equal(cell.neighbours?.ofStock?.estimate, 0.75);
  t.ok(near(cell.latency?.p999, 0.0028));
  t.equal(cell.victim.causes.runqueue_sharing, 0.18);
  t.match(cell, { blocks: 5, disturbed: 0, void: 0, basis: 'clean' });
  t.equal(cellOf(fiveBlocks, 'solo').neighbours, undefined);
  t.equal(cellOf(fiveBlocks, 'stock').overStock, undefined);
});

interface Row {
  readonly name: string;
  readonly trials: readonly Trial[];
  readonly expected: Partial<CellSummary> | undefined;
}

const trial = (block: number, ms: number, overrides: Partial<Trial> = {}): Trial =>
  trialLiteral('stock', block, ms, overrides);

const rows: readonly Row[] = [
  {
    name: 'a repeated trial stands for the disturbed one of its block',
    trials: [trial(0, 90, disturbed), trial(0, 10), trial(1, 10)],
    expected: { blocks: 2, disturbed: 1, basis: 'clean' },
  },
  {
    name: 'with one clean block the disturbed ones are in it, and it says so',
    trials: [trial(0, 10), trial(1, 90, disturbed)],
    expected: { blocks: 2, disturbed: 1, basis: 'all' },
  },
  {
    name: 'void trials are never in it',
    trials: [trial(0, 10), trial(1, 10, late)],
    expected: { blocks: 1, void: 1, disturbed: 0, basis: 'clean' },
  },
  { name: 'nothing but void trials: no cell', trials: [trial(0, 10, late)], expected: undefined },
  { name: 'the first is discarded', trials: [trial(0, 10, { discarded: true })], expected: undefined },
];

t.test('which trials count', async (t) => {
  for (const { name, trials, expected } of rows) {
    const [cell] = summarise(scenarioLiteral(trials));
    if (expected) t.match(cell, expected, name);
    else t.equal(cell, undefined, name);
  }
});

t.test('rates are cells of their own, ascending', async (t) => {
  const swept = [2000, 500].map((ratePerSecond) => trial(0, 10, { ratePerSecond }));
  t.same(
    summarise(scenarioLiteral(swept)).map(({ ratePerSecond }) => ratePerSecond),
    [500, 2000],
  );
});
