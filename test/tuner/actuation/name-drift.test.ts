import t from 'tap';
import { nameDrift } from '../../../tuner/actuation/name-drift.ts';
import type { GroupView } from '../../../tuner/observation/node-view.ts';
import type { WantedSetting } from '../../../tuner/policy/policy.ts';

const shares = (value: number) => ({ knob: 'weight', weight: { kind: 'shares', shares: value } }) as const;
const wanted = (path: string): WantedSetting => ({
  path,
  cgroupId: 7n,
  setting: shares(2048),
  rung: 'weights',
  onBehalfOf: path,
  reason: 'because',
});
const group = (path: string, value: number): GroupView => ({
  path,
  cgroupId: 7n,
  weight: { kind: 'shares', shares: value },
});

t.test('names who changed what, once each, and nothing that stands', async (t) => {
  const paths = ['/a.slice/one', '/a.slice/two'];
  const applied = paths.map(wanted);
  const baseline = paths.map((path) => ({ path, cgroupId: 7n, setting: shares(1024) }));
  const drifted = applied.map((each) => ({
    wanted: each,
    found: shares(1024),
    rounds: 0,
    notBeforeSeconds: 0,
    lastSeenSeconds: 0,
  }));
  const back = paths.map((path) => group(path, 1024));
  t.same(
    nameDrift(drifted, applied, baseline, back).map(({ path, actor }) => [path, actor]),
    paths.map((path) => [path, 'systemd']),
  );
  const [first] = drifted;
  t.ok(first);
  if (!first) return;
  const one = [group('/a.slice/one', 1024), group('/a.slice/two', 2048)];
  t.same(
    nameDrift([first], applied, baseline, one).map(({ path, actor }) => [path, actor]),
    [['/a.slice/one', 'unknown']],
  );
  t.same(nameDrift([], applied, baseline, back), []);
});
