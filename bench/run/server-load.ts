/** A server of the distribution in its cgroup, and the load generator outside of all of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GeneratorProcess, type LoadWindow } from '../load/generator-process.ts';
import { countThreads, usualRate, type Load } from '../scenarios/scenario.ts';
import { servers } from '../servers/catalog.ts';
import { findProgram } from '../servers/find-program.ts';
import { findFreePort, isListening } from '../servers/free-port.ts';
import { PlacedProcess } from '../servers/placed-process.ts';
import type { LoadContext, LoadMeasure, RunningLoad } from './load.ts';

const startRetryMs = 20;
const startRetries = 500;

export class ServerLoad implements RunningLoad {
  readonly #server: PlacedProcess;
  readonly #generator: GeneratorProcess;

  /** Throws when the server does not come up. */
  static async launch(load: Load & { readonly kind: 'server' }, context: LoadContext): Promise<ServerLoad> {
    const server = servers[load.server];
    const port = await findFreePort();
    const folder = `${context.folder}/${load.server}`;
    const start = { port, threads: countThreads(load.threads, context.cpus), folder };
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(server.files(start))) writeFileSync(`${folder}/${name}`, text);
    const program = findProgram(server.program) ?? server.program;
    const placed = await PlacedProcess.launch([program, ...server.words(start)], context.place);
    try {
      await untilListening(placed, port, server.program);
      const generator = await GeneratorProcess.launch(
        {
          protocol: server.protocol,
          port,
          connections: load.connections,
          perSecond: context.perSecond ?? usualRate(load.rates),
          arrivals: load.arrivals,
          seed: context.seed,
          warmUpSeconds: context.settleSeconds,
          measureSeconds: context.windowSeconds,
          ...(context.realTime && { realTime: context.realTime }),
        },
        context.generatorPrefix,
      );
      return new ServerLoad(placed, generator);
    } catch (error) {
      await placed.end();
      throw error;
    }
  }

  private constructor(server: PlacedProcess, generator: GeneratorProcess) {
    this.#server = server;
    this.#generator = generator;
  }

  start(): Promise<LoadWindow> {
    return this.#generator.start();
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  async finish({ fromNs, toNs }: LoadWindow): Promise<LoadMeasure> {
    const { intended, answered, unanswered, unsent, latency, lateness, ...cost } =
      await this.#generator.result();
    return {
      perSecond: (answered * 1e9) / Number(toNs - fromNs),
      latency,
      generator: { intended, unanswered, unsent, lateness, cores: cost.cpuSeconds / cost.loadSeconds },
    };
  }

  async end(): Promise<void> {
    await this.#generator.end();
    await this.#server.end();
  }
}

async function untilListening(server: PlacedProcess, port: number, name: string): Promise<void> {
  for (let retry = 0; retry < startRetries; retry++) {
    if (server.ending !== undefined) throw new Error(`${name} did not start: ${server.ending}`);
    if (await isListening(port)) return;
    await sleep(startRetryMs);
  }
  throw new Error(`${name} did not listen on port ${port} within ${(startRetries * startRetryMs) / 1000} s`);
}
