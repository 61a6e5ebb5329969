import t from 'tap';
import { parseCpuStatLocal, parseCpuStatV1, parseCpuStatV2 } from '../../kernel/cpu-stat.ts';
import { refusalOf } from '../support/refusal.ts';

const usage = 'usage_usec 121103063\nuser_usec 95058363\nsystem_usec 26044699\n';

t.test('parses v2', async (t) => {
  const times = { usageNs: 121103063000n, userNs: 95058363000n, systemNs: 26044699000n };
  const rows: [name: string, text: string, expected: ReturnType<typeof parseCpuStatV2>][] = [
    ['Linux 6.18 without the cpu controller', `${usage}nice_usec 0\n`, times],
    ['usage alone', 'usage_usec 7\n', { usageNs: 7000n }],
    [
      'Linux 4.15, before bursts',
      `${usage}nr_periods 30\nnr_throttled 29\nthrottled_usec 2313428\n`,
      { ...times, bandwidth: { periods: 30, throttledPeriods: 29, throttledNs: 2313428000n } },
    ],
    [
      'Linux 6.18 with the cpu controller',
      `${usage}nice_usec 0\ncore_sched.force_idle_usec 0\nnr_periods 30\nnr_throttled 29\n` +
        'throttled_usec 2313428\nnr_bursts 4\nburst_usec 900\n',
      {
        ...times,
        bandwidth: {
          periods: 30,
          throttledPeriods: 29,
          throttledNs: 2313428000n,
          bursts: 4,
          burstNs: 900000n,
        },
      },
    ],
    [
      'keys of a later kernel, in another order',
      'some.new_key abc\nuser_usec 2\nshiny\nusage_usec 3\n',
      { usageNs: 3000n, userNs: 2000n },
    ],
    [
      'two years on 256 CPUs',
      'usage_usec 16156800000000123\nuser_usec 9007199254740993\n',
      { usageNs: 16156800000000123000n, userNs: 9007199254740993000n },
    ],
  ];
  for (const [name, text, expected] of rows) t.strictSame(parseCpuStatV2(text, 'p'), expected, name);
});

t.test('parses v1', async (t) => {
  const rows: [name: string, text: string, expected: ReturnType<typeof parseCpuStatV1>][] = [
    [
      'Linux 6.18, a parent with a quota of 20 ms',
      'nr_periods 30\nnr_throttled 29\nthrottled_time 2313428804\nnr_bursts 0\nburst_time 0\n',
      {
        bandwidth: { periods: 30, throttledPeriods: 29, throttledNs: 2313428804n, bursts: 0, burstNs: 0n },
      },
    ],
    [
      'with schedstats on',
      'nr_periods 0\nnr_throttled 0\nthrottled_time 0\nwait_sum 19374822871\nnr_bursts 0\nburst_time 0\n',
      {
        bandwidth: { periods: 0, throttledPeriods: 0, throttledNs: 0n, bursts: 0, burstNs: 0n },
        waitSumNs: 19374822871n,
      },
    ],
    [
      'Linux 3.10, throttled for two years on 256 CPUs',
      'nr_periods 630720000\nnr_throttled 630719999\nthrottled_time 16156800000000000123\n',
      { bandwidth: { periods: 630720000, throttledPeriods: 630719999, throttledNs: 16156800000000000123n } },
    ],
  ];
  for (const [name, text, expected] of rows) t.strictSame(parseCpuStatV1(text, 'p'), expected, name);
});

t.test('parses cpu.stat.local in the unit of its version', async (t) => {
  t.equal(parseCpuStatLocal('throttled_usec 2393041\n', 'p'), 2393041000n);
  t.equal(parseCpuStatLocal('throttled_time 2393041962\n', 'p'), 2393041962n);
});

t.test('refuses a missing key or a wrong value', async (t) => {
  const number = 'an unsigned 64-bit number';
  const rows: [parse: (text: string, path: string) => unknown, text: string, line: number, string, string][] =
    [
      [parseCpuStatV2, '', 1, 'a line "usage_usec NUMBER"', 'end of text'],
      [parseCpuStatV2, 'user_usec 1\nsystem_usec 2\n', 3, 'a line "usage_usec NUMBER"', 'end of text'],
      [parseCpuStatV2, 'usage_usec -3\n', 1, number, '-3'],
      [parseCpuStatV2, 'usage_usec 3\nuser_usec 1 2\n', 2, number, '1 2'],
      [parseCpuStatV2, `${usage}nr_periods 3\n`, 5, 'a line "nr_throttled NUMBER"', 'end of text'],
      [
        parseCpuStatV2,
        `${usage}nr_periods 3\nnr_throttled 1\n`,
        6,
        'a line "throttled_usec NUMBER"',
        'end of text',
      ],
      [parseCpuStatV2, `${usage}nr_periods 18446744073709551616\n`, 4, number, '18446744073709551616'],
      [parseCpuStatV1, usage, 4, 'a line "nr_periods NUMBER"', 'end of text'],
      [
        parseCpuStatV1,
        'nr_periods 1\nnr_throttled 0\nthrottled_usec 5\n',
        4,
        'a line "throttled_time NUMBER"',
        'end of text',
      ],
      [
        parseCpuStatV1,
        'nr_periods 1\nnr_throttled 0\nthrottled_time 5\nwait_sum \n',
        4,
        'an unsigned 64-bit number',
        '',
      ],
      [parseCpuStatLocal, '', 1, 'a line "throttled_usec NUMBER" or "throttled_time NUMBER"', 'end of text'],
      [parseCpuStatLocal, 'throttled_time 1s\n', 1, number, '1s'],
    ];
  for (const [parse, text, line, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => parse(text, '/sys/fs/cgroup/a/cpu.stat')),
      { path: '/sys/fs/cgroup/a/cpu.stat', line, expected, found },
      JSON.stringify(text),
    );
  }
});
