/** Failures of other folders that a user can act on, as sentences with an exit code. */
import { ListenError } from '../agent/server/listen.ts';
import { ResultFormatError } from '../bench/report/parse-result.ts';
import { BenchImpossible } from '../bench/run/requirements.ts';
import { CaptureFormatError } from '../host/capture-format.ts';
import { NoExactCountersError } from '../host/exact-reader.ts';
import { HostReadError } from '../host/host-read-error.ts';
import { ReservationFileError } from '../host/reservation-file-error.ts';
import { NoCgroupsError } from '../host/sample-reader.ts';
import { KernelTextError } from '../kernel/kernel-text-error.ts';
import { ObservationError } from '../tuner/observation/observation-error.ts';
import { JournalError } from '../tuner/state/journal.ts';
import { StateLockedError } from '../tuner/state/state-lock.ts';
import { CliError } from './exit-codes.ts';

const sentence = (text: string): string => text.replace(/[.?]?$/, (end) => (end === '?' ? end : '.'));

/** The failure as a CliError where it is known; anything unforeseen comes back as it was. */
export function asCliError(error: unknown): unknown {
  if (error instanceof ListenError) return new CliError('impossible', error.message, { cause: error });
  if (error instanceof ResultFormatError) {
    return new CliError('badInput', sentence(error.message), { cause: error });
  }
  if (error instanceof BenchImpossible) {
    return new CliError('impossible', sentence(error.message), { cause: error });
  }
  if (error instanceof CaptureFormatError) {
    return new CliError(
      'badInput',
      `${sentence(error.message)} Was it written by cpugap capture, and not cut?`,
      {
        cause: error,
      },
    );
  }
  if (error instanceof ReservationFileError) {
    return new CliError(
      'badInput',
      `${sentence(error.message)} Mend the file, or leave out --reservations.`,
      {
        cause: error,
      },
    );
  }
  if (error instanceof NoExactCountersError) {
    return new CliError('impossible', `--runq bpf: ${sentence(error.message)}`, { cause: error });
  }
  if (error instanceof ObservationError) {
    return new CliError('impossible', sentence(error.message), { cause: error });
  }
  if (error instanceof JournalError) {
    const reason = error.kind === 'damaged' ? 'badInput' : 'impossible';
    return new CliError(reason, sentence(error.message), { cause: error });
  }
  if (error instanceof StateLockedError) {
    return new CliError('impossible', `${sentence(error.message)} Stop it first.`, { cause: error });
  }
  if (error instanceof NoCgroupsError || error instanceof HostReadError || error instanceof KernelTextError) {
    return new CliError(
      'impossible',
      `${sentence(error.message)} Run cpugap doctor to see what can be read here.`,
      {
        cause: error,
      },
    );
  }
  return error;
}

/** What a failure to read a file that was given means; anything unforeseen comes back as it was. */
export function asBadFile(error: unknown, path: string): unknown {
  if (error instanceof KernelTextError) {
    return new CliError(
      'badInput',
      `${sentence(error.message)} Was it written by cpugap record or cpugap capture?`,
      { cause: error },
    );
  }
  const code = errnoOf(error);
  if (code === undefined) return error;
  return new CliError(
    isRefusal(code) ? 'impossible' : 'badInput',
    `${path} cannot be read (${code}): give the name of a file that is there and that you may read.`,
    { cause: error },
  );
}

/** The system's refusal to read what a flag names, as a sentence; anything else as it was. */
export function asReadFailure(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  return new CliError('impossible', `${path} cannot be read (${code}): try as root, or name another place.`, {
    cause: error,
  });
}

/** The system's refusal to write as a sentence; anything else as it was. */
export function asWriteFailure(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  return new CliError(
    isRefusal(code) ? 'impossible' : 'failed',
    `${path} cannot be written (${code}): give -o a place that you may write to and that has room.`,
    { cause: error },
  );
}

const isRefusal = (code: string): boolean => ['EACCES', 'EPERM', 'EROFS'].includes(code);

function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
