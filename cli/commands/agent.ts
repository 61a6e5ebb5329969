import { hostname } from 'node:os';
import {
  AgentConfigError,
  agentSettings,
  parseAgentConfig,
  type AgentConfig,
  type AgentSetting,
} from '../../agent/config.ts';
import { limitHeapGrowth } from '../../agent/heap-growth.ts';
import { defineCommand, switchFlag, type Flag } from '../command.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { programVersion } from '../program-version.ts';

type SettingFlags = Readonly<Record<keyof typeof agentSettings, Flag<string | undefined>>>;

/** The agent's own table of settings as flags: the agent parses their texts itself, those of the environment too. */
const settingFlags = Object.fromEntries(
  Object.entries(agentSettings).map(([name, setting]) => [name, flagOf(setting)]),
) as SettingFlags;

function flagOf({ flags, description, environment, fallback }: AgentSetting): Flag<string | undefined> {
  const otherwise = fallback === undefined ? '' : ` (default: ${fallback})`;
  return {
    flags,
    description: `${description}${otherwise} [${environment}]`,
    takesFile: /<(dir|file)>/.test(flags),
  };
}

export const agentCommand = defineCommand({
  description:
    'Measures until SIGTERM or Ctrl-C, which are its normal end, and serves /metrics for Prometheus, /api/v1 and health checks. It needs no rights beyond reading. Each setting can also be given by the environment variable in brackets; the flag wins.',
  flags: {
    ...settingFlags,
    json: switchFlag('--json', 'log lines as JSON; the same as --log-format json'),
  },
  examples: [
    { line: 'cpugap agent', does: 'serve on 127.0.0.1:9753' },
    {
      line: 'cpugap agent --listen :9753 --reservations reservations.yaml',
      does: 'for others too, with reservations',
    },
    { line: 'curl -s 127.0.0.1:9753/metrics', does: 'look at it' },
  ],
  exits: ['impossible', 'badInput'],
  run: async ({ options }, io) => {
    const { json, ...flags } = options;
    await runUntilStopped(readConfig({ ...flags, ...(json && { logFormat: 'json' }) }), io);
    return exitCodes.ok.code;
  },
});

function readConfig(flags: Parameters<typeof parseAgentConfig>[0]): AgentConfig {
  try {
    return parseAgentConfig(flags, process.env, hostname());
  } catch (error) {
    if (error instanceof AgentConfigError) {
      throw new CliError('usage', `${error.problems.join(' ')} See cpugap agent --help.`, { cause: error });
    }
    throw error;
  }
}

async function runUntilStopped(config: AgentConfig, io: CliIo): Promise<void> {
  // The server is not worth loading for a command that only prints a table.
  const { runAgent } = await import('../../agent/main.ts');
  limitHeapGrowth();
  await runAgent(config, io.signal, programVersion());
}
