/** Which file of the host a number was read from, so that every number can be checked by hand. */
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import { defaultPinFolder } from '../../host/exact-reader.ts';
import type { ContainerLedger } from '../../ledger/ledger.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';

export interface FilePlaces {
  readonly proc: string;
  readonly layout: CgroupLayout;
  /** Where the BPF programs are pinned. */
  readonly exact: string;
}

export type FileKind =
  | 'exact'
  | 'exact-pairs'
  | 'usage'
  | 'weight'
  | 'quota'
  | 'throttling'
  | 'cpuset'
  | 'pressure'
  | 'threads'
  | 'cpus';

type Hierarchy = 'cpu' | 'cpuacct' | 'cpuset' | 'pressure';
type CgroupFileKind = Exclude<FileKind, 'threads' | 'cpus' | 'exact' | 'exact-pairs'>;

const v2Files: Readonly<Record<CgroupFileKind, readonly [Hierarchy, string]>> = {
  usage: ['cpu', 'cpu.stat'],
  weight: ['cpu', 'cpu.weight'],
  quota: ['cpu', 'cpu.max'],
  throttling: ['cpu', 'cpu.stat'],
  cpuset: ['cpu', 'cpuset.cpus.effective'],
  pressure: ['pressure', 'cpu.pressure'],
};

const v1Files: typeof v2Files = {
  usage: ['cpuacct', 'cpuacct.usage'],
  weight: ['cpu', 'cpu.shares'],
  quota: ['cpu', 'cpu.cfs_quota_us'],
  throttling: ['cpu', 'cpu.stat'],
  cpuset: ['cpuset', 'cpuset.effective_cpus'],
  pressure: ['pressure', 'cpu.pressure'],
};

export function fileOf(kind: FileKind, path: string, { proc, layout, exact }: FilePlaces): string {
  if (kind === 'threads') return `${proc}/<tid>/schedstat of its threads`;
  if (kind === 'exact') return `${exact}/cgroups`;
  if (kind === 'exact-pairs') return `${exact}/pairs`;
  if (kind === 'cpus') return `${proc}/stat`;
  const [hierarchy, name] = (layout.version === 'v2' ? v2Files : v1Files)[kind];
  return `${layout[hierarchy] ?? layout.cpu}${path}/${name}`;
}

/** Where things customarily are, for recordings: they do not say how their host was mounted. */
export function customaryPlaces(version: CgroupVersion): FilePlaces {
  const root = '/sys/fs/cgroup';
  const v2 = { version, cpu: root, pressure: root };
  const v1 = { version, cpu: `${root}/cpu`, cpuacct: `${root}/cpuacct`, cpuset: `${root}/cpuset` };
  const layout = version === 'v2' ? v2 : { ...v1, pressure: `${root}/unified` };
  return { proc: '/proc', layout, exact: defaultPinFolder };
}

/** What says how much a container wanted: the programs in the kernel, its threads, or pressure alone. */
export function demandFileOf(
  { path, source, threadCount }: Pick<ContainerLedger, 'path' | 'source' | 'threadCount'>,
  places: FilePlaces,
): string {
  if (source === 'exact') return fileOf('exact', path, places);
  return fileOf(threadCount === undefined ? 'pressure' : 'threads', path, places);
}
