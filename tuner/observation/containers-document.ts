/**
 * The agent's answer to GET /api/v1/containers, as the tuner believes it: checked field by field, with what the tuner
 * does not need left out. agent/server/container-document.ts writes it.
 *
 *     {"node":"n1","wallTimeMs":1795307431000,"windowSeconds":1,...,"containers":[{"path":"/kubepods/...",...}]}
 */
import {
  amount,
  arrayOf,
  bigCounter,
  flag,
  objectOf,
  oneOf,
  optional,
  text,
  whole,
  withRule,
  type Shape,
} from '../../kernel/json-shape.ts';
import type { ContainerIdentity, ContainerKind } from '../../kernel/sample.ts';
import type { Bounded, ContainerLedger, GapCauses } from '../../ledger/ledger.ts';
import type { Observed } from './make-view.ts';
import type { ObservedContainer } from './observed-container.ts';
import { ObservationError } from './observation-error.ts';

interface BoundedJson {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

interface ContainerJson extends ContainerIdentity {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly reservedCores?: number;
  readonly source: ContainerLedger['source'];
  readonly windowSeconds: number;
  readonly receivedSeconds?: number;
  readonly entitledSeconds?: BoundedJson;
  readonly gapSeconds?: BoundedJson;
  readonly gapInducedSeconds?: number;
  readonly gapCausesSeconds?: Omit<GapCauses, 'runqueue_sharing'> & { readonly runqueueSharing: number };
  readonly phantomSeconds?: number;
  readonly waitingSeconds?: NonNullable<ObservedContainer['waiting']>;
  readonly waitLatency?: NonNullable<ObservedContainer['latency']>;
  readonly offenders?: NonNullable<ObservedContainer['offenders']>;
  readonly concurrencySeconds?: readonly number[];
  readonly throttling?: { readonly harmful: boolean; readonly byPath?: string };
  readonly threadCount?: number;
}

interface DocumentJson {
  readonly wallTimeMs: number;
  readonly containers: readonly ContainerJson[];
}

/** Throws ObservationError, and nothing else, on any text that is not such an answer. */
export function parseContainersDocument(json: string): Observed {
  const { wallTimeMs, containers } = documentShape.decode(parseJson(json), '', (at, expected, found) => {
    throw new ObservationError(`expected ${expected}${at === '' ? '' : ` at ${at.slice(1)}`}`, found);
  });
  return { wallTimeMs, containers: containers.map(observedOf) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ObservationError('expected JSON', json);
  }
}

const cgroupPath = withRule(text, (path) =>
  /^(?:\/(?!\.{1,2}(?:\/|$))[^/\0\n]+)+$/.test(path) ? undefined : 'the path of a cgroup',
);
const cgroupId = bigCounter(2n ** 64n - 1n);
const bounded: Shape<Bounded> = withRule(
  objectOf<BoundedJson>({ estimate: amount, low: amount, high: amount }),
  ({ estimate, low, high }) => (low <= estimate && estimate <= high ? undefined : 'low <= estimate <= high'),
);
const positive = withRule(amount, (value) => (value > 0 ? undefined : 'a number above 0'));

const kinds: readonly ContainerKind[] = [
  'kubernetes',
  'docker',
  'podman',
  'containerd',
  'cri-o',
  'systemd',
  'slurm',
  'apptainer',
  'cgroup',
];

const containerShape = objectOf<ContainerJson>({
  path: cgroupPath,
  cgroupId,
  kind: oneOf(...kinds),
  name: text,
  namespace: optional(text),
  pod: optional(text),
  container: optional(text),
  podUid: optional(text),
  containerId: optional(text),
  runtime: optional(oneOf('containerd', 'cri-o', 'docker', 'podman')),
  qosClass: optional(oneOf('Guaranteed', 'Burstable', 'BestEffort')),
  reservedCores: optional(amount),
  source: oneOf('portable', 'exact'),
  windowSeconds: positive,
  receivedSeconds: optional(amount),
  entitledSeconds: optional(bounded),
  gapSeconds: optional(bounded),
  gapInducedSeconds: optional(amount),
  gapCausesSeconds: optional(
    objectOf<NonNullable<ContainerJson['gapCausesSeconds']>>({
      throttled: amount,
      runqueueSharing: amount,
      self: amount,
      system: amount,
      steal: amount,
      unexplained: amount,
    }),
  ),
  phantomSeconds: optional(amount),
  waitingSeconds: optional(
    objectOf<NonNullable<ContainerJson['waitingSeconds']>>({
      others: amount,
      self: amount,
      system: amount,
      steal: amount,
      throttled: amount,
      idle: optional(amount),
    }),
  ),
  waitLatency: optional(
    objectOf<NonNullable<ContainerJson['waitLatency']>>({
      count: whole(),
      p50Seconds: amount,
      p99Seconds: amount,
    }),
  ),
  offenders: optional(
    arrayOf(
      objectOf<NonNullable<ContainerJson['offenders']>[number]>({
        cgroupId,
        path: optional(cgroupPath),
        name: optional(text),
        waitSeconds: amount,
      }),
    ),
  ),
  concurrencySeconds: optional(arrayOf(amount)),
  throttling: optional(
    objectOf<NonNullable<ContainerJson['throttling']>>({ harmful: flag, byPath: optional(cgroupPath) }),
  ),
  threadCount: optional(whole()),
});

const documentShape = withRule(
  objectOf<DocumentJson>({ wallTimeMs: positive, containers: arrayOf(containerShape) }),
  ({ containers }) =>
    new Set(containers.map(({ path }) => path)).size === containers.length
      ? undefined
      : 'each container once',
);

/** Only what is there is set: absent must stay absent. */
function observedOf(json: ContainerJson): ObservedContainer {
  const { path, cgroupId, reservedCores, source, windowSeconds, gapCausesSeconds, ...rest } = json;
  const { kind, name, namespace, pod, container, podUid, containerId, runtime, qosClass } = rest;
  const draft: { -readonly [K in keyof ObservedContainer]: ObservedContainer[K] } = {
    path,
    cgroupId,
    identity: {
      kind,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(pod !== undefined && { pod }),
      ...(container !== undefined && { container }),
      ...(podUid !== undefined && { podUid }),
      ...(containerId !== undefined && { containerId }),
      ...(runtime !== undefined && { runtime }),
      ...(qosClass !== undefined && { qosClass }),
    },
    source,
    windowSeconds,
  };
  if (reservedCores !== undefined) draft.reservedCores = reservedCores;
  if (rest.receivedSeconds !== undefined) draft.received = rest.receivedSeconds;
  if (rest.entitledSeconds) draft.entitled = rest.entitledSeconds;
  if (rest.gapSeconds) draft.gap = rest.gapSeconds;
  if (rest.gapInducedSeconds !== undefined) draft.gapInduced = rest.gapInducedSeconds;
  if (gapCausesSeconds) {
    const { runqueueSharing, ...causes } = gapCausesSeconds;
    draft.causes = { ...causes, runqueue_sharing: runqueueSharing };
  }
  if (rest.phantomSeconds !== undefined) draft.phantom = rest.phantomSeconds;
  if (rest.waitingSeconds) draft.waiting = rest.waitingSeconds;
  if (rest.waitLatency) draft.latency = rest.waitLatency;
  if (rest.offenders) draft.offenders = rest.offenders;
  if (rest.concurrencySeconds) draft.concurrency = rest.concurrencySeconds;
  if (rest.throttling) draft.throttling = rest.throttling;
  if (rest.threadCount !== undefined) draft.threadCount = rest.threadCount;
  return draft;
}
