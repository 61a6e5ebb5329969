/**
 * DNS rebinding: a web page whose name resolves to 127.0.0.1 could read a server that listens on loopback, with the
 * page's own name in the Host header. So on loopback only names of loopback are answered.
 */
const loopbackNames: ReadonlySet<string> = new Set(['localhost', '[::1]']);

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** Whether the value of a Host header names loopback, with any port. */
export function namesLoopback(hostHeader: string | undefined): boolean {
  if (hostHeader === undefined) return false;
  const name = hostHeader.replace(/:\d{1,5}$/, '').toLowerCase();
  return loopbackNames.has(name) || isLoopback(name);
}
