/** Counts whole responses in a stream of bytes that is cut anywhere. */
import type { ResponseEnd } from './protocols/protocol.ts';

export class ResponseStream {
  readonly #responseEnd: ResponseEnd;
  #rest: Uint8Array = new Uint8Array();

  constructor(responseEnd: ResponseEnd) {
    this.#responseEnd = responseEnd;
  }

  /** How many responses have become whole with this chunk. Throws ProtocolError. */
  take(chunk: Uint8Array): number {
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    let [from, count] = [0, 0];
    while (from < bytes.length) {
      const end = this.#responseEnd(bytes, from);
      if (end === undefined) break;
      from = end;
      count += 1;
    }
    this.#rest = from === bytes.length ? new Uint8Array() : bytes.slice(from);
    return count;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
