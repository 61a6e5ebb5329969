/** What the server sees of an agent, from literals. */
import { MetricsPage } from '../../agent/metrics/exposition.ts';
import { History } from '../../agent/sampling/history.ts';
import type { AgentView } from '../../agent/server/agent-view.ts';
import { metricsView } from './metrics-view-literal.ts';

export function agentView(changes: Partial<AgentView> = {}): AgentView {
  const view = metricsView();
  const history = new History({ lengthSeconds: 3600, maxContainers: 10 });
  const { observation } = view;
  if (observation?.ledger) history.record(observation.ledger, observation.totals);
  const page = new MetricsPage();
  return {
    node: view.node,
    version: '0.1.0',
    latest: () => observation,
    readiness: () => ({ kind: 'ready' }),
    intervalSeconds: () => 1,
    history: () => history,
    metricsPage: () => page.render(view),
    ...changes,
  };
}
