/** What holds for every parser of kernel text: on any text it gives a value or throws KernelTextError with its path. */
import t from 'tap';
import { parseCfsQuota, parseCpuMax, parseCpuMaxBurst } from '../../kernel/cpu-max.ts';
import { parseCpuSet } from '../../kernel/cpu-set.ts';
import { parseCpuStatLocal, parseCpuStatV1, parseCpuStatV2 } from '../../kernel/cpu-stat.ts';
import { parseCpuIdle, parseCpuShares, parseCpuWeight } from '../../kernel/cpu-weight.ts';
import { parseCpuacctUsage, parseCpuacctUsagePercpu } from '../../kernel/cpuacct.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import { parsePressure } from '../../kernel/pressure.ts';
import { parseProcCgroup } from '../../kernel/proc-cgroup.ts';
import { parseProcSchedstat } from '../../kernel/proc-schedstat.ts';
import { parseProcStat } from '../../kernel/proc-stat.ts';
import { decodeSample } from '../../kernel/sample-json.ts';
import { parseThreadSchedstat, scanThreadSchedstat } from '../../kernel/thread-schedstat.ts';
import { parseTidList } from '../../kernel/tid-list.ts';
import { anyCodePoint } from '../support/arbitrary-sample.ts';
import { fc } from '../support/properties.ts';

const path = '/sys/fs/cgroup/some/file';

interface Row {
  readonly name: string;
  readonly parse: (text: string, path: string) => unknown;
  /** A text that it accepts, to be spoilt. */
  readonly text: string;
}

const bandwidth = 'nr_periods 30\nnr_throttled 29\nthrottled_time 2313428804\nwait_sum 5\n';
const bandwidthV2 = 'nr_periods 30\nnr_throttled 29\nthrottled_usec 2313428\nnr_bursts 1\nburst_usec 4\n';

const rows: readonly Row[] = [
  { name: 'cpu.stat v1', parse: parseCpuStatV1, text: bandwidth },
  {
    name: 'cpu.stat v2',
    parse: parseCpuStatV2,
    text: `usage_usec 121103063\nuser_usec 95058363\n${bandwidthV2}`,
  },
  { name: 'cpu.stat.local', parse: parseCpuStatLocal, text: 'throttled_usec 2393041\n' },
  { name: 'cpuacct.usage', parse: parseCpuacctUsage, text: '123146997343\n' },
  { name: 'cpuacct.usage_percpu', parse: parseCpuacctUsagePercpu, text: '62384813546 60763583652 \n' },
  { name: 'cpu.max', parse: parseCpuMax, text: 'max 100000\n' },
  { name: 'cpu.max.burst', parse: parseCpuMaxBurst, text: '20000\n' },
  {
    name: 'cpu.cfs_quota_us',
    parse: (text, path) => parseCfsQuota(text, '100000\n', path, 'p'),
    text: '-1\n',
  },
  {
    name: 'cpu.cfs_period_us',
    parse: (text, path) => parseCfsQuota('-1\n', text, 'q', path),
    text: '100000\n',
  },
  { name: 'cpu.weight', parse: parseCpuWeight, text: '100\n' },
  { name: 'cpu.shares', parse: parseCpuShares, text: '1024\n' },
  { name: 'cpu.idle', parse: parseCpuIdle, text: '1\n' },
  { name: 'CPU list', parse: parseCpuSet, text: '0-3,8,10-11\n' },
  {
    name: 'cpu.pressure',
    parse: parsePressure,
    text: 'some avg10=0.03 avg60=0.54 avg300=0.67 total=11651565\nfull avg10=0.00 total=0\n',
  },
  { name: 'thread schedstat', parse: parseThreadSchedstat, text: '1438284 305017 2\n' },
  { name: 'thread schedstat, scanned', parse: scanText, text: '63113904000000001 305017 2\n' },
  {
    name: '/proc/schedstat',
    parse: parseProcSchedstat,
    text: 'version 15\ntimestamp 42\ncpu0 0 0 28135 8432 10583 5233 4285421316 1273913327 19651\n',
  },
  {
    name: '/proc/stat',
    parse: parseProcStat,
    text: 'cpu  9505 0 2455 215902 542 0 150 2229 0 0\ncpu0 4847 0 1224 107797 367 0 55\nintr 5 0\nbtime 1795307431\n',
  },
  {
    name: '/proc/<pid>/cgroup',
    parse: parseProcCgroup,
    text: '9:name=systemd:/\n2:cpu,cpuacct:/a\n0::/a:b\n',
  },
  { name: 'tasks', parse: parseTidList, text: '1\n4711\n' },
  { name: 'tasks, bytes', parse: (text, path) => parseTidList(Buffer.from(text), path), text: '1\n4711\n' },
  {
    name: 'sample',
    parse: decodeSample,
    text:
      '{"formatVersion":1,"wallTimeMs":1,"monotonicNs":1,"host":{"monotonicNs":1,"cgroupVersion":"v2","online":"0",' +
      '"cpus":[]},"containers":[],"cgroups":[{"path":"/a","cgroupId":1,"monotonicNs":1}],"collectors":[]}',
  },
];

function scanText(text: string, path: string): void {
  const column = (): Uint32Array => new Uint32Array(2);
  const bytes = Buffer.from(text);
  scanThreadSchedstat(
    bytes,
    bytes.length,
    path,
    { runNs: column(), runDelayNs: column(), timeslices: column() },
    0,
  );
}

/** Any text at all, and text that shares pieces with kernel files. */
const piece = fc.oneof(
  fc.string({ unit: anyCodePoint, maxLength: 8 }),
  fc.bigInt({ min: -3n, max: 2n ** 70n }).map(String),
  fc.constantFrom(
    '\n',
    '\n\n',
    ' ',
    '-',
    ',',
    ':',
    '/',
    '0',
    '\r\n',
    '\0',
    'max',
    'cpu',
    'cpu0 ',
    'version 15\n',
  ),
);
const anyText = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.string({ unit: anyCodePoint, maxLength: 50 }),
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
);

/** The text with one stretch replaced. */
function spoilt(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(text.length), fc.nat(6), piece)
    .map(([at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length));
}

for (const { name, parse, text } of rows) {
  t.test(name, async (t) => {
    t.doesNotThrow(() => parse(text, path), 'accepts the real text');
    fc.assert(
      fc.property(fc.oneof(anyText, spoilt(text)), (given) => {
        try {
          parse(given, path);
          return true;
        } catch (error) {
          return error instanceof KernelTextError && error.path === path && error.line >= 1;
        }
      }),
      { numRuns: 300 },
    );
    t.pass('throws nothing but its error on any text');
  });
}
