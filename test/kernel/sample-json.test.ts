import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { decodeSample, encodeSample } from '../../kernel/sample-json.ts';
import type { Sample } from '../../kernel/sample.ts';
import { arbitrarySample } from '../support/arbitrary-sample.ts';
import { fc } from '../support/properties.ts';
import { refusalOf } from '../support/refusal.ts';

const sample: Sample = {
  formatVersion: 1,
  wallTimeMs: 1795307431000,
  monotonicNs: 9007199254740993n,
  host: {
    monotonicNs: 2250000000000n,
    cgroupVersion: 'hybrid',
    online: { cpus: [0, 1] },
    cpus: [
      {
        cpu: 0,
        userNs: 48470000000n,
        niceNs: 0n,
        systemNs: 12240000000n,
        idleNs: 1077970000000n,
        iowaitNs: 3670000000n,
        irqNs: 0n,
        softirqNs: 550000000n,
        stealNs: 10660000000n,
      },
    ],
  },
  containers: [
    {
      path: '/demo/victim',
      identity: { kind: 'cgroup', name: 'victim' },
      reservation: { cores: 1.5, source: 'demo' },
    },
  ],
  cgroups: [
    {
      path: '/demo/victim',
      cgroupId: 77n,
      monotonicNs: 2250000000001n,
      usageNs: 63113904000000001n,
      weight: { kind: 'shares', shares: 1536 },
      quota: { quotaUsec: 'max', periodUsec: 100_000 },
      allowedCpus: { cpus: [] },
      threads: {
        monotonicNs: 2250000000002n,
        tids: Uint32Array.of(4711, 0),
        runNs: BigUint64Array.of(1n, 9007199254740992n),
        runDelayNs: BigUint64Array.of(2n, 0n),
        timeslices: BigUint64Array.of(3n, 18446744073709551615n),
        unread: 1,
      },
    },
  ],
  collectors: [{ name: 'cpu.stat', reads: 2, failures: 0, durationNs: 1500 }],
};

const line =
  '{"formatVersion":1,"wallTimeMs":1795307431000,"monotonicNs":"9007199254740993",' +
  '"host":{"monotonicNs":2250000000000,"cgroupVersion":"hybrid","online":"0-1","cpus":[{"cpu":0,' +
  '"userNs":48470000000,"niceNs":0,"systemNs":12240000000,"idleNs":1077970000000,"iowaitNs":3670000000,' +
  '"irqNs":0,"softirqNs":550000000,"stealNs":10660000000}]},' +
  '"containers":[{"path":"/demo/victim","identity":{"kind":"cgroup","name":"victim"},' +
  '"reservation":{"cores":1.5,"source":"demo"}}],' +
  '"cgroups":[{"path":"/demo/victim","cgroupId":77,"monotonicNs":2250000000001,"usageNs":"63113904000000001",' +
  '"weight":{"kind":"shares","shares":1536},"quota":{"quotaUsec":"max","periodUsec":100000},"allowedCpus":"",' +
  '"threads":{"monotonicNs":2250000000002,"tids":[4711,0],"runNs":[1,"9007199254740992"],"runDelayNs":[2,0],' +
  '"timeslices":[3,"18446744073709551615"],"unread":1}}],' +
  '"collectors":[{"name":"cpu.stat","reads":2,"failures":0,"durationNs":1500}]}';

type Json = Record<string, unknown>;

/** The sample's JSON with the value at a path replaced, or removed when it is undefined. */
function lineWith(path: readonly (string | number)[], value: unknown): string {
  const document = JSON.parse(line) as Json;
  const inner = path.slice(0, -1).reduce<Json>((json, key) => json[key] as Json, document);
  inner[path.at(-1)!] = value;
  return JSON.stringify(document);
}

t.test('writes the documented form', async (t) => {
  t.equal(encodeSample(sample), line);
  t.strictSame(decodeSample(line, 'p'), sample);
});

