/** Which containers the tuner must leave alone, and why. Whoever is left alone still counts as a neighbour. */
import { parsePattern, type ContainerPattern } from '../../host/path-pattern.ts';
import { cpuSetIntersection, formatCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { ContainerIdentity } from '../../kernel/sample.ts';
import { podOfPath } from './pod-of-path.ts';

export interface ManagementRules {
  /** When there are any, only containers that match one of them are managed. */
  readonly only: readonly ContainerPattern[];
  /** Containers that are never touched. */
  readonly never: readonly ContainerPattern[];
  /** Pods of kube-system and static pods are left alone unless told. */
  readonly includeSystemPods: boolean;
  /** Path of the tuner's own cgroup, where it is known. */
  readonly ownPath?: string;
}

export const manageEverything: ManagementRules = { only: [], never: [], includeSystemPods: false };

/** Rules from patterns as people write them: of cgroup paths, or of names. */
export function managementRules(
  only: readonly string[],
  never: readonly string[],
  rest: Partial<Pick<ManagementRules, 'includeSystemPods' | 'ownPath'>> = {},
): ManagementRules {
  return { ...manageEverything, only: only.map(parsePattern), never: never.map(parsePattern), ...rest };
}

export interface ExclusionSubject {
  readonly path: string;
  readonly identity: ContainerIdentity;
  readonly reservedCores?: number;
  /** Its own cpuset.cpus, as it stood before the tuner wrote anything. */
  readonly originalCpus?: CpuSet;
}

/**
 * Undefined where the tuner may act.
 * @param others what the other containers' cpusets were before the tuner wrote anything
 */
export function decideExclusion(
  subject: ExclusionSubject,
  others: readonly CpuSet[],
  rules: ManagementRules,
): string | undefined {
  const { path, identity } = subject;
  const matches = (pattern: ContainerPattern): boolean =>
    pattern.matches(pattern.kind === 'path' ? path : identity.name);
  if (isOwn(path, rules.ownPath)) return "the tuner's own pod";
  if (rules.never.some(matches)) return 'its owner opted out';
  if (rules.only.length > 0 && !rules.only.some(matches)) return 'not selected';
  if (!rules.includeSystemPods && identity.namespace === 'kube-system') return 'a pod of kube-system';
  if (!rules.includeSystemPods && isStatic(identity)) return 'a static pod';
  if (identity.kind === 'systemd' && subject.reservedCores === undefined) return 'a service of the system';
  return exclusiveByKubelet(subject, others);
}

function isOwn(path: string, ownPath: string | undefined): boolean {
  if (ownPath === undefined || ownPath === '/') return false;
  const pod = podOfPath(ownPath);
  return path === ownPath || ownPath.startsWith(`${path}/`) || (pod !== undefined && pod === podOfPath(path));
}

/** A static pod's uid is the hash of its file: 32 hexadecimal digits without dashes. */
const isStatic = ({ kind, podUid }: ContainerIdentity): boolean =>
  kind === 'kubernetes' && /^[0-9a-f]{32}$/.test(podUid ?? '');

/**
 * The kubelet's static CPU manager gives a Guaranteed container with whole CPUs exactly as many for itself. Its state
 * file is not ours to read: the cpuset shows it, as large as the reservation and shared with nobody.
 */
function exclusiveByKubelet(subject: ExclusionSubject, others: readonly CpuSet[]): string | undefined {
  const { identity, reservedCores = 0, originalCpus } = subject;
  if (identity.qosClass !== 'Guaranteed' || !originalCpus || originalCpus.cpus.length === 0) return undefined;
  if (originalCpus.cpus.length !== reservedCores) return undefined;
  if (others.some((cpus) => cpuSetIntersection(cpus, originalCpus).cpus.length > 0)) return undefined;
  return `it holds CPUs ${formatCpuSet(originalCpus)} exclusively from the kubelet`;
}
