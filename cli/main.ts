/** The process edge of the command: real streams, signals, and the exit code. */
import { listedCommands } from './commands.ts';
import { openProcessIo } from './process-io.ts';
import { readPackageFacts } from './program-version.ts';
import { runProgram } from './program.ts';

/** Runs the command line `words` (without node and script) and sets the exit code of this process. */
export async function main(words: readonly string[]): Promise<void> {
  const { io, close } = openProcessIo();
  try {
    process.exitCode = await runProgram(words, listedCommands, readPackageFacts(), io);
  } finally {
    close();
  }
  // Whoever asked for an end must not wait for a timer or a half-open pipe.
  if (io.signal.aborted) process.exit();
}
