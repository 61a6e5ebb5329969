/** The rows of the catalog that have few series: the node, the collectors, and the agent's account of itself. */
import type { HostTimes } from '../../ledger/ledger.ts';
import type { CollectorTotals } from '../sampling/totals.ts';
import { identityErrorSeconds } from './identity-error.ts';
import type { MetricsView } from './metrics-view.ts';
import type { AgentStatus } from './metrics-view.ts';
import type { PlainMetric, PlainSample } from './metric.ts';
import { tunerMetrics } from './tuner-metrics.ts';

const noWindow = 'there has not been a window yet';
const unreadableTimes = `${noWindow}, or /proc/stat cannot be read`;
const never = 'never';

const sampleOf = (value: number | undefined): readonly PlainSample[] =>
  value === undefined ? [] : [{ value }];

type NodeRow = Omit<PlainMetric, 'scope' | 'labels' | 'samples'>;

function nodeMetric(row: NodeRow, value: (view: MetricsView) => number | undefined): PlainMetric {
  return { ...row, scope: 'node', labels: [], samples: (view) => sampleOf(value(view)) };
}

function nodeTimes(name: string, help: string, value: (times: HostTimes) => number): PlainMetric {
  const row = { name, type: 'counter', unit: 'seconds', help, absent: unreadableTimes } as const;
  return nodeMetric(row, ({ observation }) => {
    const times = observation?.totals.node;
    return times && value(times);
  });
}

const nodeMetrics: readonly PlainMetric[] = [
  nodeMetric(
    {
      name: 'cpugap_node_cpus',
      type: 'gauge',
      unit: 'CPUs',
      help: 'Logical CPUs that are online.',
      absent: noWindow,
    },
    ({ observation }) => observation?.ledger?.onlineCpuCount,
  ),
  nodeMetric(
    {
      name: 'cpugap_node_containers',
      type: 'gauge',
      unit: 'count',
      help: 'Containers that are measured.',
      absent: noWindow,
    },
    ({ observation }) => observation?.ledger?.containers.length,
  ),
  nodeMetric(
    {
      name: 'cpugap_node_reserved_cores',
      type: 'gauge',
      unit: 'CPUs',
      help: 'Sum of the reservations of all containers, those without series of their own included.',
      absent: `${noWindow}, or no container has a reservation`,
    },
    ({ observation }) => {
      const reserved =
        observation?.ledger?.containers.flatMap(({ reservation }) => reservation?.cores ?? []) ?? [];
      return reserved.length === 0 ? undefined : reserved.reduce((sum, cores) => sum + cores, 0);
    },
  ),
  nodeTimes(
    'cpugap_node_busy_seconds_total',
    'CPU time of all online CPUs spent running something, interrupts included.',
    ({ busySeconds }) => busySeconds,
  ),
  nodeTimes(
    'cpugap_node_idle_seconds_total',
    'CPU time of all online CPUs spent idle.',
    ({ idleSeconds }) => idleSeconds,
  ),
  nodeTimes(
    'cpugap_node_steal_seconds_total',
    'CPU time that the hypervisor gave to somebody else.',
    ({ stealSeconds }) => stealSeconds,
  ),
  nodeTimes(
    'cpugap_node_irq_seconds_total',
    'Part of the busy time spent in interrupts.',
    ({ irqSeconds }) => irqSeconds,
  ),
];

type CollectorRow = Omit<PlainMetric, 'scope' | 'labels' | 'samples' | 'absent'>;

function collectorMetric(row: CollectorRow, value: (collector: CollectorTotals) => number): PlainMetric {
  return {
    ...row,
    scope: 'collector',
    absent: 'there has not been a sample yet',
    labels: ['collector'],
    samples: ({ observation }) =>
      (observation?.totals.collectors ?? []).map((collector) => ({
        labels: { collector: collector.name },
        value: value(collector),
      })),
  };
}

const exactMetrics: readonly PlainMetric[] = [
  nodeMetric(
    {
      name: 'cpugap_node_exact_source',
      type: 'gauge',
      unit: 'boolean',
      help: '1 when the programs in the kernel could be read in the latest sample, else 0; the log says why not.',
      absent: 'there has not been a sample yet',
    },
    ({ observation }) => observation && (observation.sample.host.exact ? 1 : 0),
  ),
  {
    scope: 'node',
    name: 'cpugap_node_exact_lost_events_total',
    type: 'counter',
    unit: 'count',
    help: 'Events that the programs in the kernel could not count, by why, since they were loaded; 0 on a healthy host.',
    absent: 'the programs in the kernel are not loaded',
    labels: ['kind'],
    samples: ({ observation }) =>
      (observation?.sample.host.exact?.losses ?? []).map(({ name, count }) => ({
        labels: { kind: name },
        value: Number(count),
      })),
  },
];

