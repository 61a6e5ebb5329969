import t from 'tap';
import { parseOwnAccount, stageMsPerTick } from '../../../bench/agent-cost/own-account.ts';

const page = (
  ticks: number,
  cgroups: number,
  derive: number,
): string => `# HELP cpugap_agent_ticks_total Samples.
# TYPE cpugap_agent_ticks_total counter
cpugap_agent_ticks_total{node="n"} ${ticks}
cpugap_agent_interval_seconds{node="n"} 1
cpugap_agent_cpu_seconds_total{node="n"} 0.5
cpugap_collector_duration_seconds_total{collector="cgroups",node="n"} ${cgroups}
cpugap_collector_duration_seconds_total{collector="threads",node="n"} 1e-7
cpugap_agent_stage_seconds_total{stage="read",node="n"} 9
cpugap_agent_stage_seconds_total{stage="derive",node="n"} ${derive}
`;

t.test('the collectors stand for the stage that reads', async (t) => {
  t.same(parseOwnAccount(page(3, 0.02, 0.25)), {
    ticks: 3,
    intervalSeconds: 1,
    cpuSeconds: 0.5,
    stageSeconds: { 'read cgroups': 0.02, 'read threads': 1e-7, derive: 0.25 },
  });
});

t.test('a page without a sample has no account', async (t) => {
  t.equal(parseOwnAccount('cpugap_agent_ticks_total{node="n"} 0\n'), undefined);
});

t.test('two accounts make a cost per tick', async (t) => {
  const [before, after] = [parseOwnAccount(page(10, 1, 2)), parseOwnAccount(page(20, 1.05, 2.01))];
  const cost = before && after && stageMsPerTick(before, after);
  t.same(
    Object.entries(cost ?? {}).map(([stage, ms]) => [stage, Number(ms.toFixed(6))]),
    [
      ['read cgroups', 5],
      ['read threads', 0],
      ['derive', 1],
    ],
  );
});
