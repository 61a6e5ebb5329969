/** The real streams, keys and signals of this process as a CliIo. */
import { writeSync } from 'node:fs';
import { isatty, type ReadStream, type WriteStream } from 'node:tty';
import { exitCodes } from './exit-codes.ts';
import type { CliIo, Interruption, Terminal, TextSink } from './io.ts';

export interface ProcessIo {
  readonly io: CliIo;
  /** Takes the signal handlers away again. */
  readonly close: () => void;
}

export function openProcessIo(): ProcessIo {
  const controller = new AbortController();
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const handler = (): void => {
      // Asked twice: whatever is still being tidied up is not worth waiting for.
      if (controller.signal.aborted) process.exit(exitCodes.interrupted.code);
      controller.abort({ signal } satisfies Interruption);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  // `cpugap ... | head` ends without a word, as other tools do, but in order: a demo has cgroups to remove.
  const endWhenReaderLeft = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    if (!controller.signal.aborted) controller.abort({ signal: 'SIGPIPE' } satisfies Interruption);
  };
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWhenReaderLeft);
  const io: CliIo = {
    out: sinkOf(process.stdout),
    err: sinkOf(process.stderr),
    signal: controller.signal,
    colour: isatty(1) && mayColour(process.env),
    ...(isatty(0) && isatty(1) && { terminal: terminalOf(process.stdin, process.stdout) }),
  };
  const close = (): void => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
  return { io, close };
}

/** https://no-color.org: any non-empty value of NO_COLOR; a dumb terminal shows none either. */
function mayColour(environment: NodeJS.ProcessEnv): boolean {
  return (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}

function sinkOf(stream: WriteStream & { readonly fd: number }): TextSink {
  const isTerminal = isatty(stream.fd);
  return {
    write: (text) => {
      stream.write(text);
    },
    isTerminal,
    columns: () => (isTerminal ? stream.columns : undefined),
    rows: () => (isTerminal ? stream.rows : undefined),
  };
}

function terminalOf(input: ReadStream, output: WriteStream): Terminal {
  return {
    startKeys: (onBytes) => {
      const listener = (chunk: Buffer | string): void => {
        onBytes(chunk.toString());
      };
      input.setRawMode(true);
      input.on('data', listener);
      input.resume();
      return () => {
        input.off('data', listener);
        input.setRawMode(false);
        input.pause();
      };
    },
    onResize: (listener) => {
      output.on('resize', listener);
      return () => output.off('resize', listener);
    },
    onExit: (listener) => {
      process.on('exit', listener);
      return () => process.off('exit', listener);
    },
    writeNow: (text) => {
      writeSync(1, text);
    },
  };
}
