import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { AgentView } from '../../../agent/server/agent-view.ts';
import { buildServer } from '../../../agent/server/build-server.ts';
import { routes } from '../../../agent/server/routes.ts';
import { agentView } from '../../support/agent-view-literal.ts';
import { golden } from '../../support/golden.ts';

interface ErrorBody {
  readonly error: { readonly status: number; readonly code: string; readonly message: string };
}

const emptyAgent: Partial<AgentView> = {
  latest: () => undefined,
  readiness: () => ({ kind: 'not_ready', reason: 'There is no sample yet.' }),
};

function server(t: Test, view: AgentView = agentView(), onError?: (error: Error) => void) {
  const app = buildServer(view, { loopbackOnly: true, ...(onError && { onError }) });
  t.teardown(() => app.close());
  return app;
}

t.test('every route answers, and none more than GET and HEAD', async (t) => {
  const app = server(t);
  for (const { path } of routes) {
    const url = path === '/api/v1/series' ? `${path}?container=app` : path;
    const answer = await app.inject(url);
    t.equal(answer.statusCode, 200, path);
    t.equal(answer.headers['cache-control'], 'no-store');
    t.equal(answer.headers['access-control-allow-origin'], undefined, 'no CORS');
    t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 200);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'] as const) {
      const refused = await app.inject({ method, url, payload: method === 'POST' ? '{"a":1}' : '' });
      t.equal(refused.statusCode, 405, `${method} ${path}`);
      t.equal(refused.headers['allow'], 'GET, HEAD');
      t.equal(refused.json<ErrorBody>().error.code, 'method_not_allowed');
    }
  }
});

