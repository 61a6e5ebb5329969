/** What the agent can be told, by flag or by environment; the flag wins. One table for parser, help and documentation. */
import { defaultPinFolder, runqSources, type RunqSource } from '../host/exact-reader.ts';
import type { HostRoots } from '../host/roots.ts';
import type { LogFormat } from './log.ts';
import type { ListenAddress } from './server/listen.ts';
import {
  parseBytes,
  parseChoice,
  parseCores,
  parseListenAddress,
  parseSeconds,
  parseText,
  parseWhole,
} from './setting-values.ts';

export interface AgentConfig {
  readonly intervalMs: number;
  readonly listen: ListenAddress;
  /** Name of this node: the label of every series. */
  readonly node: string;
  readonly roots: HostRoots;
  readonly reservationsFile?: string;
  /** Where the BPF programs are pinned; absent: kernel files alone. */
  readonly runq: RunqSource;
  /** Where the BPF programs are pinned. */
  readonly bpfPins: string;
  /** The tuner's state folder, where it says what it did. */
  readonly tunerState: string;
  /** CPU time per second that the agent may use. */
  readonly cpuBudgetCores: number | 'max';
  readonly maxContainers: number;
  readonly maxOffenderPairs: number;
  readonly historySeconds: number;
  readonly logFormat: LogFormat;
  readonly recording?: RecordingConfig;
}

export interface RecordingConfig {
  readonly path: string;
  readonly maxBytes?: number;
  readonly durationSeconds?: number;
}

export interface AgentSetting {
  /** As a command line parser reads it: `--interval <time>`. */
  readonly flags: string;
  readonly environment: string;
  readonly description: string;
  /** Text of the value when nobody says otherwise; absent: there is none, or it is found out. */
  readonly fallback?: string;
}

export const agentSettings = {
  interval: {
    flags: '--interval <time>',
    environment: 'CPUGAP_INTERVAL',
    description: 'time between two samples, from 100ms to 1h',
    fallback: '1s',
  },
  listen: {
    flags: '--listen <host:port>',
    environment: 'CPUGAP_LISTEN',
    description: 'where to serve HTTP; port 0 takes any free one',
    fallback: '127.0.0.1:9753',
  },
  node: {
    flags: '--node <name>',
    environment: 'CPUGAP_NODE',
    description: 'name of this node on every series (default: the host name)',
  },
  proc: {
    flags: '--proc <dir>',
    environment: 'CPUGAP_PROC',
    description: 'where procfs is mounted',
    fallback: '/proc',
  },
  sys: {
    flags: '--sys <dir>',
    environment: 'CPUGAP_SYS',
    description: 'where sysfs is mounted',
    fallback: '/sys',
  },
  cgroupRoot: {
    flags: '--cgroup-root <dir>',
    environment: 'CPUGAP_CGROUP_ROOT',
    description: 'where cgroups are mounted (default: fs/cgroup below --sys)',
  },
  reservations: {
    flags: '--reservations <file>',
    environment: 'CPUGAP_RESERVATIONS',
    description: 'YAML or JSON file: which containers reserve how many CPUs',
  },
  runq: {
    flags: '--runq <source>',
    environment: 'CPUGAP_RUNQ',
    description:
      'who counts waiting: auto (BPF programs where they are loaded), bpf (nothing but them), proc (kernel files)',
    fallback: 'auto',
  },
  tunerState: {
    flags: '--tuner-state <dir>',
    environment: 'CPUGAP_TUNER_STATE',
    description: "the tuner's state folder, whose status file is published as metrics",
    fallback: '/var/lib/cpugap',
  },
  bpfPins: {
    flags: '--bpf-pins <dir>',
    environment: 'CPUGAP_BPF_PINS',
    description: 'where the BPF programs are pinned',
    fallback: defaultPinFolder,
  },
  cpuBudget: {
    flags: '--cpu-budget <cores>',
    environment: 'CPUGAP_CPU_BUDGET',
    description: 'CPU that the agent may use before it lengthens its interval: 1%, 0.01, max',
    fallback: '1%',
  },
  maxContainers: {
    flags: '--max-containers <count>',
    environment: 'CPUGAP_MAX_CONTAINERS',
    description: 'containers with series of their own; the rest is added up in one',
    fallback: '1000',
  },
  maxOffenderPairs: {
    flags: '--max-offender-pairs <count>',
    environment: 'CPUGAP_MAX_OFFENDER_PAIRS',
    description:
      'pairs of a container and who it waits behind with a series of their own; the rest is added up in one; 0: none at all',
    fallback: '100',
  },
  history: {
    flags: '--history <time>',
    environment: 'CPUGAP_HISTORY',
    description: 'how far back /api/v1/series goes, from 6m to 30d: 29 kB per container, however long',
    fallback: '1h',
  },
  logFormat: {
    flags: '--log-format <format>',
    environment: 'CPUGAP_LOG_FORMAT',
    description: 'log lines on standard error: text or json',
    fallback: 'text',
  },
  record: {
    flags: '--record <file>',
    environment: 'CPUGAP_RECORD',
    description: 'also write every sample to this file; gzipped when the name ends in .gz',
  },
  recordMaxSize: {
    flags: '--record-max-size <bytes>',
    environment: 'CPUGAP_RECORD_MAX_SIZE',
    description: 'end the recording at this size: 100M, 1Gi',
  },
  recordDuration: {
    flags: '--record-duration <time>',
    environment: 'CPUGAP_RECORD_DURATION',
    description: 'end the recording after this time',
  },
} as const satisfies Readonly<Record<string, AgentSetting>>;

