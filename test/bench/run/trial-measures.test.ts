import t from 'tap';
import { disturbancesOf, generatorFacts } from '../../../bench/run/trial-measures.ts';
import { bucketOf } from '../../../bench/statistics/histogram.ts';
import { trialLiteral } from '../../support/bench-result-literal.ts';

t.test('what is said of the generator', async (t) => {
  const lateness = [
    [bucketOf(1000), 90],
    [bucketOf(2_000_000), 10],
  ] as const;
  const facts = generatorFacts({ intended: 100, unanswered: 1, unsent: 0, lateness, cores: 0.1 });
  t.ok(facts.latenessP50Ns >= 1000 && facts.latenessP50Ns < 1010);
  t.ok(facts.latenessP99Ns >= 2_000_000 && facts.latenessP99Ns < 2_020_000);
});

t.test('a trial is judged by its host and its generator', async (t) => {
  const trial = trialLiteral('stock', 0, 1);
  t.same(disturbancesOf(trial, 2, 4), []);
  const stolen = { ...trial, host: { ...trial.host, stealCores: 0.5 } };
  t.match(disturbancesOf(stolen, 2, 4), [{ kind: 'steal' }]);
  const generator = generatorFacts({
    intended: 10,
    unanswered: 0,
    unsent: 0,
    lateness: [[bucketOf(5e6), 10]],
    cores: 0.1,
  });
  t.match(disturbancesOf({ ...trial, generator }, 2, 4), [{ kind: 'generator_late' }]);
});
