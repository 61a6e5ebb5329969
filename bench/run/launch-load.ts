import type { Load } from '../scenarios/scenario.ts';
import { CompressLoad } from './compress-load.ts';
import type { LoadContext, RunningLoad } from './load.ts';
import { ServerLoad } from './server-load.ts';
import { WorkloadLoad } from './workload-load.ts';

/** The load in its cgroup, asleep. Throws when it cannot be started. */
export async function launchLoad(load: Load, context: LoadContext): Promise<RunningLoad> {
  switch (load.kind) {
    case 'workload':
      return await WorkloadLoad.launch(load, context);
    case 'server':
      return await ServerLoad.launch(load, context);
    case 'compress':
      return new CompressLoad(load, context);
  }
}
