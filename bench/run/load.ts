/** A load of a scene: placed in its cgroup and asleep, then running, then measured over a window. */
import type { LoadWindow } from '../load/generator-process.ts';
import type { SparseHistogram } from '../statistics/histogram.ts';

export interface LoadMeasure {
  /** Pieces of work, or requests answered, per second; undefined where too few were counted to tell. */
  readonly perSecond?: number;
  readonly latency?: SparseHistogram;
  readonly generator?: GeneratorMeasure;
}

export interface GeneratorMeasure {
  readonly intended: number;
  readonly unanswered: number;
  readonly unsent: number;
  readonly lateness: SparseHistogram;
  /** CPUs that the generator used itself. */
  readonly cores: number;
}

export interface RunningLoad {
  /** Lets it go. Whoever has a schedule of its own says which window counts. */
  start(): Promise<LoadWindow | undefined>;
  /** Called when the window begins. */
  begin(): Promise<void>;
  /** Called when the window is over. Throws when the load has died. */
  finish(window: LoadWindow): Promise<LoadMeasure>;
  end(): Promise<void>;
}

/** What a load must know of its surroundings. */
export interface LoadContext {
  readonly place: (pid: number) => void;
  readonly cpus: number;
  /** An empty folder that is removed afterwards. */
  readonly folder: string;
  readonly generatorPrefix: readonly string[];
  readonly realTime?: RealTimePlace;
  readonly settleSeconds: number;
  readonly windowSeconds: number;
  readonly perSecond?: number;
  readonly seed: number;
}

interface RealTimePlace {
  readonly cpu: number;
  readonly priority: number;
}
