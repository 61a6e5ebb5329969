/** What the metrics page is made of: the latest observation, and the agent's account of itself. */
import type { TunerStatus } from '../../host/tuner-status.ts';
import type { Observation } from '../sampling/observer.ts';

export interface MetricsView {
  /** Name of this node, the label of every series. */
  readonly node: string;
  /** Absent before the first sample. */
  readonly observation: Observation | undefined;
  readonly agent: AgentStatus;
  /** Absent: no tuner has run with the state folder that the agent reads. */
  readonly tuner?: TunerStatus | undefined;
}

export interface AgentStatus {
  readonly version: string;
  readonly nodeVersion: string;
  /** Wall-clock seconds by stage of the work since the start. */
  readonly stageSeconds: ReadonlyMap<string, number>;
  readonly ticks: number;
  readonly failedTicks: number;
  readonly missedTicks: number;
  readonly intervalSeconds: number;
  readonly cpuBudgetCores: number | 'max';
  /** CPU seconds of the whole process since it started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly historyBytes: number;
  /** Absent when nothing is recorded. */
  readonly recordingBytes: number | undefined;
}