t.test('decodes what it encoded, whatever the sample', async (t) => {
  fc.assert(
    fc.property(arbitrarySample, (any) => {
      const encoded = encodeSample(any);
      return !encoded.includes('\n') && isDeepStrictEqual(decodeSample(encoded, 'p'), any);
    }),
    { numRuns: 200 },
  );
  t.pass('holds');
});

t.test('skips keys that it does not know', async (t) => {
  t.strictSame(decodeSample(lineWith(['host', 'moonPhase'], { full: true }), 'p'), sample);
  t.strictSame(decodeSample(line.replace('{', '{"__proto__":{"usageNs":1},"toString":1,'), 'p'), sample);
  t.strictSame(Object.keys(decodeSample(line, 'p')), Object.keys(sample));
});

t.test('takes no field from a prototype', async (t) => {
  const inherited = lineWith(['host', 'online'], undefined).replace(
    '"host":{',
    '"host":{"__proto__":{"online":"0"},',
  );
  t.equal(refusalOf(() => decodeSample(inherited, 'p')).expected, 'a CPU list at host.online');
  t.equal(refusalOf(() => decodeSample('{"__proto__":{"formatVersion":1}}', 'p')).found, 'nothing');
  const kind = lineWith(['cgroups', 0, 'weight'], { kind: 'constructor' });
  t.equal(
    refusalOf(() => decodeSample(kind, 'p')).expected,
    'one of weight, shares at cgroups[0].weight.kind',
  );
});

t.test('refuses another format version before anything else', async (t) => {
  const error = refusalOf(() => decodeSample('{"formatVersion":2}', 'old.jsonl', 3));
  t.strictSame(error, {
    path: 'old.jsonl',
    line: 3,
    expected: '1, the only format of recordings that this program reads, at formatVersion',
    found: '2',
  });
});

t.test('names the place that is wrong', async (t) => {
  const counter = 'a counter from 0 to 18446744073709551615, as a whole number or a string of digits';
  const count = 'a whole number from 0 to 9007199254740991';
  const rows: [path: (string | number)[], value: unknown, expected: string, found: string][] = [
    [['wallTimeMs'], null, 'a number from 0 up at wallTimeMs', 'null'],
    [['wallTimeMs'], undefined, 'a number from 0 up at wallTimeMs', 'nothing'],
    [['monotonicNs'], -1, `${counter} at monotonicNs`, '-1'],
    [['monotonicNs'], 1.5, `${counter} at monotonicNs`, '1.5'],
    [['monotonicNs'], 2 ** 53, `${counter} at monotonicNs`, '9007199254740992'],
    [['monotonicNs'], '007', `${counter} at monotonicNs`, '007'],
    [['monotonicNs'], '18446744073709551616', `${counter} at monotonicNs`, '18446744073709551616'],
    [['monotonicNs'], '0x10', `${counter} at monotonicNs`, '0x10'],
    [['monotonicNs'], '', `${counter} at monotonicNs`, ''],
    [['host'], [], 'an object at host', 'an array'],
    [['host', 'cgroupVersion'], 'v3', 'one of v1, v2, hybrid at host.cgroupVersion', 'v3'],
    [['host', 'online'], [0, 1], 'a CPU list at host.online', 'an array'],
    [['host', 'online'], '1-0', 'a whole number from 1 to 65535 at host.online', '0'],
    [['host', 'online'], '0-4294967295', 'a whole number from 0 to 65535 at host.online', '4294967295'],
    [['host', 'cpus', 0, 'cpu'], 65_536, 'a whole number from 0 to 65535 at host.cpus[0].cpu', '65536'],
    [['host', 'cpus', 0], 'cpu0', 'an object at host.cpus[0]', 'cpu0'],
    [['containers'], { length: 1 }, 'an array at containers', 'an object'],
    [['containers', 0, 'path'], '/', 'a path below "/" at containers[0].path', '/'],
    [['containers', 0, 'path'], 'demo', 'a path below "/" at containers[0].path', 'demo'],
    [['containers', 0, 'identity', 'name'], 7, 'a string at containers[0].identity.name', '7'],
    [
      ['containers', 0, 'reservation', 'cores'],
      -1,
      'a number from 0 up at containers[0].reservation.cores',
      '-1',
    ],
    [['cgroups', 0, 'weight'], 100, 'an object at cgroups[0].weight', '100'],
    [
      ['cgroups', 0, 'weight', 'shares'],
      2.5,
      'a whole number from 0 to 262144 at cgroups[0].weight.shares',
      '2.5',
    ],
    [['cgroups', 0, 'idle'], 1, 'true or false at cgroups[0].idle', '1'],
    [['cgroups', 0, 'quota', 'quotaUsec'], 'none', `"max" or ${count} at cgroups[0].quota.quotaUsec`, 'none'],
    [
      ['cgroups', 0, 'quota', 'periodUsec'],
      0,
      'a whole number from 1 to 9007199254740991 at cgroups[0].quota.periodUsec',
      '0',
    ],
    [
      ['cgroups', 0, 'threads', 'tids', 1],
      2 ** 32,
      'a whole number from 0 to 4294967295 at cgroups[0].threads.tids[1]',
      '4294967296',
    ],
    [['cgroups', 0, 'threads', 'runNs', 1], true, `${counter} at cgroups[0].threads.runNs[1]`, 'true'],
    [['cgroups', 0, 'threads', 'runNs', 2], 5, 'columns of one length at cgroups[0].threads', 'an object'],
    [['collectors', 0, 'durationNs'], '1', 'a number from 0 up at collectors[0].durationNs', '1'],
  ];
  for (const [path, value, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => decodeSample(lineWith(path, value), 'p', 2)),
      { path: 'p', line: 2, expected, found },
      `${path.join('.')} = ${JSON.stringify(value)}`,
    );
  }
});

