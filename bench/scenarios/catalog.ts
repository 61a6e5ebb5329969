/** Every scenario, and how they are named: `batch-barrier`, `batch-barrier/capped-few-memory`, `batch-barrier/all`, `paper`, `all`. */
import { batchBarrier, batchBarrierSpin } from './batch-barrier.ts';
import { batchPipeline } from './batch-pipeline.ts';
import { batchSteady } from './batch-steady.ts';
import { compress } from './compress.ts';
import { interactiveBurst } from './interactive-burst.ts';
import { interactiveHttp } from './interactive-http.ts';
import { interactiveMemcached } from './interactive-memcached.ts';
import { interactiveRedis } from './interactive-redis.ts';
import { neighbourVariants, variantName, withNeighbours } from './neighbours.ts';
import { paperBatch, paperMemcached } from './paper.ts';
import type { BaseScenario, Scenario } from './scenario.ts';

export const baseScenarios: readonly BaseScenario[] = [
  batchSteady,
  batchBarrier,
  batchBarrierSpin,
  batchPipeline,
  compress,
  interactiveMemcached,
  interactiveRedis,
  interactiveHttp,
  interactiveBurst,
  paperBatch,
  paperMemcached,
];

const paperBases: readonly BaseScenario[] = [paperBatch, paperMemcached];
/** As published: neighbours {capped, bursting} x {CPU, memory}. */
const paperVariants = neighbourVariants.filter(({ threads }) => threads === 'many');

const every = (bases: readonly BaseScenario[], variants = neighbourVariants): readonly Scenario[] =>
  bases.flatMap((base) => variants.map((variant) => withNeighbours(base, variant)));

/** Undefined where the word names no scenario. */
export function findScenarios(word: string): readonly Scenario[] | undefined {
  if (word === 'all') return every(baseScenarios, neighbourVariants.slice(0, 1));
  if (word === 'paper') return every(paperBases, paperVariants);
  const [name, variant] = word.split('/');
  const bases = baseScenarios.filter((base) => base.name === name);
  if (bases.length === 0) return undefined;
  if (variant === undefined) return every(bases, neighbourVariants.slice(0, 1));
  if (variant === 'all') return every(bases);
  const variants = neighbourVariants.filter((each) => variantName(each) === variant);
  return variants.length === 0 ? undefined : every(bases, variants);
}
