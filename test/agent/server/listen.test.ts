import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import t from 'tap';
import { buildServer } from '../../../agent/server/build-server.ts';
import { listen, ListenError } from '../../../agent/server/listen.ts';
import { agentView } from '../../support/agent-view-literal.ts';

t.test('says that the port is taken, and what to do', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const app = buildServer(agentView(), { loopbackOnly: true });
  t.teardown(() => app.close());
  const failure = await listen(app, { host: '127.0.0.1', port }).catch((error: unknown) => error);
  t.ok(failure instanceof ListenError);
  t.equal(
    failure instanceof Error && failure.message,
    `Port ${port} on 127.0.0.1 is taken by another program, perhaps another cpugap agent: stop it, or choose another with --listen HOST:PORT (port 0 takes any free one).`,
  );
});

const failing = (code: string) => ({
  listen: () => Promise.reject(Object.assign(new Error(code), { code })),
});

t.test('has a sentence for the other ways to fail', async (t) => {
  const rows = [
    ['EACCES', /^Port 80 may not be opened by this user/],
    ['EADDRNOTAVAIL', /^This host has no address 192\.0\.2\.1/],
    ['ENOTFOUND', /^The name 192\.0\.2\.1 is not known/],
    ['EMFILE', /^Cannot listen on 192\.0\.2\.1:80 \(EMFILE\)\.$/],
  ] as const;
  for (const [code, message] of rows) {
    await t.rejects(listen(failing(code), { host: '192.0.2.1', port: 80 }), { code, message });
  }
});

t.test('gives the URL', async (t) => {
  const app = buildServer(agentView(), { loopbackOnly: true });
  t.teardown(() => app.close());
  t.match(await listen(app, { host: '127.0.0.1', port: 0 }), /^http:\/\/127\.0\.0\.1:\d+$/);
});
