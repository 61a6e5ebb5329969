import type { LoadWindow } from '../load/generator-process.ts';
import { countThreads, type Load } from '../scenarios/scenario.ts';
import { difference, type SparseHistogram } from '../statistics/histogram.ts';
import { completedPerSecond } from '../workloads/progress.ts';
import { WorkloadProcess } from '../workloads/workload-process.ts';
import type { LoadContext, LoadMeasure, RunningLoad } from './load.ts';

export class WorkloadLoad implements RunningLoad {
  readonly #process: WorkloadProcess;
  readonly #hasLatency: boolean;
  #before: SparseHistogram = [];

  static async launch(
    load: Load & { readonly kind: 'workload' },
    context: LoadContext,
  ): Promise<WorkloadLoad> {
    const { workload: kind, workMs, everyMs } = load;
    const workload = await WorkloadProcess.launch({
      kind,
      threads: countThreads(load.threads, context.cpus),
      ...(workMs !== undefined && { workMs }),
      ...(everyMs !== undefined && { everyMs }),
    });
    try {
      context.place(workload.pid);
      await workload.prepare();
    } catch (error) {
      await workload.end();
      throw error;
    }
    return new WorkloadLoad(workload, everyMs !== undefined);
  }

  private constructor(workload: WorkloadProcess, hasLatency: boolean) {
    this.#process = workload;
    this.#hasLatency = hasLatency;
  }

  async start(): Promise<undefined> {
    await this.#process.start();
    return undefined;
  }

  async begin(): Promise<void> {
    if (this.#hasLatency) this.#before = await this.#process.latency();
  }

  async finish({ fromNs, toNs }: LoadWindow): Promise<LoadMeasure> {
    const perSecond = completedPerSecond(this.#process.progress, fromNs, toNs);
    const latency = this.#hasLatency ? difference(await this.#process.latency(), this.#before) : undefined;
    return { ...(perSecond !== undefined && { perSecond }), ...(latency && { latency }) };
  }

  async end(): Promise<void> {
    await this.#process.end();
  }
}
