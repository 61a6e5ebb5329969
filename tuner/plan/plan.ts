/** A plan: the writes that lead from what stands in the cgroups to what is wanted, in an order that is safe at every step. */
import type { Rung } from '../policy/policy.ts';
import type { Setting } from './setting.ts';

export interface PlannedWrite {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly from: Setting;
  readonly to: Setting;
  /** `baseline`: it gives back what stood there before the tuner came. */
  readonly rung: Rung | 'baseline';
  readonly onBehalfOf: string;
  readonly reason: string;
}

/** A wanted setting that the invariants do not allow, and which one. */
export interface RefusedSetting {
  readonly path: string;
  readonly setting: Setting;
  readonly why: string;
}

export interface Plan {
  /** Empty: nothing to do. */
  readonly writes: readonly PlannedWrite[];
  readonly refused: readonly RefusedSetting[];
}
