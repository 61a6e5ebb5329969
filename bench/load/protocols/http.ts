/**
 * HTTP/1.1 with connections that stay open (RFC 9112), as far as a server of files uses it: a response has a
 * Content-Length, or no body at all (204, 304).
 *
 *     GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n  ->  HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello
 */
import { asciiOf, bytesOf, ifWhole, ProtocolError, type Protocol, type ResponseEnd } from './protocol.ts';

export function http(path: string): Protocol {
  const request = bytesOf(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return { prepare: [request], requests: [request], responseEnd: httpEnd };
}

const mostHeadBytes = 16_384;

export const httpEnd: ResponseEnd = (bytes, from) => {
  const bodyFrom = headEnd(bytes, from);
  if (bodyFrom === undefined) {
    if (bytes.length - from > mostHeadBytes) throw new ProtocolError('the end of the headers', bytes, from);
    return undefined;
  }
  const head = asciiOf(bytes, from, bodyFrom);
  const [, status] = /^HTTP\/1\.1 ([23]\d\d)[ \r]/.exec(head) ?? [];
  if (status === undefined) throw new ProtocolError('HTTP/1.1 and a status 2xx or 3xx', bytes, from);
  if (status === '204' || status === '304') return bodyFrom;
  const [, length] = /\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n/i.exec(head) ?? [];
  if (length === undefined) throw new ProtocolError('a Content-Length', bytes, from);
  return ifWhole(bytes, bodyFrom + Number(length));
};

/** Index after the empty line. */
function headEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(13, from); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  return undefined;
}
