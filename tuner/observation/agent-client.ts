/** Asks the agent what it measured. */
import { parseContainersDocument } from './containers-document.ts';
import type { Observed } from './make-view.ts';

const timeoutMs = 5000;
/** 600 containers make about 1 MB; more than this is no answer of an agent. */
const mostBytes = 64 * 1024 * 1024;

/**
 * The containers of the latest window, or in words why there are none now. Throws ObservationError when the answer is no
 * answer of an agent.
 * @param agent the agent's address: `http://127.0.0.1:9753`
 */
export async function askAgent(agent: string, signal: AbortSignal): Promise<Observed | string> {
  const url = new URL('/api/v1/containers', agent);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      redirect: 'error',
    });
    const text = await textOf(response);
    if (response.ok) return parseContainersDocument(text);
    return `the agent at ${url.host} answers ${response.status}${response.status === 503 ? ': it has no current window' : ''}`;
  } catch (error) {
    if (!isTransport(error)) throw error;
    return `the agent at ${url.host} does not answer (${reasonOf(error)})`;
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > mostBytes) throw new TypeError('more than 64 MB');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** fetch has TypeError for whatever goes wrong on the way, and DOMException for time that is up. */
const isTransport = (error: unknown): error is Error =>
  error instanceof TypeError || error instanceof DOMException;

function reasonOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
