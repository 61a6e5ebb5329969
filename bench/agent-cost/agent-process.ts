/** The real agent as a child process, seen through its HTTP port and /proc alone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostTreeRoots } from './host-tree.ts';
import { parseOwnAccount } from './own-account.ts';

export interface AgentProgram {
  /** Path of cpugap.js. */
  readonly script: string;
  readonly nodeFlags: readonly string[];
}

export interface Scrape {
  readonly page: string;
  readonly milliseconds: number;
  readonly bytes: number;
}

const intervalSeconds = 1;
const startLimitMs = 20_000;

export class AgentProcess {
  readonly pid: number;
  /** From spawning Node to the first page that shows a sample, asked for every 10 ms. */
  readonly firstSampleMs: number;
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #connections: Agent;

  /** Resolves when the agent has its first sample. Throws what it wrote to standard error when it ends before. */
  static async launch(
    program: AgentProgram,
    roots: HostTreeRoots,
    reservations: string,
  ): Promise<AgentProcess> {
    const port = await freePort();
    const words = agentWords(roots, reservations, port);
    const startedMs = performance.now();
    const child = spawn(process.execPath, [...program.nodeFlags, program.script, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {},
    });
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    let complaint = '';
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (complaint = (complaint + text).slice(-4000)));
    const url = `http://127.0.0.1:${port}/metrics`;
    while (!(await hasSample(url))) {
      const isLate = performance.now() - startedMs > startLimitMs;
      if (isLate) child.kill('SIGKILL');
      if (isLate || child.exitCode !== null) throw new Error(`the agent gave no sample: ${complaint}`);
      await delay(10);
    }
    return new AgentProcess(child, url, performance.now() - startedMs);
  }

  private constructor(child: ChildProcess, url: string, firstSampleMs: number) {
    this.pid = child.pid ?? 0;
    this.firstSampleMs = firstSampleMs;
    this.#child = child;
    this.#url = url;
    // One kept connection, as Prometheus has.
    this.#connections = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  async scrape(): Promise<Scrape> {
    return await fetchPage(this.#url, this.#connections);
  }

  async stop(): Promise<void> {
    this.#connections.destroy();
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(killer);
  }
}

/** The budget is off: the interval must stay what it is. */
function agentWords(roots: HostTreeRoots, reservations: string, port: number): readonly string[] {
  return [
    'agent',
    ...['--proc', roots.proc, '--sys', roots.sys, '--cgroup-root', roots.cgroup],
    ...['--reservations', reservations, '--runq', 'proc', '--node', 'bench'],
    ...['--interval', String(intervalSeconds), '--cpu-budget', 'max'],
    ...['--listen', `127.0.0.1:${port}`],
  ];
}

async function hasSample(url: string): Promise<boolean> {
  try {
    return parseOwnAccount((await fetchPage(url)).page) !== undefined;
  } catch {
    return false; // not listening yet
  }
}

/** Time is from the request to the last byte, the text decoded after it. */
async function fetchPage(url: string, agent?: Agent): Promise<Scrape> {
  const startedMs = performance.now();
  const request = get(url, agent ? { agent } : {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const milliseconds = performance.now() - startedMs;
  const bytes = Buffer.concat(chunks);
  return { page: bytes.toString('utf8'), milliseconds, bytes: bytes.length };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
