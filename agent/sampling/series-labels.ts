/**
 * Which labels a container's series carry. Two containers of one name would be one series twice, which Prometheus
 * refuses; so the later one gets the smallest free number: `web`, `web~2`. A number, not a hash of the path, because
 * containers come and go: the numbers ever used stay as few as the containers that ran at once.
 */
import type { ContainerIdentity } from '../../kernel/sample.ts';

export interface SeriesLabels {
  /** Kubernetes namespace; absent elsewhere. */
  readonly namespace: string | undefined;
  /** Kubernetes pod name; absent elsewhere. */
  readonly pod: string | undefined;
  /** Container name in its pod, or what a person would call it. */
  readonly container: string;
}

/** Labels of the one series that stands for all containers beyond the limit. */
export const spilledLabels: SeriesLabels = { namespace: undefined, pod: undefined, container: '_spilled' };

/** The labels a container would have if it were the only one of its name. */
export function plainLabels(identity: ContainerIdentity): SeriesLabels {
  return { namespace: identity.namespace, pod: identity.pod, container: identity.container ?? identity.name };
}

export function labelsKey(labels: SeriesLabels): string {
  return `${labels.namespace ?? ''}\n${labels.pod ?? ''}\n${labels.container}`;
}

/** The plain labels, or the first numbered ones that are not taken. */
export function freeLabels(plain: SeriesLabels, isTaken: (key: string) => boolean): SeriesLabels {
  let labels = plain;
  for (let number = 2; isTaken(labelsKey(labels)); number += 1) {
    labels = { ...plain, container: `${plain.container}~${number}` };
  }
  return labels;
}

/** Whether labels given earlier still fit the identity: runtimes may learn a pod's name after its cgroup was seen. */
export function labelsFit(labels: SeriesLabels, identity: ContainerIdentity): boolean {
  const plain = identity.container ?? identity.name;
  return (
    labels.namespace === identity.namespace &&
    labels.pod === identity.pod &&
    (labels.container === plain || /^~\d+$/.test(numberSuffix(labels.container, plain)))
  );
}

function numberSuffix(label: string, plain: string): string {
  return label.startsWith(plain) ? label.slice(plain.length) : '';
}
