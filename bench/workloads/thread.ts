/** Entry of every thread of a workload: says that it is up, waits at the gate, runs its loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { workloads, type WorkloadKind } from './catalog.ts';
import { slot, type WorkloadThread } from './thread-loop.ts';
import { instantiateWork, type WorkModule } from './work.ts';

export interface ThreadStart extends Omit<WorkloadThread, 'doWork'> {
  readonly kind: WorkloadKind;
  readonly workModule: WorkModule;
}

const { kind, workModule, ...thread } = workerData as ThreadStart;
parentPort?.postMessage('up');
Atomics.wait(thread.shared, slot.gate, 0);
workloads[kind].loop({ ...thread, doWork: instantiateWork(workModule) });
