/** One window of one pair under one setting, as it was measured: CPUs unless the name says otherwise. Plain JSON. */
export interface Measurement {
  readonly pair: string;
  readonly setting: string;
  readonly seconds: number;
  readonly target: MeasuredGroup;
  readonly neighbour: MeasuredGroup;
  readonly idleCores: number;
  readonly stealCores: number;
  /** What others than the two used. */
  readonly foreignCores: number;
}

export interface MeasuredGroup {
  readonly receivedCores: number;
  /** Runnable and not running, throttling included: the kernel counts both as run delay. */
  readonly waitCores: number;
  readonly roundsPerSecond?: number;
}
