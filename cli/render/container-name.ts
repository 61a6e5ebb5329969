import type { ContainerIdentity } from '../../kernel/sample.ts';
import { printable } from './words.ts';

export interface Named {
  readonly path: string;
  readonly identity: ContainerIdentity;
}

/** `namespace/pod/container` where known, else the name that its kind of cgroup gives it; safe to print. */
export function displayName({ identity }: Named): string {
  const { namespace, pod, container, name } = identity;
  if (pod === undefined) return printable(name);
  return printable([namespace, pod, container].filter((part) => part !== undefined).join('/'));
}
