import t from 'tap';
import {
  AgentConfigError,
  agentSettings,
  parseAgentConfig,
  type AgentConfig,
  type AgentFlags,
  type AgentSetting,
  type Environment,
} from '../../agent/config.ts';

const defaults: AgentConfig = {
  intervalMs: 1000,
  listen: { host: '127.0.0.1', port: 9753 },
  node: 'host-1',
  roots: { proc: '/proc', sys: '/sys', cgroup: '/sys/fs/cgroup' },
  runq: 'auto',
  bpfPins: '/sys/fs/bpf/cpugap',
  tunerState: '/var/lib/cpugap',
  cpuBudgetCores: 0.01,
  maxContainers: 1000,
  maxOffenderPairs: 100,
  historySeconds: 3600,
  logFormat: 'text',
};

const parse = (flags: AgentFlags = {}, environment: Environment = {}): AgentConfig =>
  parseAgentConfig(flags, environment, 'host-1');

const rows: readonly (readonly [string, AgentFlags, Environment, Partial<AgentConfig>])[] = [
  ['nothing said', {}, {}, {}],
  ['a flag', { interval: '500ms' }, {}, { intervalMs: 500 }],
  ['the environment', {}, { CPUGAP_INTERVAL: '2s' }, { intervalMs: 2000 }],
  ['a flag before the environment', { interval: '3s' }, { CPUGAP_INTERVAL: '2s' }, { intervalMs: 3000 }],
  ['an empty variable is none', {}, { CPUGAP_INTERVAL: '' }, {}],
  ['a node name', { node: 'n' }, {}, { node: 'n' }],
  [
    'the cgroup root below another /sys',
    { sys: '/host/sys', proc: '/host/proc' },
    {},
    { roots: { proc: '/host/proc', sys: '/host/sys', cgroup: '/host/sys/fs/cgroup' } },
  ],
  ['a cgroup root', { cgroupRoot: '/c' }, {}, { roots: { proc: '/proc', sys: '/sys', cgroup: '/c' } }],
  ['reservations', { reservations: 'r.yaml' }, {}, { reservationsFile: 'r.yaml' }],
  ['no budget', { cpuBudget: 'max' }, {}, { cpuBudgetCores: 'max' }],
  [
    'a recording',
    { record: 'x.gz', recordMaxSize: '1M', recordDuration: '1h' },
    {},
    { recording: { path: 'x.gz', maxBytes: 1e6, durationSeconds: 3600 } },
  ],
];

t.test('what is said, and the defaults of the rest', async (t) => {
  for (const [name, flags, environment, changes] of rows) {
    t.same(parse(flags, environment), { ...defaults, ...changes }, name);
  }
  t.equal(parse({ runq: 'proc' }).runq, 'proc');
});

t.test('all that is wrong at once, each in a sentence', async (t) => {
  const flags = { interval: '0', listen: 'here', maxContainers: '0', recordDuration: '1m' };
  t.throws(
    () => parse(flags, { CPUGAP_HISTORY: 'long' }),
    new AgentConfigError([
      '--interval is "0": expected a time from 100ms to 1h, such as 500ms, 2s or 1m30s.',
      '--listen is "here": expected HOST:PORT, such as 127.0.0.1:9753, [::1]:9753 or :9753.',
      '--max-containers is "0": expected a whole number from 1 to 20000.',
      'CPUGAP_HISTORY is "long": expected a time from 6m to 30d, such as 500ms, 2s or 1m30s.',
      '--record-duration is given without --record, so there is nothing to end.',
    ]),
  );
});

t.test('every setting has a flag, a variable and a description of its own', async (t) => {
  const settings: readonly AgentSetting[] = Object.values(agentSettings);
  for (const { flags, environment, description } of settings) {
    t.match(flags, /^--[a-z-]+ <[a-z:]+>$/);
    t.equal(environment, `CPUGAP_${flags.slice(2).split(' ')[0]?.toUpperCase().replaceAll('-', '_') ?? ''}`);
    t.match(description, /^\S.*[^.]$/);
  }
});