t.test('refuses truncated lines, wherever they were cut', async (t) => {
  const found = Array.from(line, (_character, length) =>
    refusalOf(() => decodeSample(line.slice(0, length), 'p')),
  );
  t.ok(found.every(({ expected }) => expected === 'one whole line of JSON'));
});

t.test('refuses deep nesting without running out of stack', async (t) => {
  const deep = (place: string): string =>
    line.replace(place, `${place}${'['.repeat(1e5)}${']'.repeat(1e5)},"x":`);
  t.equal(refusalOf(() => decodeSample(deep('"monotonicNs":'), 'p')).found, 'an array');
  t.equal(refusalOf(() => decodeSample(deep('"tids":'), 'p')).found, 'an array');
  t.equal(refusalOf(() => decodeSample('{"a":'.repeat(1e5), 'p')).expected, 'one whole line of JSON');
});

t.test('only ever throws its own error', async (t) => {
  const keys = fc.constantFrom(
    'formatVersion',
    'wallTimeMs',
    'monotonicNs',
    'host',
    'cgroups',
    'containers',
    '__proto__',
  );
  const json = fc.dictionary(keys, fc.jsonValue());
  const wholePath = fc.constantFrom<(string | number)[][]>(
    ['host'],
    ['host', 'cpus'],
    ['host', 'cpus', 0],
    ['host', 'online'],
    ['cgroups', 0],
    ['cgroups', 0, 'weight'],
    ['cgroups', 0, 'quota'],
    ['cgroups', 0, 'threads'],
    ['cgroups', 0, 'threads', 'tids'],
    ['containers', 0, 'identity'],
  );
  const hostile = fc.oneof(
    json.map((document) => JSON.stringify({ ...document, formatVersion: 1 })),
    fc.tuple(wholePath, fc.jsonValue()).map(([path, value]) => lineWith(path, value)),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        decodeSample(text, 'p');
      } catch {
        refusalOf(() => decodeSample(text, 'p'));
      }
    }),
    { numRuns: 500 },
  );
  t.pass('holds');
});
