import t from 'tap';
import { createWaitHistogram, recordWait, waitQuantile } from '../../../ledger/predict/wait-histogram.ts';

t.test('quantiles are at most a sixteenth of a power of two too high', async (t) => {
  const histogram = createWaitHistogram();
  t.equal(waitQuantile(histogram, 0.5), undefined);
  for (let usec = 1; usec <= 100; usec++) recordWait(histogram, usec * 1000);
  for (const [quantile, ns] of [
    [0.5, 50_000],
    [0.99, 99_000],
  ] as const) {
    const found = waitQuantile(histogram, quantile)!;
    t.ok(found >= ns && found <= ns * 1.045, `${quantile}: ${found}`);
  }
});

t.test('no wait is 0', async (t) => {
  const histogram = createWaitHistogram();
  recordWait(histogram, 0);
  t.equal(waitQuantile(histogram, 0.99), 0);
});
