import t from 'tap';
import { gapOverTime, percentileCurves, throughputLatency } from '../../../bench/report/curves.ts';
import { summarise } from '../../../bench/report/summary.ts';
import { fiveBlocks, late, scenarioLiteral, trialLiteral } from '../../support/bench-result-literal.ts';

t.test('throughput and latency: a line per arm over the rates, only where rates were swept', async (t) => {
  const swept = [500, 2000].flatMap((ratePerSecond) => [
    trialLiteral('stock', 0, ratePerSecond / 100, { ratePerSecond }),
    ...(ratePerSecond === 500 ? [trialLiteral('solo', 0, 1, { ratePerSecond })] : []),
  ]);
  const curves = throughputLatency(summarise(scenarioLiteral(swept)));
  t.same(curves?.x, [500, 2000]);
  t.same(
    curves?.series.map(({ name, y }) => [name, y.map((ms) => ms && Math.round(ms))]),
    [
      ['solo', [1, null]],
      ['stock', [5, 20]],
    ],
  );
  t.equal(throughputLatency(summarise(scenarioLiteral(fiveBlocks))), undefined);
});

t.test('percentiles and gaps come from the trials that count', async (t) => {
  const scenario = scenarioLiteral([trialLiteral('stock', 0, 500, late), trialLiteral('stock', 0, 1)]);
  const percentiles = percentileCurves(scenario);
  t.ok(percentiles?.series[0]?.y.every((ms) => ms !== null && ms < 1.01));
  t.same(gapOverTime(scenario)?.x, [1, 2, 3]);
  t.same(gapOverTime(scenario)?.series[0]?.y, [0.2, 0.2, 0.2]);
  t.equal(percentileCurves(scenarioLiteral([])), undefined);
});
