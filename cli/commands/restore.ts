import { readBootId } from '../../host/boot-id.ts';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import { errnoOf } from '../../host/host-read-error.ts';
import { NoCgroupsError } from '../../host/sample-reader.ts';
import { nodeWriteCalls } from '../../host/write-calls.ts';
import type { ActuationHost } from '../../tuner/actuation/actuation-host.ts';
import { restore, type RestoreReport } from '../../tuner/actuation/restore.ts';
import { lockState, type StateLock } from '../../tuner/state/state-lock.ts';
import { defineCommand, switchFlag, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { rootsOf } from '../live-source.ts';
import { formatJson } from '../render/json.ts';
import { paintLines } from '../render/line.ts';
import { renderRestore } from '../render/restore-report.ts';
import { outputFlags, rootFlags } from '../root-flags.ts';

const { proc, sys, cgroupRoot } = rootFlags;

const flags = {
  stateDir: {
    ...valueFlagWithFallback(
      '--state-dir <dir>',
      "the tuner's state folder",
      (text) => text,
      '/var/lib/cpugap',
    ),
    takesFile: true,
  },
  force: switchFlag('--force', 'also overwrite what somebody else wrote since'),
  proc,
  sys,
  cgroupRoot,
  ...outputFlags,
} as const;

export const restoreCommand = defineCommand({
  description:
    'Writes back what stood in every control file before the tuner first wrote it, from the journal alone, and verifies it. It may be run after a crash and as often as you like. A cgroup that is gone or was made anew is left alone; so is a value that somebody else wrote since, unless --force is given.',
  flags,
  examples: [
    { line: 'cpugap restore', does: 'give everything back' },
    { line: 'cpugap restore --json', does: 'the same, with one entry per file for programs' },
    {
      line: 'cpugap restore --state-dir /run/cpugap --force',
      does: "another folder; overwrite others' values",
    },
  ],
  exits: ['failed', 'impossible', 'badInput'],
  run: ({ options }, io) => runRestore(options, io),
});

async function runRestore(options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const host = openHost(options);
  const lock = await takeLock(options.stateDir);
  if (lock === undefined) return show({ kind: 'nothing_to_restore' }, options, io);
  try {
    return show(await restore(host, { force: options.force }), options, io);
  } finally {
    await lock.release();
  }
}

function openHost(options: OptionsOf<typeof flags>): ActuationHost {
  const roots = rootsOf(options);
  const layout = readCgroupLayout(roots);
  if (!layout) throw new NoCgroupsError(roots.cgroup);
  const bootId = readBootId(roots.proc);
  if (bootId === undefined) {
    throw new CliError(
      'impossible',
      `${roots.proc}/sys/kernel/random/boot_id cannot be read, so nobody can tell whether the journal is of this boot: give --proc.`,
    );
  }
  return { layout, stateFolder: options.stateDir, bootId, calls: nodeWriteCalls };
}

/** Undefined: there is no such folder, so no tuner ever ran with it. */
async function takeLock(stateFolder: string): Promise<StateLock | undefined> {
  if (nodeWriteCalls.inodeAt(stateFolder) === undefined) return undefined;
  try {
    return await lockState(stateFolder);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    throw new CliError(
      'impossible',
      `${stateFolder} cannot be used (${code}): run as root, with the folder writable.`,
      { cause: error },
    );
  }
}

function show(report: RestoreReport, options: OptionsOf<typeof flags>, io: CliIo): number {
  io.out.write(options.json ? formatJson(report) : paintLines(renderRestore(report), io.colour));
  const isDone = report.kind !== 'restored' || (report.isComplete && report.journalFailure === undefined);
  return (isDone ? exitCodes.ok : exitCodes.failed).code;
}
