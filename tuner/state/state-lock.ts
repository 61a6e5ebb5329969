/**
 * One at a time: a tuner, or a restore. Whoever works listens on a socket in the state folder. The kernel ends that with
 * the process, however it dies, and it is seen from every container that mounts the folder; a process id would not be.
 */
import { mkdirSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { errnoOf } from '../../host/host-read-error.ts';
import { nodeWriteCalls } from '../../host/write-calls.ts';

export class StateLockedError extends Error {
  override readonly name = 'StateLockedError';
  readonly path: string;

  constructor(path: string) {
    super(`${path}: another cpugap tuner or restore is at work with this state folder`);
    this.path = path;
  }
}

export interface StateLock {
  /** False when somebody took the socket's place: then nothing more may be written. */
  isHeld(): boolean;
  release(): Promise<void>;
}

/** The longest path that a socket may have (struct sockaddr_un, sun_path, with its end). */
const longestPath = 107;
const attempts = 5;

/**
 * Makes the folder if need be, for its owner alone; its parent must be there. Throws StateLockedError while somebody else has it, and what the
 * system says when the folder cannot be used.
 */
export async function lockState(stateFolder: string): Promise<StateLock> {
  const path = `${stateFolder}/lock`;
  if (Buffer.byteLength(path) > longestPath) {
    throw new RangeError(`the state folder's path may have ${longestPath - 5} bytes: ${stateFolder}`);
  }
  // Not recursive: below a file system that takes no folders, such as /proc, Node would never return from that.
  if (nodeWriteCalls.inodeAt(stateFolder) === undefined) mkdirSync(stateFolder, { mode: 0o700 });
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const server = await listenOn(path);
    if (server) return lockOf(server, path);
    const stale = nodeWriteCalls.inodeAt(path);
    if (await isListening(path)) throw new StateLockedError(path);
    // Somebody who died left it. Only that very socket is removed: another may have come meanwhile.
    if (stale !== undefined && nodeWriteCalls.inodeAt(path) === stale) nodeWriteCalls.remove(path);
  }
  throw new StateLockedError(path);
}

/** Undefined when there is something of that name already. */
async function listenOn(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (errnoOf(error) === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path, backlog: 16 }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function lockOf(server: Server, path: string): StateLock {
  const own = nodeWriteCalls.inodeAt(path);
  return {
    isHeld: () => nodeWriteCalls.inodeAt(path) === own,
    release: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      socket.destroy();
      const code = errnoOf(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
      else if (code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}