const collectorMetrics: readonly PlainMetric[] = [
  collectorMetric(
    {
      name: 'cpugap_collector_success',
      type: 'gauge',
      unit: 'boolean',
      help: '1 when all reads of this kind of file worked in the latest sample, else 0.',
    },
    ({ succeeded }) => (succeeded ? 1 : 0),
  ),
  collectorMetric(
    {
      name: 'cpugap_collector_reads_total',
      type: 'counter',
      unit: 'count',
      help: 'Reads of this kind of file.',
    },
    ({ reads }) => reads,
  ),
  collectorMetric(
    {
      name: 'cpugap_collector_failures_total',
      type: 'counter',
      unit: 'count',
      help: 'Reads of this kind of file that failed or gave text that was not understood.',
    },
    ({ failures }) => failures,
  ),
  collectorMetric(
    {
      name: 'cpugap_collector_duration_seconds_total',
      type: 'counter',
      unit: 'seconds',
      help: 'Time spent reading this kind of file.',
    },
    ({ durationSeconds }) => durationSeconds,
  ),
];

type AgentRow = Omit<PlainMetric, 'scope' | 'labels' | 'samples' | 'absent'> & { readonly absent?: string };

function agentMetric(row: AgentRow, value: (agent: AgentStatus) => number | undefined): PlainMetric {
  return {
    absent: never,
    ...row,
    scope: 'agent',
    labels: [],
    samples: ({ agent }) => sampleOf(value(agent)),
  };
}

const agentMetrics: readonly PlainMetric[] = [
  {
    scope: 'agent',
    name: 'cpugap_agent_stage_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Wall time that the agent spent by stage of its work.',
    absent: 'the stage has not run yet',
    labels: ['stage'],
    samples: ({ agent }) => [...agent.stageSeconds].map(([stage, value]) => ({ labels: { stage }, value })),
  },
  agentMetric(
    { name: 'cpugap_agent_ticks_total', type: 'counter', unit: 'count', help: 'Samples taken or tried.' },
    ({ ticks }) => ticks,
  ),
  agentMetric(
    {
      name: 'cpugap_agent_failed_ticks_total',
      type: 'counter',
      unit: 'count',
      help: 'Samples that could not be taken at all; the log says why.',
    },
    ({ failedTicks }) => failedTicks,
  ),
  agentMetric(
    {
      name: 'cpugap_agent_missed_ticks_total',
      type: 'counter',
      unit: 'count',
      help: 'Samples left out because the one before took longer than the interval, or the machine slept.',
    },
    ({ missedTicks }) => missedTicks,
  ),
  agentMetric(
    {
      name: 'cpugap_agent_interval_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Time between two samples now; longer than configured when the agent would exceed its CPU budget.',
    },
    ({ intervalSeconds }) => intervalSeconds,
  ),
  agentMetric(
    {
      name: 'cpugap_agent_cpu_budget_cores',
      type: 'gauge',
      unit: 'CPUs',
      help: 'CPU time per second that the agent may use.',
      absent: 'there is no budget',
    },
    ({ cpuBudgetCores }) => (cpuBudgetCores === 'max' ? undefined : cpuBudgetCores),
  ),
  agentMetric(
    {
      name: 'cpugap_agent_cpu_seconds_total',
      type: 'counter',
      unit: 'seconds',
      help: 'CPU time that the whole agent used since it started, its start included.',
    },
    ({ cpuSeconds }) => cpuSeconds,
  ),
  agentMetric(
    {
      name: 'cpugap_agent_resident_memory_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Resident memory of the agent.',
    },
    ({ residentBytes }) => residentBytes,
  ),
  agentMetric(
    {
      name: 'cpugap_agent_history_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Memory of the history that the API serves.',
    },
    ({ historyBytes }) => historyBytes,
  ),
  agentMetric(
    {
      name: 'cpugap_agent_recording_bytes_total',
      type: 'counter',
      unit: 'bytes',
      help: 'Bytes written to the recording.',
      absent: 'nothing is recorded',
    },
    ({ recordingBytes }) => recordingBytes,
  ),
  {
    scope: 'agent',
    name: 'cpugap_agent_spilled_containers',
    type: 'gauge',
    unit: 'count',
    help: 'Containers beyond the limit, counted together as container="_spilled" and not one by one.',
    absent: noWindow,
    labels: [],
    samples: ({ observation }) => sampleOf(observation?.ledger && (observation.totals.spilled?.count ?? 0)),
  },
  {
    scope: 'agent',
    name: 'cpugap_agent_identity_error_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Greatest amount by which a ledger of the latest window misses its own identities; more than a rounding error is a bug.',
    absent: noWindow,
    labels: [],
    samples: ({ observation }) => sampleOf(observation?.ledger && identityErrorSeconds(observation.ledger)),
  },
  {
    scope: 'agent',
    name: 'cpugap_build_info',
    type: 'gauge',
    unit: 'none',
    help: 'Always 1; its labels say which version runs on which Node.js and Linux.',
    absent: 'never; kernel and cgroup_version are left out before the first sample',
    labels: ['version', 'nodejs', 'kernel', 'cgroup_version'],
    samples: ({ agent, observation }) => [
      {
        value: 1,
        labels: {
          version: agent.version,
          nodejs: agent.nodeVersion,
          ...(observation?.sample.host.kernelRelease !== undefined && {
            kernel: observation.sample.host.kernelRelease,
          }),
          ...(observation && { cgroup_version: observation.sample.host.cgroupVersion }),
        },
      },
    ],
  },
];

export const plainMetrics: readonly PlainMetric[] = [
  ...nodeMetrics,
  ...exactMetrics,
  ...collectorMetrics,
  ...agentMetrics,
  ...tunerMetrics,
];
