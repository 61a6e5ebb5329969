import t from 'tap';
import {
  cgroupLimits,
  firstOf,
  type ReservationSource,
  type ReservationSubject,
} from '../../host/reservation-source.ts';
import type { ContainerKind } from '../../kernel/sample.ts';

const online = { cpus: [0, 1, 2, 3] };
const quota = { quotaUsec: 150_000, periodUsec: 100_000 } as const;
const unlimited = { quotaUsec: 'max', periodUsec: 100_000 } as const;
const subject = (kind: ContainerKind, more: Partial<ReservationSubject> = {}): ReservationSubject => ({
  path: '/x',
  identity: { kind, name: 'x' },
  online,
  ...more,
});

const rows: readonly (readonly [
  why: string,
  subject: ReservationSubject,
  cores: number | undefined,
  source?: RegExp,
])[] = [
  ['docker with --cpus', subject('docker', { quota }), 1.5, /a limit, taken for a reservation/],
  ['podman with --cpus', subject('podman', { quota }), 1.5, /podman/],
  ['apptainer with --cpus', subject('apptainer', { quota }), 1.5, /limit/],
  ['docker without', subject('docker', { quota: unlimited }), undefined],
  ['docker, quota not known', subject('docker'), undefined],
  ['docker with a cpuset alone', subject('docker', { allowedCpus: { cpus: [0] } }), undefined],
  ['a service with a quota', subject('systemd', { quota }), undefined],
  ['a pod: its requests say', subject('kubernetes', { quota }), undefined],
  ['a plain cgroup', subject('cgroup', { quota }), undefined],
  ['slurm with its CPUs', subject('slurm', { allowedCpus: { cpus: [1, 2] } }), 2, /allocated/],
  [
    'slurm: the cpuset before the quota',
    subject('slurm', { allowedCpus: { cpus: [1] }, quota }),
    1,
    /allocated/,
  ],
  ['slurm on all CPUs: perhaps not confined', subject('slurm', { allowedCpus: online }), undefined],
  ['slurm with a quota', subject('slurm', { allowedCpus: online, quota }), 1.5, /limit/],
];
for (const [why, each, cores, source] of rows) {
  t.test(why, async (t) => {
    const reservation = cgroupLimits.reservationFor(each);
    t.equal(reservation?.cores, cores);
    if (source) t.match(reservation?.source, source);
  });
}

t.test('the first that answers is believed; names, refinements and changes add up', async (t) => {
  const calls: string[] = [];
  const source = (name: string, cores: number | undefined, changed: boolean): ReservationSource => ({
    reservationFor: () => (cores === undefined ? undefined : { cores, source: name }),
    identityFor: ({ identity }) => ({ ...identity, name: `${identity.name}+${name}` }),
    names: (path) => path === `/${name}`,
    refresh: () => {
      calls.push(name);
      return changed;
    },
  });
  const all = firstOf([
    source('a', undefined, true),
    source('b', 2, false),
    source('c', 3, false),
    cgroupLimits,
  ]);
  t.strictSame(all.reservationFor(subject('docker', { quota })), { cores: 2, source: 'b' });
  t.equal(all.identityFor?.(subject('docker'))?.name, 'x+a+b+c');
  t.strictSame(
    ['/a', '/c', '/d'].map((path) => all.names?.(path)),
    [true, true, false],
  );
  t.equal(all.refresh?.(), true);
  t.strictSame(calls, ['a', 'b', 'c'], 'each is asked, also after one said yes');
  t.equal(firstOf([]).reservationFor(subject('docker')), undefined);
});

t.test(
  'a source that fails keeps no other from being refreshed, and no change from being told',
  async (t) => {
    let isBroken = true;
    let changes = 1;
    const broken: ReservationSource = {
      reservationFor: () => undefined,
      refresh: () => {
        if (isBroken) throw new Error('broken');
        return false;
      },
    };
    const changing: ReservationSource = { reservationFor: () => undefined, refresh: () => changes-- > 0 };
    const all = firstOf([broken, changing]);
    t.throws(() => all.refresh?.(), { message: 'broken' });
    isBroken = false;
    t.equal(all.refresh?.(), true);
    t.equal(all.refresh?.(), false);
  },
);
