/** The loads whose time is taken: much switching, a ping-pong of two, and a server that answers many clients. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Load {
  readonly name: string;
  /** Commands that it needs, with the Debian package that brings each. */
  readonly needs: readonly (readonly [command: string, debianPackage: string])[];
  /** Gets ready; what it returns is run over and over and takes the same work each time. */
  readonly open: () => Promise<OpenLoad>;
}

export interface OpenLoad {
  readonly run: () => void;
  readonly close: () => Promise<void>;
}

const nothingToClose = (): Promise<void> => Promise.resolve();

const command = (file: string, ...words: readonly string[]): Load['open'] => {
  const run = (): void => {
    runToEnd(file, words);
  };
  return () => Promise.resolve({ run, close: nothingToClose });
};

export const loads: readonly Load[] = [
  {
    name: 'hackbench',
    needs: [['hackbench', 'rt-tests']],
    open: command('hackbench', '--pipe', '-g', '4', '-l', '700'),
  },
  {
    name: 'perf bench sched pipe',
    needs: [['perf', 'linux-perf']],
    open: command('perf', 'bench', 'sched', 'pipe', '-l', '100000'),
  },
  {
    name: 'redis, 50 clients',
    needs: [
      ['redis-server', 'redis-server'],
      ['redis-benchmark', 'redis-tools'],
    ],
    open: openRedis,
  },
];

/** The commands that are missing, each with the line that installs it. */
export function missingCommands({ needs }: Load): readonly string[] {
  return needs
    .filter(([file]) => spawnSync('which', [file]).status !== 0)
    .map(([file, name]) => `${file} is missing: apt-get install ${name}`);
}

async function openRedis(): Promise<OpenLoad> {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  const kill = (): void => {
    server.kill('SIGKILL');
  };
  process.once('exit', kill);
  await untilItAnswers(port, server);
  const words = ['-h', '127.0.0.1', '-p', String(port), '-c', '50', '-n', '60000', '-t', 'get', '-q'];
  return {
    run: () => {
      runToEnd('redis-benchmark', words);
    },
    close: async () => {
      process.off('exit', kill);
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
    },
  };
}

async function untilItAnswers(port: number, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (spawnSync('redis-cli', ['-p', String(port), 'ping']).status === 0) return;
    if (server.exitCode !== null) break;
    await delay(50);
  }
  throw new Error('redis-server does not answer');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function runToEnd(file: string, words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(file, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
