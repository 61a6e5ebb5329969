/** The policy that wants nothing: everything goes back to, or stays at, the baseline. */
import type { Policy } from './policy.ts';

export const observePolicy: Policy<null> = {
  name: 'observe',
  initialMemory: null,
  decide: () => ({ wanted: [], memory: null, notes: new Map(), remedies: new Map() }),
  learn: () => null,
};