t.test('the metrics page is the one of the catalog', async (t) => {
  const answer = await server(t).inject('/metrics');
  t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.match(answer.body, /^# HELP cpugap_container_reserved_cores /);
});

t.test('the containers, as other programs rely on them', async (t) => {
  const answer = await server(t).inject('/api/v1/containers');
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  const text = `${JSON.stringify(answer.json(), undefined, 2)}\n`;
  t.equal(text, golden('api-containers.json', text));
});

t.test('some of the containers', async (t) => {
  const app = server(t);
  const rows = [
    ['namespace=shop', ['/kubepods/burstable/pod1/0a1b']],
    ['pod=cart&namespace=shop', ['/kubepods/burstable/pod1/0a1b']],
    ['name=app', ['/kubepods/burstable/pod1/0a1b']],
    ['name=web', ['/docker/2', '/docker/4']],
    ['name=/docker/4', ['/docker/4']],
    ['namespace=other', []],
  ] as const;
  for (const [query, paths] of rows) {
    const { containers } = (await app.inject(`/api/v1/containers?${query}`)).json<{
      containers: readonly { path: string }[];
    }>();
    t.same(
      containers.map(({ path }) => path),
      paths,
      query,
    );
  }
});

t.test('the recent past of a container', async (t) => {
  const app = server(t);
  const answer = await app.inject('/api/v1/series?container=app&namespace=shop&step=60');
  t.same(answer.json(), {
    labels: { namespace: 'shop', pod: 'cart', container: 'app' },
    paths: ['/kubepods/burstable/pod1/0a1b'],
    slotSeconds: 10,
    endTimesMs: [1_800_000_000_000],
    windowSeconds: [1],
    sources: ['portable'],
    mean: {
      reservedCores: [1.5],
      receivedCores: [1.25],
      entitledCores: [1.5],
      gapCores: [0.25],
      phantomCores: [0.05],
      borrowedCores: [0],
      waitingCores: [0.5],
      throttledCores: [0.5],
      waitP99Seconds: [null],
    },
    max: {
      reservedCores: [1.5],
      receivedCores: [1.25],
      entitledCores: [1.5],
      gapCores: [0.25],
      phantomCores: [0.05],
      borrowedCores: [0],
      waitingCores: [0.5],
      throttledCores: [0.5],
      waitP99Seconds: [null],
    },
  });
  const byPath = (await app.inject('/api/v1/series?container=/docker/4')).json<{ labels: object }>();
  t.same(byPath.labels, { container: 'web~2' });
  const unreserved = (await app.inject('/api/v1/series?container=sshd.service')).json<{
    mean: { gapCores: unknown };
  }>();
  t.same(unreserved.mean.gapCores, [null]);
  const earlier = (await app.inject('/api/v1/series?container=app&to=1')).json<{ endTimesMs: unknown }>();
  t.same(earlier.endTimesMs, []);
});

t.test('a container that was re-created is one series, two that are not the same are none', async (t) => {
  const labels = { namespace: 'shop', pod: 'cart', container: 'app' };
  const point = (wallTimeMs: number) => ({
    wallTimeMs,
    seconds: 1,
    source: 'exact' as const,
    mean: {} as never,
    max: {} as never,
  });
  const containers = [
    { path: '/new', labels },
    { path: '/old', labels },
    { path: '/other', labels: { ...labels, pod: 'till' } },
  ];
  const history = {
    slotSeconds: 10,
    containers: () => containers,
    query: ({ path }: { path: string }) => [point(path === '/old' ? 1000 : 2000)],
  };
  const app = server(t, agentView({ history: () => history }));
  const found = (await app.inject('/api/v1/series?container=app&pod=cart')).json<object>();
  t.match(found, { paths: ['/new', '/old'], endTimesMs: [1000, 2000] });
  const refused = await app.inject('/api/v1/series?container=app');
  t.equal(refused.statusCode, 409);
  t.equal(
    refused.json<ErrorBody>().error.message,
    '2 containers are called app: /old, /other. Add namespace and pod, or give the path.',
  );
});

t.test('before there is anything to serve, it says so', async (t) => {
  const app = server(t, agentView(emptyAgent));
  const rows = [
    ['/healthz', 200, undefined],
    ['/readyz', 503, 'not_ready'],
    ['/api/v1/containers', 503, 'no_ledger_yet'],
    ['/debug/sample', 503, 'no_sample_yet'],
  ] as const;
  for (const [url, status, code] of rows) {
    const answer = await app.inject(url);
    t.equal(answer.statusCode, status, url);
    t.equal(answer.json<Partial<ErrorBody>>().error?.code, code);
  }
});

const refusals: readonly (readonly [string, number, string])[] = [
  ['/nothing', 404, 'not_found'],
  ['/metrics/', 404, 'not_found'],
  ['/api/v1/containers?nonsense=1', 400, 'bad_query'],
  ['/api/v1/containers?name=a&name=b', 400, 'bad_query'],
  [`/api/v1/containers?name=${'x'.repeat(513)}`, 400, 'bad_query'],
  ['/metrics?a=1', 400, 'bad_query'],
  ['/api/v1/series', 400, 'bad_query'],
  ['/api/v1/series?container=', 400, 'bad_query'],
  ['/api/v1/series?container=app&from=yesterday', 400, 'bad_query'],
  ['/api/v1/series?container=app&step=-1', 400, 'bad_query'],
  ['/api/v1/series?container=app&to=1e12', 400, 'bad_query'],
  ['/api/v1/series?container=nobody', 404, 'no_such_container'],
  ['/%world', 400, 'bad_url'],
  ['/api/v1/series?container=%E0%A4%A', 404, 'no_such_container'],
  [`/metrics?${Array.from({ length: 100 }, (_, i) => `p${i}=1`).join('&')}`, 400, 'bad_query'],
];

t.test('refuses in JSON, without a word about itself', async (t) => {
  const app = server(t);
  for (const [url, status, code] of refusals) {
    const answer = await app.inject(url);
    t.equal(answer.statusCode, status, url);
    const { error } = answer.json<ErrorBody>();
    t.equal(error.code, code, url);
    t.equal(error.status, status);
    t.notMatch(answer.body, /at .*\.(ts|js)|node_modules|stack/);
  }
});

t.test('a bug is told to the log and not to the client', async (t) => {
  const errors: Error[] = [];
  const broken = agentView({ metricsPage: () => Promise.reject(new Error('secret of the inside')) });
  const answer = await server(t, broken, (error) => errors.push(error)).inject('/metrics');
  t.equal(answer.statusCode, 500);
  t.equal(answer.json<ErrorBody>().error.code, 'internal_error');
  t.notMatch(answer.body, /secret/);
  t.same(
    errors.map(({ message }) => message),
    ['secret of the inside'],
  );
});

t.test('on loopback only names of loopback are answered', async (t) => {
  const app = server(t);
  const rows = [
    ['localhost:9753', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1:9753', 200],
    ['127.1.2.3', 200],
    ['[::1]:9753', 200],
    ['evil.example', 421],
    ['localhost.evil.example:9753', 421],
    ['127.0.0.1.evil.example', 421],
  ] as const;
  for (const [host, status] of rows) {
    t.equal((await app.inject({ url: '/healthz', headers: { host } })).statusCode, status, host);
  }
  const open = buildServer(agentView(), { loopbackOnly: false });
  t.teardown(() => open.close());
  const answer = await open.inject({ url: '/healthz', headers: { host: 'node-1.example' } });
  t.equal(answer.statusCode, 200);
});

t.test('the page of links needs nothing from elsewhere and trusts no name', async (t) => {
  const answer = await server(t, agentView({ node: '<b>"n"&' })).inject('/');
  t.match(answer.headers['content-security-policy'], "default-src 'none'");
  t.match(answer.body, '&lt;b&gt;&quot;n&quot;&amp;');
  for (const { path } of routes) t.match(answer.body, `href="${path}"`);
});

/** What comes back on a raw connection until it is closed. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return await allOf(socket);
}

async function allOf(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) text += String(chunk);
  return text;
}

t.test('clients that do not speak HTTP, or too much of it', async (t) => {
  const app = server(t);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const get = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n';
  const rows = [
    ['nonsense', 'hello\r\n\r\n', /^HTTP\/1\.1 400 .*"bad_request"/s],
    ['large headers', `${get}x: ${'y'.repeat(9000)}\r\n\r\n`, /^HTTP\/1\.1 431 .*"headers_too_large"/s],
    ['a body', `${get}content-length: 5\r\n\r\nhello`, /^HTTP\/1\.1 413 .*"body_not_allowed"/s],
    ['an endless body', `${get}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`, /^HTTP\/1\.1 413 /],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['what it should be', `${get}connection: close\r\n\r\n`, /^HTTP\/1\.1 200 .*\{"alive":true/s],
  ] as const;
  for (const [name, bytes, expected] of rows) t.match(await exchange(port, bytes), expected, name);
});

t.test('a client that was refused holds no connection, however long it stays', async (t) => {
  const app = server(t);
  await app.listen({ port: 0, host: '127.0.0.1' });
  app.server.setTimeout(0);
  const accepted = once(app.server, 'connection') as Promise<[Socket]>;
  const { port } = app.server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.teardown(() => client.destroy());
  client.on('error', () => undefined).resume();
  const [connection] = await accepted;
  const closed = once(connection, 'close');
  client.write('hello\r\n\r\n');
  await closed;
  t.equal(connection.destroyed, true);
  t.equal(client.writableEnded, false, 'although the client has not ended');
});

t.test('bounds what clients can hold', async (t) => {
  const app = server(t);
  t.equal(app.server.maxConnections, 64);
  t.equal(app.server.headersTimeout, 5_000);
  t.equal(app.server.requestTimeout, 10_000);
  t.equal(app.server.timeout, 10_000);
});
