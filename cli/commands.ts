/** All commands, in the order in which help shows them. Each is loaded only when it is wanted. */
import { loadCommand, type Command, type ListedCommand } from './command.ts';

export const listedCommands: readonly ListedCommand[] = [
  {
    name: 'top',
    summary: 'show what each container reserved, received and missed, live',
    load: async () => (await import('./commands/top.ts')).topCommand,
  },
  {
    name: 'explain',
    summary: 'say in words what one container missed, why, and what to look at next',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'doctor',
    summary: 'say what this kernel and host can and cannot give, and what to do about it',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'record',
    summary: 'write readings of this host to a file for later',
    load: async () => (await import('./commands/record.ts')).recordCommand,
  },
  {
    name: 'replay',
    summary: 'show a recording or a capture as if it were live',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  {
    name: 'capture',
    summary: 'pack everything that was read of this host into one text file that you can review',
    load: async () => (await import('./commands/capture.ts')).captureCommand,
  },
  {
    name: 'agent',
    summary: 'measure all the time and serve metrics over HTTP',
    load: async () => (await import('./commands/agent.ts')).agentCommand,
  },
  {
    name: 'plan',
    summary: 'say what would be written so that reservations hold, and what it would do',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  {
    name: 'tuner',
    summary: 'watch, and with --apply change weights, quotas and CPU sets so that reservations hold',
    load: async () => (await import('./commands/tuner.ts')).tunerCommand,
  },
  {
    name: 'receipts',
    summary: 'show what the tuner did: predicted beside measured',
    load: async () => (await import('./commands/receipts.ts')).receiptsCommand,
  },
  {
    name: 'what-if',
    summary: 'compare policies on a recording by prediction',
    load: async () => (await import('./commands/what-if.ts')).whatIfCommand,
  },
  {
    name: 'restore',
    summary: 'give back every value that the tuner changed, without the tuner',
    load: async () => (await import('./commands/restore.ts')).restoreCommand,
  },
  {
    name: 'demo',
    summary: 'make a container lose its reservation on this host, and show it',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    name: 'bench',
    summary: 'measure on this host what unmanaged scheduling costs and what each remedy gives',
    load: async () => (await import('./commands/bench.ts')).benchCommand,
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    load: async () => (await import('./commands/completion.ts')).completionCommand(loadCommands),
  },
];

export function loadCommands(): Promise<readonly Command[]> {
  return Promise.all(listedCommands.map(loadCommand));
}
