import t from 'tap';
import {
  formatBytes,
  formatCores,
  formatDuration,
  formatPercent,
  formatWallTime,
} from '../../../cli/render/numbers.ts';

t.test('CPUs', async (t) => {
  const rows: readonly (readonly [number | undefined, string])[] = [
    [undefined, '-'],
    [Number.NaN, '-'],
    [Infinity, '-'],
    [0, '0.00'],
    [-0.001, '0.00'],
    [-0.02, '-0.02'],
    [0.004, '0.00'],
    [0.2, '0.20'],
    [1.504, '1.50'],
    [9.994, '9.99'],
    [9.996, '10.0'],
    [99.94, '99.9'],
    [99.96, '100'],
    [128, '128'],
  ];
  for (const [cores, text] of rows) t.equal(formatCores(cores), text, `${cores}`);
});

t.test('shares', async (t) => {
  const rows: readonly (readonly [number | undefined, string])[] = [
    [undefined, '-'],
    [0, '0%'],
    [0.001, '<1%'],
    [0.005, '1%'],
    [0.354, '35%'],
    [1, '100%'],
  ];
  for (const [share, text] of rows) t.equal(formatPercent(share), text, `${share}`);
});

t.test('times', async (t) => {
  const rows: readonly (readonly [number | undefined, string])[] = [
    [undefined, '-'],
    [0, '0'],
    [0.0000002, '1us'],
    [0.000085, '85us'],
    [0.000999, '999us'],
    [0.0009996, '1.0ms'],
    [0.0023, '2.3ms'],
    [0.00996, '10ms'],
    [0.041, '41ms'],
    [0.9996, '1.00s'],
    [1.2, '1.20s'],
    [59.99, '59.99s'],
    [59.996, '1m00s'],
    [185, '3m05s'],
    [7800, '2h10m'],
  ];
  for (const [seconds, text] of rows) t.equal(formatDuration(seconds), text, `${seconds}`);
});

t.test('bytes and moments', async (t) => {
  t.equal(formatBytes(999), '999 bytes');
  t.equal(formatBytes(34_500), '34.5 kB');
  t.equal(formatBytes(999_500), '1.00 MB');
  t.equal(formatBytes(12_345_678), '12.3 MB');
  t.equal(formatWallTime(Date.UTC(2026, 6, 1, 14, 5, 9, 900)), '2026-07-01 14:05:09');
});
