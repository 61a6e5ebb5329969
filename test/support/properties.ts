/**
 * fast-check as every property test has it: with one seed, so that no run fails by chance. `CPUGAP_SEED=random`, or a
 * number, explores others.
 */
import { env } from 'node:process';
import fc from 'fast-check';

const usualSeed = 1;

function seedOf(text: string | undefined): number | undefined {
  if (text === 'random') return undefined;
  const seed = Number(text ?? usualSeed);
  if (!Number.isSafeInteger(seed))
    throw new RangeError(`CPUGAP_SEED is neither an integer nor 'random': ${text}`);
  return seed;
}

const seed = seedOf(env['CPUGAP_SEED']);
if (seed !== undefined) fc.configureGlobal({ seed });

export { fc };
