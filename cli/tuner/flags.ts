/** The flags that the commands of the tuner share. */
import { parseCpuSet } from '../../kernel/cpu-set.ts';
import { switchFlag, valueFlag, valueFlagWithFallback } from '../command.ts';
import type { OptionsOf } from '../command.ts';
import { oneOf, parseDuration } from '../flag-values.ts';
import { parseChoice, parseWhole } from '../../agent/setting-values.ts';
import { rungs, type Rung } from '../../tuner/policy/policy.ts';

export const policyNames = ['ladder', 'dedicated', 'observe'] as const;
export type PolicyName = (typeof policyNames)[number];

export const defaultStateFolder = '/var/lib/cpugap';
export const defaultAgent = 'http://127.0.0.1:9753';

/** `a,b` as words; spaces around them do not count. */
const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function parseCgroupPath(text: string): string {
  if (!/^(\/|(\/(?!\.{1,2}(\/|$))[^/]+)+)$/.test(text)) {
    throw new RangeError('the path of a cgroup such as /kubepods.slice');
  }
  return text;
}

function parseAgent(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new RangeError(`an address such as ${defaultAgent}`);
  }
  return text;
}

function parseCpus(text: string): ReturnType<typeof parseCpuSet> {
  try {
    return parseCpuSet(text);
  } catch {
    throw new RangeError('a list of CPUs such as 0-1,8');
  }
}

function parseCores(text: string): number {
  const cores = Number(text);
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(text) || cores <= 0) throw new RangeError('CPUs such as 0.05');
  return cores;
}

/** `ladder,dedicated` */
export const parsePolicies = (text: string): readonly PolicyName[] =>
  words(text).map((word) => parseChoice(word, policyNames));

export const parseSeed = (text: string): number => parseWhole(text, 0, 2 ** 32 - 1);

const parseRungs = (text: string): readonly Rung[] => words(text).map((word) => parseChoice(word, rungs));

export const policyFlags = {
  policy: valueFlagWithFallback(
    '--policy <name>',
    'ladder (the mildest remedy that works), dedicated (whole CPUs for each reservation), observe (nothing)',
    oneOf(policyNames),
    'ladder',
  ),
  managedRoot: valueFlag(
    '--managed-root <path>',
    'nothing outside of this cgroup is written (default: where the kubelet keeps pods)',
    parseCgroupPath,
  ),
  only: valueFlag(
    '--only <patterns>',
    'manage only these: cgroup paths or names, * allowed, by commas',
    words,
  ),
  never: valueFlag('--never <patterns>', 'never touch these', words),
  includeSystemPods: switchFlag('--include-system-pods', 'also manage kube-system and static pods'),
  reservedCpus: valueFlag(
    '--reserved-cpus <cpus>',
    "the system's own CPUs: given to nobody alone",
    parseCpus,
  ),
  rungs: valueFlag(
    '--rungs <list>',
    `remedies that may be taken: ${rungs.join(',')} (default: all but partition)`,
    parseRungs,
  ),
  targetGap: valueFlag('--target-gap <cpus>', 'a smaller gap is none (default: 0.05)', parseCores),
  targetWait: valueFlag('--target-wait <time>', 'p99 of waiting that is fine (default: 10ms)', parseDuration),
} as const;

export type PolicyOptions = OptionsOf<typeof policyFlags>;

export const agentFlag = {
  agent: valueFlag('--agent <url>', `ask the agent at this address, such as ${defaultAgent}`, parseAgent),
} as const;

export const stateFlag = {
  stateDir: {
    ...valueFlagWithFallback(
      '--state-dir <dir>',
      'where the journal and the receipts are',
      (text) => text,
      defaultStateFolder,
    ),
    takesFile: true,
  },
} as const;
