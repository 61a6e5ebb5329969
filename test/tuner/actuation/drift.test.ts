/** Who changed a value of ours, and what is done about it. */
import t from 'tap';
import { cpuSetOf } from '../../../kernel/cpu-set.ts';
import { findDrift, type HeldSetting } from '../../../tuner/actuation/drift.ts';
import type { GroupView } from '../../../tuner/observation/node-view.ts';
import type { Setting } from '../../../tuner/plan/setting.ts';

const weight = (value: number): Setting => ({ knob: 'weight', weight: { kind: 'weight', weight: value } });
const quota = (quotaUsec: number | 'max'): Setting => ({ knob: 'quota', quotaUsec, periodUsec: 100_000 });
const cpus = (...numbers: number[]): Setting => ({ knob: 'cpus', cpus: cpuSetOf(numbers) });

const pod = '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice';
const other = '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod2.slice';
const plain = '/kubepods/burstable/pod1';

const held = (path: string, ours: Setting, baseline: Setting): HeldSetting => ({
  path,
  cgroupId: 1n,
  ours,
  baseline,
});
const group = (path: string, more: Partial<GroupView>): GroupView => ({ path, cgroupId: 1n, ...more });
const shows = (path: string, weightValue: number, quotaUsec: number | 'max' = 'max'): GroupView =>
  group(path, {
    weight: { kind: 'weight', weight: weightValue },
    quota: { quotaUsec, periodUsec: 100_000 },
  });

t.test('actors', async (t) => {
  const rows: readonly (readonly [
    why: string,
    held: readonly HeldSetting[],
    now: readonly GroupView[],
    actors: readonly string[],
  ])[] = [
    ['all is well', [held(pod, weight(200), weight(100))], [shows(pod, 200)], []],
    ['one value went back', [held(pod, weight(200), weight(100))], [shows(pod, 100)], ['unknown']],
    [
      'all values of a slice went back at once',
      [held(pod, weight(200), weight(100)), held(other, weight(300), weight(50))],
      [shows(pod, 100), shows(other, 50)],
      ['systemd', 'systemd'],
    ],
    [
      'one of two went back',
      [held(pod, weight(200), weight(100)), held(other, weight(300), weight(50))],
      [shows(pod, 100), shows(other, 300)],
      ['unknown'],
    ],
    [
      'weight and quota of a pod are new',
      [held(plain, weight(200), weight(100)), held(plain, quota('max'), quota(50_000))],
      [shows(plain, 150, 75_000)],
      ['kubelet', 'kubelet'],
    ],
    [
      "a pod's cpuset",
      [held(plain, cpus(0), cpus(0, 1))],
      [group(plain, { configuredCpus: cpuSetOf([0, 1]) })],
      ['kubelet'],
    ],
    ['gone', [held(pod, weight(200), weight(100))], [], ['runtime']],
    ['made anew', [held(pod, weight(200), weight(100))], [{ ...shows(pod, 100), cgroupId: 2n }], ['runtime']],
    [
      'an idle group shows no weight',
      [held(pod, weight(200), weight(100))],
      [group(pod, { weight: { kind: 'weight', weight: 0 }, idle: true })],
      [],
    ],
  ];
  for (const [why, settings, now, actors] of rows) {
    t.strictSame(
      findDrift(settings, now).map(({ actor }) => actor),
      actors,
      why,
    );
  }
});
