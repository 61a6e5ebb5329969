/**
 * What the load generator must know of a protocol: the bytes of requests, and where a response ends. Requests on one
 * connection are answered in order, so nothing more is needed to pair them.
 */
export interface Protocol {
  /** Sent once, before the load, on one connection; each is answered by one response. */
  readonly prepare: readonly Uint8Array[];
  /** The mix of requests, sent in turn, again and again. */
  readonly requests: readonly Uint8Array[];
  readonly responseEnd: ResponseEnd;
}

/**
 * Where the response that begins at `from` ends, exclusive; undefined while it is not whole. Throws ProtocolError on what
 * is no response, or one that says that the request failed.
 */
export type ResponseEnd = (bytes: Uint8Array, from: number) => number | undefined;

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(expected: string, bytes: Uint8Array, from: number) {
    const found = JSON.stringify(asciiOf(bytes, from, Math.min(bytes.length, from + 60)));
    super(`the server's answer is not what it should be: expected ${expected}, found ${found}`);
  }
}

/** Index after the next CRLF, or undefined. */
export function lineEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(13, from); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
  }
  return undefined;
}

/** The line that begins at `from`, without its CRLF at `end - 2`. */
export function lineText(bytes: Uint8Array, from: number, end: number): string {
  return asciiOf(bytes, from, end - 2);
}

export function asciiOf(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** `end` if the bytes reach that far. */
export function ifWhole(bytes: Uint8Array, end: number): number | undefined {
  return end <= bytes.length ? end : undefined;
}
