/** What the HTTP server may see of the agent. It can ask, and change nothing. */
import type { History } from '../sampling/history.ts';
import type { Observation } from '../sampling/observer.ts';
import type { Readiness } from './readiness.ts';

export interface AgentView {
  readonly node: string;
  readonly version: string;
  /** Absent before the first sample. */
  latest(): Observation | undefined;
  readiness(): Readiness;
  intervalSeconds(): number;
  history(): Pick<History, 'slotSeconds' | 'containers' | 'query'>;
  metricsPage(): Promise<Buffer>;
}
