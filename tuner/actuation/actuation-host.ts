/** Where the tuner acts: the cgroups of a host, and the folder that holds its state. */
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import type { WriteCalls } from '../../host/write-calls.ts';

export interface ActuationHost {
  readonly layout: CgroupLayout;
  readonly stateFolder: string;
  /** Which boot of the machine this is: what a journal of another one says is void. */
  readonly bootId: string;
  readonly calls: WriteCalls;
}
