/** Requests that are no HTTP, too large or too slow, before there is a request object to answer. */
import type { Socket } from 'node:net';
import { refusal } from './route.ts';

interface ClientFault {
  readonly status: number;
  readonly reason: string;
  readonly code: string;
  readonly message: string;
}

const malformed: ClientFault = {
  status: 400,
  reason: 'Bad Request',
  code: 'bad_request',
  message: 'The request is not HTTP.',
};

/** By the error code of Node's HTTP parser. */
const faults: Readonly<Record<string, ClientFault>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'Request Header Fields Too Large',
    code: 'headers_too_large',
    message: 'The headers are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: 'Request Timeout',
    code: 'request_timeout',
    message: 'The request took too long to arrive.',
  },
};

export function answerClientError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, reason, code, message } = faults[error.code ?? ''] ?? malformed;
  const body = JSON.stringify(refusal(status, code, message).body);
  const headers = [
    `HTTP/1.1 ${status} ${reason}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.write(`${headers.join('\r\n')}\r\n\r\n${body}`);
  // Ending our half alone would leave the connection to a client that keeps sending, for as long as it likes.
  socket.destroySoon();
}
