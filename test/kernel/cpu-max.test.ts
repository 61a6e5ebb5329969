import t from 'tap';
import {
  formatCpuMax,
  parseCfsQuota,
  parseCpuMax,
  parseCpuMaxBurst,
  quotaCores,
} from '../../kernel/cpu-max.ts';
import { fc } from '../support/properties.ts';
import { refusalOf } from '../support/refusal.ts';

t.test('parses cpu.max', async (t) => {
  t.strictSame(parseCpuMax('max 100000\n', 'p'), { quotaUsec: 'max', periodUsec: 100_000 });
  t.strictSame(parseCpuMax('150000 100000\n', 'p'), { quotaUsec: 150_000, periodUsec: 100_000 });
  t.equal(parseCpuMaxBurst('0\n', 'p'), 0);
  t.equal(parseCpuMaxBurst('20000\n', 'p'), 20_000);
});

t.test('parses cfs_quota_us and cfs_period_us', async (t) => {
  t.strictSame(parseCfsQuota('-1\n', '100000\n', 'q', 'p'), { quotaUsec: 'max', periodUsec: 100_000 });
  t.strictSame(parseCfsQuota('20000\n', '100000\n', 'q', 'p'), { quotaUsec: 20_000, periodUsec: 100_000 });
});

t.test('refuses other shapes', async (t) => {
  const shape = '"QUOTA PERIOD" in microseconds';
  const whole = 'a whole number from 0 to 9007199254740991';
  const positive = 'a whole number from 1 to 9007199254740991';
  const rows: [text: string, expected: string, found: string][] = [
    ['', shape, ''],
    ['max\n', shape, 'max'],
    ['max 100000 5\n', shape, 'max 100000 5'],
    ['max  100000\n', shape, 'max  100000'],
    ['-1 100000\n', whole, '-1'],
    ['100000 0\n', positive, '0'],
    ['100000 max\n', positive, 'max'],
    ['1\n2 3', whole, '1\n2'],
  ];
  for (const [text, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => parseCpuMax(text, 'p')),
      { path: 'p', line: 1, expected, found },
      text,
    );
  }
  t.equal(refusalOf(() => parseCpuMaxBurst('max\n', 'p')).expected, whole);
});

t.test('names the file that was wrong', async (t) => {
  t.equal(refusalOf(() => parseCfsQuota('-2\n', '100000\n', 'quota', 'period')).path, 'quota');
  t.equal(refusalOf(() => parseCfsQuota('max\n', '100000\n', 'quota', 'period')).path, 'quota');
  t.equal(refusalOf(() => parseCfsQuota('-1\n', '0\n', 'quota', 'period')).path, 'period');
});

t.test('format and parse are inverse', async (t) => {
  t.equal(formatCpuMax({ quotaUsec: 'max', periodUsec: 100_000, burstUsec: 5 }), 'max 100000');
  const quota = fc.oneof(fc.constant('max' as const), fc.maxSafeNat());
  fc.assert(
    fc.property(quota, fc.integer({ min: 1 }), (quotaUsec, periodUsec) => {
      const parsed = parseCpuMax(formatCpuMax({ quotaUsec, periodUsec }), 'p');
      return parsed.quotaUsec === quotaUsec && parsed.periodUsec === periodUsec;
    }),
  );
});

t.test('counts the CPUs that a quota allows', async (t) => {
  t.equal(quotaCores({ quotaUsec: 150_000, periodUsec: 100_000 }), 1.5);
  t.equal(quotaCores({ quotaUsec: 'max', periodUsec: 100_000 }), undefined);
});
