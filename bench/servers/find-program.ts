/** Programs of the distribution that an experiment needs. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Where it is; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  return folders.map((folder) => `${folder}/${name}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first number with dots that it says about itself; undefined where it says none. */
export function readVersion(path: string, words: readonly string[]): string | undefined {
  const { stdout, stderr } = spawnSync(path, words, { encoding: 'utf8', timeout: 5000 });
  return /\d+(?:\.\d+)+/.exec(`${stdout}${stderr}`)?.[0];
}
