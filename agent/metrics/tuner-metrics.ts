/** The rows of the catalog that tell what the tuner did: it writes them to a file that the agent reads. */
import type { TunerStatus } from '../../host/tuner-status.ts';
import type { PlainMetric, PlainSample } from './metric.ts';

const absent = 'no tuner has run with the state folder that the agent reads (--tuner-state)';

type TunerRow = Pick<PlainMetric, 'name' | 'type' | 'unit' | 'help'> & {
  readonly labels?: readonly string[];
};

const tunerMetric = (
  row: TunerRow,
  samples: (tuner: TunerStatus) => readonly PlainSample[],
): PlainMetric => ({
  absent,
  labels: [],
  ...row,
  scope: 'tuner',
  samples: ({ tuner }) => (tuner ? samples(tuner) : []),
});

export const tunerMetrics: readonly PlainMetric[] = [
  tunerMetric(
    {
      name: 'cpugap_tuner_applying',
      type: 'gauge',
      unit: 'boolean',
      help: '1 when the tuner writes, 0 when it only says what it would write.',
    },
    ({ isApplying }) => [{ value: isApplying ? 1 : 0 }],
  ),
  tunerMetric(
    {
      name: 'cpugap_tuner_last_step_timestamp_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When the tuner last looked, in seconds since the epoch.',
    },
    ({ wallTimeMs }) => [{ value: wallTimeMs / 1000 }],
  ),
  tunerMetric(
    {
      name: 'cpugap_tuner_actions_total',
      type: 'counter',
      unit: 'count',
      help: 'What the tuner did since it started: settings written, and remedies kept, rolled back or given up.',
      labels: ['rung', 'result'],
    },
    ({ actions }) => actions.map(({ rung, result, count }) => ({ labels: { rung, result }, value: count })),
  ),
  tunerMetric(
    {
      name: 'cpugap_tuner_rollbacks_total',
      type: 'counter',
      unit: 'count',
      help: 'Remedies that were taken back because they did not help, or harmed a neighbour.',
    },
    ({ actions }) => [
      { value: actions.reduce((sum, { result, count }) => sum + (result === 'rolled_back' ? count : 0), 0) },
    ],
  ),
  tunerMetric(
    {
      name: 'cpugap_tuner_drift_total',
      type: 'counter',
      unit: 'count',
      help: 'Settings of the tuner that somebody else changed, by who seems to have done it.',
      labels: ['actor'],
    },
    ({ drifts }) => drifts.map(({ actor, count }) => ({ labels: { actor }, value: count })),
  ),
  tunerMetric(
    {
      name: 'cpugap_tuner_predictions_total',
      type: 'counter',
      unit: 'count',
      help: 'Containers for which a prediction was later compared with what was measured.',
    },
    ({ predictions }) => [{ value: predictions.count }],
  ),
  tunerMetric(
    {
      name: 'cpugap_tuner_prediction_error_cores_total',
      type: 'counter',
      unit: 'CPUs',
      help: 'Sum of the differences between predicted and measured CPUs received.',
    },
    ({ predictions }) => [{ value: predictions.errorCores }],
  ),
  tunerMetric(
    {
      name: 'cpugap_tuner_tuned_containers',
      type: 'gauge',
      unit: 'count',
      help: 'Containers on whose behalf a remedy stands now.',
      labels: ['rung'],
    },
    ({ tuned }) => tuned.map(({ rung, containers }) => ({ labels: { rung }, value: containers })),
  ),
];
