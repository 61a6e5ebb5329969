import t from 'tap';
import { disturbanceOf, type WindowCircumstances } from './disturbance.ts';

const times = { busySeconds: 2.1, idleSeconds: 1, stealSeconds: 0.1, irqSeconds: 0 };
const quiet: WindowCircumstances = {
  nominalSeconds: 1.5,
  host: { windowSeconds: 1.55, onlineCpuCount: 2, host: times },
  testSeconds: 2,
  readingSeconds: 0.01,
};
const hostWith = (change: Partial<typeof times>): Partial<WindowCircumstances> => ({
  host: { ...quiet.host, host: { ...times, ...change } },
});

const rows: readonly (readonly [Partial<WindowCircumstances>, string | undefined])[] = [
  [{}, undefined],
  [hostWith({ stealSeconds: 0.31 }), 'the hypervisor took 10 %'],
  [hostWith({ busySeconds: 2.62 }), 'other processes used 20 %'],
  [{ nominalSeconds: 1.4 }, 'read 0.15 s late'],
  [{ readingSeconds: 0.06 }, 'a reading took 0.06 s'],
];

t.test('what disturbs a window', async (t) => {
  for (const [change, expected] of rows) t.equal(disturbanceOf({ ...quiet, ...change }), expected);
});
