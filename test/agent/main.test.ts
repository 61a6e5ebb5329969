import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseAgentConfig, type AgentFlags } from '../../agent/config.ts';
import { processEdge, runAgent, type AgentEdge } from '../../agent/main.ts';
import { RecordingReader } from '../../agent/recording/recording-reader.ts';
import type { Sample } from '../../kernel/sample.ts';
import { FakeHost, StillClock } from '../support/fake-host.ts';
import { samplePair } from '../support/sample-pair.ts';

const [template] = samplePair({
  cpus: [[1, 0]],
  containers: [{ path: '/web', reserved: 1, received: 0.5, some: 0 }],
});

/** A clock whose sleeps end when the test says so: one tick after the other. */
class SteppedClock extends StillClock {
  #wake: (() => void) | undefined;
  #asleep = Promise.withResolvers<undefined>();

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#asleep.resolve(undefined);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal?.addEventListener('abort', () => {
        resolve();
      });
    });
    this.advance(ms);
  }

  /** Resolves when the tick that is under way is over. */
  async tickOver(): Promise<void> {
    await this.#asleep.promise;
  }

  /** Lets one more tick pass. */
  async tick(): Promise<void> {
    await this.tickOver();
    this.#asleep = Promise.withResolvers();
    this.#wake?.();
    await this.tickOver();
  }
}

class RunningAgent {
  readonly clock = new SteppedClock();
  readonly lines: string[] = [];
  readonly stopped: Promise<void>;
  closed = 0;
  read: () => Sample = () => this.sampleNow();
  readonly #abort = new AbortController();

