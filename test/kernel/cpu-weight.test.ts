import t from 'tap';
import {
  effectiveShares,
  parseCpuIdle,
  parseCpuShares,
  parseCpuWeight,
  sharesFromCores,
  weightFromSharesLinear,
  weightFromSharesQuadratic,
} from '../../kernel/cpu-weight.ts';
import { fc } from '../support/properties.ts';
import { refusalOf } from '../support/refusal.ts';

t.test('parses weights and cpu.idle', async (t) => {
  t.strictSame(parseCpuWeight('100\n', 'p'), { kind: 'weight', weight: 100 });
  t.strictSame(parseCpuWeight('0\n', 'p'), { kind: 'weight', weight: 0 }, 'while cpu.idle is 1');
  t.strictSame(parseCpuShares('1024\n', 'p'), { kind: 'shares', shares: 1024 });
  t.strictSame(parseCpuShares('3\n', 'p'), { kind: 'shares', shares: 3 }, 'while cpu.idle is 1');
  t.equal(parseCpuIdle('1\n', 'p'), true);
  t.equal(parseCpuIdle('0\n', 'p'), false);
});

t.test('refuses what the kernel never prints', async (t) => {
  const rows: [parse: (text: string, path: string) => unknown, text: string, greatest: number][] = [
    [parseCpuWeight, '10001\n', 10_000],
    [parseCpuWeight, '-20\n', 10_000],
    [parseCpuShares, '262145\n', 262_144],
    [parseCpuShares, '\n', 262_144],
    [parseCpuIdle, '2\n', 1],
    [parseCpuIdle, 'true\n', 1],
  ];
  for (const [parse, text, greatest] of rows) {
    t.strictSame(
      refusalOf(() => parse(text, 'p')),
      { path: 'p', line: 1, expected: `a whole number from 0 to ${greatest}`, found: text.trimEnd() },
    );
  }
});

t.test('gives the shares that the kubelet gives', async (t) => {
  const rows: [cores: number, shares: number][] = [
    [0, 2],
    [0.001, 2],
    [0.002, 2],
    [0.003, 3],
    [0.0001, 2],
    [0.1, 102],
    [0.5, 512],
    [0.7, 716],
    [1, 1024],
    [1.1, 1126],
    [1.5, 1536],
    [3 * 0.1, 307],
    [256, 262_144],
    [1000, 262_144],
  ];
  for (const [cores, shares] of rows) t.equal(sharesFromCores(cores), shares, `${cores} CPUs`);
});

t.test('gives the weights that runtimes give', async (t) => {
  const rows: [shares: number, linear: number, quadratic: number][] = [
    [2, 1, 1],
    [3, 1, 2],
    [102, 4, 17],
    [1024, 39, 100],
    [2048, 79, 174],
    [4096, 157, 303],
    [8192, 313, 532],
    [262_143, 9999, 10_000],
    [262_144, 10_000, 10_000],
  ];
  for (const [shares, linear, quadratic] of rows) {
    t.equal(weightFromSharesLinear(shares), linear, `linear ${shares}`);
    t.equal(weightFromSharesQuadratic(shares), quadratic, `quadratic ${shares}`);
  }
});

t.test('more shares never give less weight, and every weight is one that the kernel takes', async (t) => {
  const shares = fc.integer({ min: 2, max: 262_144 });
  fc.assert(
    fc.property(
      shares,
      shares,
      fc.constantFrom(weightFromSharesLinear, weightFromSharesQuadratic),
      (a, b, f) => {
        const [low, high] = [f(Math.min(a, b)), f(Math.max(a, b))];
        return Number.isInteger(low) && Number.isInteger(high) && 1 <= low && low <= high && high <= 10_000;
      },
    ),
  );
  t.pass('holds');
});

t.test('puts both versions on one scale', async (t) => {
  t.equal(effectiveShares({ kind: 'shares', shares: 2048 }), 2048);
  t.equal(effectiveShares({ kind: 'weight', weight: 100 }), 1024);
  t.equal(effectiveShares({ kind: 'weight', weight: 39 }), 399);
  t.equal(effectiveShares({ kind: 'weight', weight: 10_000 }), 102_400);
  t.equal(effectiveShares({ kind: 'weight', weight: 0 }), effectiveShares(parseCpuShares('3', 'p')), 'idle');
});
