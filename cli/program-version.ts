/** Facts of package.json, which lies above cli/ in the source tree and two above it when built. */
import { readFileSync } from 'node:fs';

export interface PackageFacts {
  readonly version: string;
  readonly description: string;
}

export function readPackageFacts(): PackageFacts {
  for (const place of ['../package.json', '../../package.json']) {
    const text = readIfPresent(new URL(place, import.meta.url));
    if (text !== undefined) return JSON.parse(text) as PackageFacts;
  }
  return { version: 'unknown', description: '' };
}

export function programVersion(): string {
  return readPackageFacts().version;
}

function readIfPresent(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
