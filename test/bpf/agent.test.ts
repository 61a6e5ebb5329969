/** The real agent as nobody, with the real programs loaded: what it serves, and what becomes of it when they go and come. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { systemClock } from '../../host/clock.ts';
import { LiveHost } from '../support/live-host.ts';
import { programsTest } from '../support/pinned-programs.ts';

const program = fileURLToPath(new URL('../support/agent-without-privilege.ts', import.meta.url));
const patienceMs = 30_000;

class NobodysAgent {
  readonly #child: ChildProcess;
  readonly #url: string;
  #said = '';
  #log = '';

  static async start(pins: string, reservations: string): Promise<NobodysAgent> {
    const port = await freePort();
    const child = spawn(process.execPath, [program, pins, reservations, `127.0.0.1:${port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {},
    });
    return new NobodysAgent(child, `http://127.0.0.1:${port}`);
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
  }

  get log(): string {
    return this.#log;
  }

  get allowed(): unknown {
    return JSON.parse(this.#said) as unknown;
  }

  /** The first page that has such a line. */
  async pageWith(pattern: RegExp): Promise<string> {
    const end = Date.now() + patienceMs;
    for (;;) {
      const page = await fetch(`${this.#url}/metrics`).then(
        async (answer) => answer.text(),
        () => '',
      );
      if (pattern.test(page)) return page;
      if (Date.now() > end || this.#child.exitCode !== null) {
        throw new Error(`no line like ${pattern.source} on the page: ${this.#log}`);
      }
      await systemClock.sleep(50);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const valueOf = (page: string, series: RegExp): number =>
  Number(new RegExp(`^${series.source} (.*)$`, 'm').exec(page)?.[1] ?? Number.NaN);

const gap = (source: string): RegExp =>
  new RegExp(
    `cpugap_container_gap_upper_bound_seconds_total\\{container="victim",node="test-node",source="${source}"\\}`,
  );
const waits = /cpugap_container_runqueue_latency_seconds_count\{container="victim",node="test-node"\}/;
const exactSource = /^cpugap_node_exact_source\{node="test-node"\} 1$/m;
const portableSource = /^cpugap_node_exact_source\{node="test-node"\} 0$/m;

async function withReservations(live: LiveHost, run: (file: string, victim: string) => Promise<void>) {
  const cpus = [0];
  const victim = live.add('victim', { reserved: 0.8, shares: 512, cpus });
  const loud = live.add('loud', { reserved: 0.1, shares: 1024, cpus });
  await live.load(victim, { kind: 'duty', threads: 2, workMs: 2, everyMs: 5 });
  await live.load(loud, { kind: 'spin', threads: 2 });
  const folder = mkdtempSync(`${tmpdir()}/cpugap-test-`);
  try {
    chmodSync(folder, 0o755);
    const file = `${folder}/reservations.yaml`;
    writeFileSync(file, `${victim}: { cores: 0.8, name: victim }\n${loud}: { cores: 0.1, name: loud }\n`);
    await run(file, victim);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

programsTest(t, 'nobody without a capability serves the exact ledger', 2, async (t, { programs }) => {
  t.equal(programs.loader('load').code, 0);
  const live = await LiveHost.open();
  try {
    await withReservations(live, async (file) => {
      const agent = await NobodysAgent.start(programs.folder, file);
      try {
        const page = await agent.pageWith(
          /^cpugap_container_offender_wait_seconds_total\{container="victim",node="test-node",offender_container="loud"\} 0\.\d*[1-9]/m,
        );
        t.same(agent.allowed, { uid: 65534, capabilities: '0000000000000000' });
        t.match(page, exactSource);
        t.match(agent.log, 'BPF programs count who waits behind whom');
        t.ok(valueOf(page, gap('exact')) > 0, 'the victim misses something');
        t.notMatch(page, gap('portable'));
        t.ok(valueOf(page, waits) > 0);
        t.match(page, /^cpugap_node_exact_lost_events_total\{.*kind="queue_full".*\} \d+$/m);
      } finally {
        await agent.stop();
      }
    });
  } finally {
    await live.close();
  }
});

programsTest(
  t,
  'the programs go, and it says why; they come back; it starts anew: no number jumps or mixes',
  2,
  async (t, { programs }) => {
    t.equal(programs.loader('load').code, 0);
    const live = await LiveHost.open();
    try {
      await withReservations(live, async (file) => {
        const agent = await NobodysAgent.start(programs.folder, file);
        try {
          await agent.pageWith(waits);
          t.equal(programs.loader('unload').code, 0);
          const without = await agent.pageWith(new RegExp(gap('portable').source));
          t.match(without, portableSource);
          t.match(
            agent.log,
            /kernel files alone: no programs are pinned in .*: load them with cpugap-bpf load/,
          );
          const [countedBefore, exactBefore] = [valueOf(without, waits), valueOf(without, gap('exact'))];
          t.ok(countedBefore > 0, 'what was counted stays on the page');
          t.equal(programs.loader('load').code, 0);
          const back = await agent.pageWith(exactSource);
          const portable = valueOf(back, gap('portable'));
          const again = await agent.pageWith(new RegExp(`^${waits.source} (?!${countedBefore}$)\\d+$`, 'm'));
          t.ok(valueOf(again, waits) > countedBefore, 'and goes on from there');
          t.ok(valueOf(again, gap('exact')) >= exactBefore);
          t.ok(valueOf(again, gap('portable')) >= portable);
        } finally {
          await agent.stop();
        }
        const before = programs.read();
        const next = await NobodysAgent.start(programs.folder, file);
        try {
          const counted = valueOf(await next.pageWith(waits), waits);
          const id = [...before.counters].find(([, { wakeupWaits }]) => wakeupWaits.some((n) => n > 0));
          t.ok(id !== undefined, 'the counters in the kernel were not made anew');
          const total = [...programs.read().counters.values()].reduce(
            (most, { wakeupWaits }) => Math.max(most, Number(wakeupWaits.reduce((a, b) => a + b, 0n))),
            0,
          );
          t.ok(counted <= total, 'a new agent counts from its own start, not from theirs', {
            counted,
            total,
          });
        } finally {
          await next.stop();
        }
      });
    } finally {
      await live.close();
    }
  },
);