  constructor(t: Test, flags: AgentFlags = {}) {
    const edge: AgentEdge = {
      clock: this.clock,
      openSource: () => ({
        read: () => this.read(),
        close: () => {
          this.closed += 1;
        },
      }),
      cpuSeconds: () => 0.5,
      residentBytes: () => 1e6,
      writeLog: (line) => this.lines.push(line.slice(25)),
      nodeVersion: 'v24.0.0',
    };
    const config = parseAgentConfig({ listen: '127.0.0.1:0', ...flags }, {}, 'node-1');
    this.stopped = runAgent(config, this.#abort.signal, '0.1.0', edge);
    t.teardown(() => this.stop().catch(() => undefined));
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.stopped;
  }

  async get(path: string): Promise<Response> {
    await this.clock.tickOver();
    const url = /http:\S+/.exec(this.lines.find((line) => line.includes('serving')) ?? '')?.[0] ?? '';
    return await fetch(url + path);
  }

  sampleNow(): Sample {
    const monotonicNs = this.clock.nowNs;
    const cgroups = template.cgroups.map((cgroup) => ({ ...cgroup, monotonicNs }));
    return { ...template, monotonicNs, host: { ...template.host, monotonicNs }, cgroups };
  }
}

t.test('measures, serves and stops', async (t) => {
  const agent = new RunningAgent(t);
  t.equal((await agent.get('/readyz')).status, 503);
  await agent.clock.tick();
  t.equal((await agent.get('/readyz')).status, 200);
  const page = await (await agent.get('/metrics')).text();
  t.match(page, /cpugap_container_usage_seconds_total\{container="web",node="node-1"\} 0\n/);
  t.match(page, /cpugap_agent_ticks_total\{node="node-1"\} 2\n/);
  t.match(page, /cpugap_agent_stage_seconds_total\{stage="read",node="node-1"\} 0\n/);
  t.equal((await agent.get('/api/v1/series?container=web')).status, 200);
  await agent.stop();
  t.equal(agent.closed, 1);
  t.match(agent.lines[0], /^info serving http:\/\/127\.0\.0\.1:\d+ version=0\.1\.0 node=node-1\n$/);
  t.equal(agent.lines.at(-1), 'info stopping\n');
  await t.rejects(agent.get('/healthz'), 'nothing listens any more');
});

t.test('goes on when readings fail, and says so', async (t) => {
  const agent = new RunningAgent(t);
  await agent.clock.tick();
  agent.read = () => {
    throw new Error('EIO');
  };
  for (let tick = 0; tick < 5; tick += 1) await agent.clock.tick();
  const answer = await agent.get('/readyz');
  t.equal(answer.status, 503);
  t.match(await answer.text(), /The last sample is 5\.0 s old.*The latest reading failed: EIO/);
  agent.read = () => agent.sampleNow();
  await agent.clock.tick();
  t.equal((await agent.get('/readyz')).status, 200);
  await agent.stop();
  t.equal(agent.lines[1], 'info source: kernel files alone\n');
  t.same(agent.lines.slice(2, 4), ['warn sampling: EIO\n', 'info sampling: all is well again\n']);
});

t.test('says when a collector fails and when containers spill', async (t) => {
  const agent = new RunningAgent(t, { maxContainers: '1' });
  const failing = {
    name: 'threads',
    reads: 1,
    failures: 1,
    durationNs: 1,
    lastFailure: '/proc/1/task: EACCES',
  };
  agent.read = () => {
    const now = agent.sampleNow();
    const [web] = now.containers;
    const [cgroup] = now.cgroups;
    if (!web || !cgroup) throw new Error('the sample has a container');
    const identity = { ...web.identity, name: 'b' };
    return {
      ...now,
      containers: [web, { ...web, path: '/b', identity }],
      cgroups: [cgroup, { ...cgroup, path: '/b', cgroupId: 99n }],
      collectors: [failing],
    };
  };
  await agent.clock.tick();
  t.match(await (await agent.get('/metrics')).text(), /cpugap_agent_spilled_containers\{node="node-1"\} 1\n/);
  await agent.stop();
  t.same(agent.lines.slice(2, 4), [
    'warn collector threads: /proc/1/task: EACCES\n',
    'warn series: there are more than 1 containers; the rest is added up as container="_spilled" (--max-containers)\n',
  ]);
});

t.test('records what it measures', async (t) => {
  const path = join(t.testdir(), 'r.jsonl.gz');
  const agent = new RunningAgent(t, { record: path });
  await agent.clock.tick();
  await agent.clock.tick();
  t.match(
    await (await agent.get('/metrics')).text(),
    /cpugap_agent_recording_bytes_total\{node="node-1"\} \d+/,
  );
  await agent.stop();
  const reader = await RecordingReader.open(path);
  const samples: Sample[] = [];
  for await (const sample of reader.samples()) samples.push(sample);
  t.same(reader.ending, { samples: 3 });
  t.equal(reader.header.node, 'node-1');
});

t.test('what cannot begin ends at once, with nothing left open', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const taken = new RunningAgent(t, { listen: `127.0.0.1:${port}` });
  await t.rejects(taken.stopped, { name: 'ListenError', message: new RegExp(`^Port ${port} on 127`) });
  t.equal(taken.closed, 1);
  const unwritable = new RunningAgent(t, { record: '/dev/null/x' });
  await t.rejects(unwritable.stopped, { code: 'ENOTDIR' });
  t.equal(unwritable.closed, 1);
});

t.test('opens the host that it is told about, with its reservations', async (t) => {
  const host = new FakeHost('v2');
  t.teardown(() => {
    host.remove();
  });
  host.addCgroup('/docker/web');
  host.put('reservations.yaml', '/docker/web: 1.5\n');
  const reservations = join(host.folder, 'reservations.yaml');
  const { proc, sys } = host.roots;
  const config = parseAgentConfig({ proc, sys, reservations, runq: 'proc' }, {}, 'node-1');
  const source = processEdge.openSource(config, new StillClock());
  const { containers, host: facts } = source.read(() => true);
  source.close();
  t.equal(facts.exact, undefined);
  t.same(
    containers.map(({ path, reservation }) => [path, reservation?.cores]),
    [['/docker/web', 1.5]],
  );
  t.throws(() => processEdge.openSource({ ...config, reservationsFile: '/none' }, new StillClock()));
  t.ok(processEdge.cpuSeconds() > 0);
  t.ok(processEdge.residentBytes() > 1e7);
});
