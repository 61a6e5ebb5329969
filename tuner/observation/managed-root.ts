/** Below which cgroup the tuner may write, where nobody says. */
import { nodeFileCalls, type FileCalls } from '../../host/file-calls.ts';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';

/** Where the kubelet puts pods: by its systemd and cgroupfs drivers, and the same nested as in kind. */
const candidates = [
  '/kubepods.slice',
  '/kubepods',
  '/kubelet.slice/kubelet-kubepods.slice',
  '/kubelet/kubepods',
] as const;

/** The kubelet's cgroup of all pods; undefined where there is none, and a person must name one. */
export function findManagedRoot(layout: CgroupLayout, calls: FileCalls = nodeFileCalls): string | undefined {
  return candidates.find((path) => exists(`${layout.cpu}${path}`, calls));
}

function exists(folder: string, calls: FileCalls): boolean {
  try {
    return calls.stat(folder) !== undefined;
  } catch {
    return false;
  }
}
