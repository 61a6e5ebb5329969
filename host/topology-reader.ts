/** Reads the topology files of sysfs. Topology changes only when a CPU goes on or off line. */
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { absentOrThrow } from './host-read-error.ts';
import { PseudoFilePool } from './pseudo-file.ts';
import type { HostRoots } from './roots.ts';
import { deriveTopology, type FileText, type RawCache, type Topology } from '../kernel/topology.ts';

/** Throws HostReadError, KernelTextError. What the host does not say is absent in the result. */
export function readTopology(roots: HostRoots, calls: FileCalls = nodeFileCalls): Topology {
  const system = `${roots.sys}/devices/system`;
  const pool = new PseudoFilePool({ limit: 0, calls });
  const read = (path: string): FileText => {
    const text = pool.file(path).readText();
    return text === undefined ? undefined : { path, text };
  };
  return deriveTopology({
    online: read(`${system}/cpu/online`),
    present: read(`${system}/cpu/present`),
    isolated: read(`${system}/cpu/isolated`),
    cpus: numbered(calls, `${system}/cpu`, 'cpu').map((cpu) => ({
      cpu,
      packageId: read(`${system}/cpu/cpu${cpu}/topology/physical_package_id`),
      threadSiblings: read(`${system}/cpu/cpu${cpu}/topology/thread_siblings_list`),
      caches: readCaches(calls, read, `${system}/cpu/cpu${cpu}/cache`),
    })),
    nodes: numbered(calls, `${system}/node`, 'node').map((node) => ({
      node,
      cpus: read(`${system}/node/node${node}/cpulist`),
    })),
  });
}

function readCaches(calls: FileCalls, read: (path: string) => FileText, folder: string): RawCache[] {
  return numbered(calls, folder, 'index').map((index) => ({
    level: read(`${folder}/index${index}/level`),
    type: read(`${folder}/index${index}/type`),
    sharedCpus: read(`${folder}/index${index}/shared_cpu_list`),
  }));
}

/** The numbers n of the entries `<prefix>n` of a folder, ascending. */
function numbered(calls: FileCalls, folder: string, prefix: string): number[] {
  const numbers = names(calls, folder)
    .filter((name) => name.startsWith(prefix) && /^[0-9]+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
  return numbers.sort((a, b) => a - b);
}

function names(calls: FileCalls, folder: string): string[] {
  try {
    return calls.list(folder).map((entry) => entry.name);
  } catch (error) {
    absentOrThrow(error, folder);
    return [];
  }
}
