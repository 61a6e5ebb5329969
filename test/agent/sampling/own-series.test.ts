import t from 'tap';
import { chooseOwnSeries } from '../../../agent/sampling/own-series.ts';
import { containerLedger } from '../../support/ledger-literal.ts';

interface Row {
  readonly path: string;
  readonly cores: number;
  readonly gap?: number;
  readonly incumbent?: boolean;
}

function choose(rows: readonly Row[], max: number): readonly string[] {
  const containers = rows.map(({ path, cores, gap = 0 }) =>
    containerLedger({
      path,
      reservation: { cores, source: 'row' },
      gap: { estimate: gap, low: gap, high: gap },
    }),
  );
  const incumbents = new Set(rows.filter((row) => row.incumbent).map(({ path }) => path));
  return chooseOwnSeries(containers, ({ path }) => incumbents.has(path), max).map(({ path }) => path);
}

t.test('all keep their series while there is room', async (t) => {
  t.same(
    choose(
      [
        { path: '/a', cores: 0 },
        { path: '/b', cores: 1 },
      ],
      2,
    ),
    ['/a', '/b'],
  );
});

t.test('then the largest reservation, the incumbent, the largest gap, the path', async (t) => {
  const rows: readonly Row[] = [
    { path: '/e', cores: 1 },
    { path: '/d', cores: 1 },
    { path: '/c', cores: 1, gap: 0.5 },
    { path: '/b', cores: 1, incumbent: true },
    { path: '/a', cores: 2 },
  ];
  t.same(choose(rows, 1), ['/a']);
  t.same(choose(rows, 2), ['/a', '/b']);
  t.same(choose(rows, 3), ['/a', '/b', '/c']);
  t.same(choose(rows, 4), ['/a', '/b', '/c', '/d']);
  t.same(choose(rows.toReversed(), 4), ['/a', '/b', '/c', '/d']);
});
