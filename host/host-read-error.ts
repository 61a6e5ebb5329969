/**
 * What a failed system call means for whoever wanted to read. A read is absent (the caller gets `undefined`), or it
 * failed and throws HostReadError with the cause. This is the one place that decides which.
 */

/** Codes that mean "the kernel or the host does not have this", each with the reason. */
const absentCodes: ReadonlySet<string> = new Set([
  'ENOENT', // no such file: an older kernel, a feature that is off, a cgroup or a thread that is gone
  'ENOTDIR', // a folder of the path is a file: nothing of that kind here
  'ENODEV', // a descriptor of a cgroup file outlived its cgroup, or its controller was taken away
  'ESRCH', // a descriptor of /proc/<tid> outlived its thread
  'EOPNOTSUPP', // the file is there and its feature is off: PSI without psi=1, cgroup.procs of a threaded cgroup
]);

/** Codes on which a kept descriptor is worthless, while the path may hold something new. */
const staleCodes: ReadonlySet<string> = new Set(['ENODEV', 'ESRCH']);

/** Codes that say the file is there and this process may not read it. */
const deniedCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/** Codes that say the process, or the machine, has no descriptor left. */
const exhaustedCodes: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

export type HostReadFailure = 'denied' | 'failed';

/** A read that should have worked and did not: not allowed, or failed (EIO, EMFILE, ...). */
export class HostReadError extends Error {
  override readonly name = 'HostReadError';
  readonly kind: HostReadFailure;
  readonly path: string;
  /** The errno name, or 'unknown'. */
  readonly code: string;

  constructor(path: string, code: string, cause: unknown) {
    const kind = deniedCodes.has(code) ? 'denied' : 'failed';
    super(`${path}: ${kind === 'denied' ? 'not allowed to read' : 'read failed'} (${code})`, { cause });
    this.kind = kind;
    this.path = path;
    this.code = code;
  }
}

/** Returns undefined when the error means absence; otherwise throws HostReadError. */
export function absentOrThrow(error: unknown, path: string): undefined {
  const code = errnoOf(error);
  if (code !== undefined && absentCodes.has(code)) return undefined;
  throw error instanceof HostReadError ? error : new HostReadError(path, code ?? 'unknown', error);
}

export function isStale(error: unknown): boolean {
  return staleCodes.has(errnoOf(error) ?? '');
}

export function isExhausted(error: unknown): boolean {
  return exhaustedCodes.has(errnoOf(error) ?? '');
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
