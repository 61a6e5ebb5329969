/** The flags that many commands share, so that they mean the same everywhere. */
import { fileFlag, switchFlag, valueFlagWithFallback } from './command.ts';
import type { OptionsOf } from './command.ts';
import { defaultPinFolder, runqSources } from '../host/exact-reader.ts';
import { oneOf, parseInterval } from './flag-values.ts';

const text = (value: string): string => value;

export const outputFlags = {
  json: switchFlag('--json', 'print JSON for programs instead of text for people'),
  color: { flags: '--no-color', description: 'no colour, even on a terminal (NO_COLOR does the same)' },
} as const;

/** Where the host's files are, and who says what is reserved. */
export const rootFlags = {
  proc: {
    ...valueFlagWithFallback('--proc <dir>', 'where procfs is mounted', text, '/proc'),
    takesFile: true,
  },
  sys: { ...valueFlagWithFallback('--sys <dir>', 'where sysfs is mounted', text, '/sys'), takesFile: true },
  cgroupRoot: fileFlag('--cgroup-root <dir>', 'where cgroups are mounted (default: fs/cgroup below --sys)'),
  runq: valueFlagWithFallback(
    '--runq <source>',
    'who counts waiting: auto (BPF programs where they are loaded), bpf (nothing but them), proc (kernel files)',
    oneOf(runqSources),
    'auto',
  ),
  bpfPins: {
    ...valueFlagWithFallback('--bpf-pins <dir>', 'where the BPF programs are pinned', text, defaultPinFolder),
    takesFile: true,
  },
  reservations: fileFlag(
    '--reservations <file>',
    'YAML or JSON file: which containers reserve how many CPUs',
  ),
} as const;

export const intervalFlag = {
  interval: valueFlagWithFallback(
    '--interval <time>',
    'time between two readings: 1, 500ms, 2s',
    parseInterval,
    1,
  ),
} as const;

export type RootOptions = OptionsOf<typeof rootFlags>;
