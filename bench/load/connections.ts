/** Connections to the server, and what comes in on them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { hrtime } from 'node:process';
import type { Protocol } from './protocols/protocol.ts';
import { ResponseStream } from './response-stream.ts';

/** Told how many responses have become whole on a connection, and when (CLOCK_MONOTONIC). */
export type OnResponses = (connection: number, count: number, atNs: bigint) => void;

const receiveBytes = 64 * 1024;

export class Connections {
  readonly #sockets: Socket[] = [];
  #onResponses: OnResponses = () => undefined;
  #failure: Error | undefined;

  /** Throws when the server does not listen. */
  static async open(port: number, count: number, protocol: Protocol): Promise<Connections> {
    const connections = new Connections();
    for (let index = 0; index < count; index++) await connections.#connect(port, index, protocol);
    return connections;
  }

  set onResponses(onResponses: OnResponses) {
    this.#onResponses = onResponses;
  }

  /** What broke a connection. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** For write(2) by another thread; Node hands the number out only through the socket's handle. */
  get descriptors(): readonly number[] {
    return this.#sockets.map((socket) => {
      const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } };
      if (handle?.fd === undefined || handle.fd < 0) throw new Error('a connection was lost');
      return handle.fd;
    });
  }

  /** Sends these on the first connection and resolves when all are answered. */
  async ask(requests: readonly Uint8Array[]): Promise<void> {
    let left = requests.length;
    const answered = new Promise<void>((resolve, reject) => {
      this.#onResponses = (_, count) => {
        left -= count;
        if (left <= 0) resolve();
      };
      this.#sockets[0]?.once('close', () => {
        reject(this.#failure ?? new Error('the server closed the connection'));
      });
    });
    for (const request of requests) this.#sockets[0]?.write(request);
    await answered;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(port: number, index: number, protocol: Protocol): Promise<void> {
    const stream = new ResponseStream(protocol.responseEnd);
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      // One buffer for all that comes in: a new one each time would make garbage, and garbage makes pauses.
      onread: {
        buffer: Buffer.alloc(receiveBytes),
        callback: (length, buffer) => {
          this.#receive(index, stream, buffer.subarray(0, length));
          return true;
        },
      },
    });
    socket.on('error', (error) => (this.#failure ??= error));
    this.#sockets.push(socket);
    await once(socket, 'connect');
  }

  #receive(index: number, stream: ResponseStream, bytes: Uint8Array): void {
    const atNs = hrtime.bigint();
    try {
      const count = stream.take(bytes);
      if (count > 0) this.#onResponses(index, count, atNs);
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      this.#sockets[index]?.destroy();
    }
  }
}