export type AgentSettingName = keyof typeof agentSettings;
/** Texts as they were given on the command line; absent where the flag was not. */
export type AgentFlags = Readonly<Partial<Record<AgentSettingName, string | undefined>>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that cannot be used: all of them, one sentence each. */
export class AgentConfigError extends Error {
  override readonly name = 'AgentConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Throws AgentConfigError with every setting that cannot be used. */
export function parseAgentConfig(flags: AgentFlags, environment: Environment, hostName: string): AgentConfig {
  const problems: string[] = [];
  /** The parsed value of a setting; undefined when it is not set, or is wrong and noted. */
  const read = <Value>(name: AgentSettingName, parse: (text: string) => Value): Value | undefined => {
    const given = givenText(name, flags, environment);
    if (!given) return undefined;
    try {
      return parse(given.text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(`${given.origin} is ${JSON.stringify(given.text)}: expected ${error.message}.`);
      return undefined;
    }
  };
  const config = readConfig(read, hostName);
  if (config.recording === undefined) {
    for (const name of ['recordMaxSize', 'recordDuration'] as const) {
      const given = givenText(name, flags, environment);
      if (given) problems.push(`${given.origin} is given without --record, so there is nothing to end.`);
    }
  }
  if (problems.length > 0) throw new AgentConfigError(problems);
  return config;
}

type Read = <Value>(name: AgentSettingName, parse: (text: string) => Value) => Value | undefined;

/** Numbers beside `??` stand in for values that were refused; they are thrown away with the problems. */
function readConfig(read: Read, hostName: string): AgentConfig {
  const intervalSeconds = read('interval', (text) => parseSeconds(text, { least: '100ms', greatest: '1h' }));
  const sys = read('sys', parseText) ?? '';
  const reservationsFile = read('reservations', parseText);
  const recording = readRecording(read);
  return {
    intervalMs: Math.round((intervalSeconds ?? 0) * 1000),
    listen: read('listen', parseListenAddress) ?? { host: '', port: 0 },
    node: read('node', parseText) ?? hostName,
    roots: {
      proc: read('proc', parseText) ?? '',
      sys,
      cgroup: read('cgroupRoot', parseText) ?? `${sys}/fs/cgroup`,
    },
    ...(reservationsFile !== undefined && { reservationsFile }),
    runq: read('runq', (text) => parseChoice(text, runqSources)) ?? 'auto',
    bpfPins: read('bpfPins', parseText) ?? '',
    tunerState: read('tunerState', parseText) ?? '',
    cpuBudgetCores: read('cpuBudget', parseCores) ?? 'max',
    maxContainers: read('maxContainers', (text) => parseWhole(text, 1, 20_000)) ?? 0,
    maxOffenderPairs: read('maxOffenderPairs', (text) => parseWhole(text, 0, 10_000)) ?? 0,
    historySeconds: read('history', (text) => parseSeconds(text, { least: '6m', greatest: '30d' })) ?? 0,
    logFormat: read('logFormat', (text) => parseChoice(text, ['text', 'json'])) ?? 'text',
    ...(recording && { recording }),
  };
}

function readRecording(read: Read): RecordingConfig | undefined {
  const path = read('record', parseText);
  if (path === undefined) return undefined;
  const maxBytes = read('recordMaxSize', parseBytes);
  const durationSeconds = read('recordDuration', (text) =>
    parseSeconds(text, { least: '1s', greatest: '365d' }),
  );
  return {
    path,
    ...(maxBytes !== undefined && { maxBytes }),
    ...(durationSeconds !== undefined && { durationSeconds }),
  };
}

interface GivenText {
  readonly text: string;
  /** What the operator wrote it as. */
  readonly origin: string;
}

/** An empty environment variable is one that is not set: a manifest cannot leave one out. */
function givenText(
  name: AgentSettingName,
  flags: AgentFlags,
  environment: Environment,
): GivenText | undefined {
  const setting: AgentSetting = agentSettings[name];
  const flag = flags[name];
  if (flag !== undefined) return { text: flag, origin: setting.flags.split(' ')[0] ?? setting.flags };
  const variable = environment[setting.environment];
  if (variable !== undefined && variable !== '') return { text: variable, origin: setting.environment };
  return setting.fallback === undefined ? undefined : { text: setting.fallback, origin: setting.flags };
}
