/** Opens the port, or says in one sentence why that cannot be and what to do. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

interface Listener {
  listen(address: ListenAddress): Promise<string>;
}

/** The port cannot be had; the message is for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const advice = 'choose another with --listen HOST:PORT (port 0 takes any free one)';

const sentences: Readonly<Record<string, (address: ListenAddress) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `Port ${port} on ${host} is taken by another program, perhaps another cpugap agent: stop it, or ${advice}.`,
  EACCES: ({ port }) =>
    `Port ${port} may not be opened by this user: ports below 1024 need CAP_NET_BIND_SERVICE; ${advice}.`,
  EADDRNOTAVAIL: ({ host }) =>
    `This host has no address ${host}: give one that it has with --listen HOST:PORT.`,
  ENOTFOUND: ({ host }) =>
    `The name ${host} is not known: give an address that this host has with --listen HOST:PORT.`,
};

/** Resolves with the URL that is listened on. Throws ListenError. */
export async function listen(server: Listener, address: ListenAddress): Promise<string> {
  try {
    return await server.listen(address);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const sentence =
      sentences[code]?.(address) ?? `Cannot listen on ${address.host}:${address.port} (${code}).`;
    throw new ListenError(sentence, code, error);
  }
}
