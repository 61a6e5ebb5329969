/** Which container a person means: by path, name, pod, id, or an unambiguous part of one. Pure. */
import type { ContainerIdentity } from '../../kernel/sample.ts';
import { displayName, type Named } from '../render/container-name.ts';

export type Finding<Candidate> =
  | { readonly kind: 'found'; readonly container: Candidate }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'none'; readonly near: readonly Candidate[] };

type Test = (name: string, wanted: string) => boolean;

/** From strict to lenient; the first that anything passes decides. */
const tests: readonly Test[] = [
  (name, wanted) => name === wanted,
  (name, wanted) => name.toLowerCase() === wanted.toLowerCase(),
  (name, wanted) => name.toLowerCase().startsWith(wanted.toLowerCase()),
  (name, wanted) => name.toLowerCase().includes(wanted.toLowerCase()),
];

export function findContainer<Candidate extends Named>(
  wanted: string,
  containers: readonly Candidate[],
): Finding<Candidate> {
  for (const test of tests) {
    const passed = containers.filter((candidate) => namesOf(candidate).some((name) => test(name, wanted)));
    const [only] = passed;
    if (passed.length === 1 && only !== undefined) return { kind: 'found', container: only };
    if (passed.length > 1) return { kind: 'ambiguous', candidates: passed };
  }
  return { kind: 'none', near: nearest(wanted, containers) };
}

/** Everything a person may call it. */
function namesOf(candidate: Named): readonly string[] {
  const identity: ContainerIdentity = candidate.identity;
  const names = [
    candidate.path,
    displayName(candidate),
    identity.name,
    identity.container,
    identity.pod,
    identity.containerId,
    identity.podUid,
    candidate.path.split('/').at(-1),
  ];
  return names.filter((name) => name !== undefined);
}

const mostNearNames = 3;

/** Those whose names share most pairs of neighbouring letters with what was asked for. */
function nearest<Candidate extends Named>(
  wanted: string,
  containers: readonly Candidate[],
): readonly Candidate[] {
  return containers
    .map((candidate) => ({
      candidate,
      likeness: Math.max(...namesOf(candidate).map((name) => likeness(name, wanted))),
    }))
    .filter((entry) => entry.likeness >= 0.4)
    .toSorted((one, other) => other.likeness - one.likeness)
    .slice(0, mostNearNames)
    .map(({ candidate }) => candidate);
}

/** Sørensen-Dice coefficient of letter pairs, 0..1. */
export function likeness(one: string, other: string): number {
  const [pairs, others] = [letterPairs(one), letterPairs(other)];
  if (pairs.length + others.length === 0) return 0;
  const left = [...others];
  const shared = pairs.filter((pair) => {
    const at = left.indexOf(pair);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return (2 * shared.length) / (pairs.length + others.length);
}

function letterPairs(text: string): readonly string[] {
  const lower = text.toLowerCase();
  return Array.from({ length: Math.max(0, lower.length - 1) }, (_, index) => lower.slice(index, index + 2));
}
