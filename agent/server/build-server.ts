/** The HTTP application: routes, limits and errors. It listens on nothing by itself; tests inject requests. */
import { parse } from 'node:querystring';
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { AgentView } from './agent-view.ts';
import { namesLoopback } from './host-header.ts';
import { answerClientError } from './client-error.ts';
import { errorSchema, refusal, type Answer, type Route } from './route.ts';
import { routes } from './routes.ts';

export interface ServerOptions {
  /** Answer only requests whose Host header names loopback. */
  readonly loopbackOnly: boolean;
  /** Told of errors that are bugs; the client sees none of it. */
  readonly onError?: (error: Error) => void;
}

/** Numbers, not settings: a scrape needs none of this, and no client may hold more of the agent than this. */
const limits = {
  connections: 64,
  headerBytes: 8192,
  headersMs: 5_000,
  requestMs: 10_000,
  /** A connection that neither sends nor takes anything. */
  silenceMs: 10_000,
  keepAliveMs: 5_000,
  checkMs: 1_000,
  queryParameters: 16,
} as const;

const answerHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
} as const;

export function buildServer(view: AgentView, options: ServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 1,
    connectionTimeout: limits.silenceMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: true,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    routerOptions: {
      querystringParser: (text) => ({ ...parse(text, '&', '=', { maxKeys: limits.queryParameters }) }),
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allowUnionTypes: true } },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, _request, reply) => {
      void send(reply, refusal(400, 'bad_url', 'The URL cannot be understood.'));
    },
  });
  app.server.maxConnections = limits.connections;
  app.addHook('onRequest', async (request, reply) => {
    const refused = refuseRequest(request, options);
    if (!refused) return;
    if (refused.status === 405) reply.header('allow', 'GET, HEAD');
    await send(reply.header('connection', 'close'), refused);
  });
  app.setNotFoundHandler(async (_request, reply) => {
    await send(reply, refusal(404, 'not_found', 'There is no such page; / lists what there is.'));
  });
  app.setErrorHandler(async (error: FastifyError, _request, reply) => {
    await send(reply, answerError(error, options));
  });
  for (const route of routes) addRoute(app, route, view);
  return app;
}

function addRoute(app: FastifyInstance, route: Route<never>, view: AgentView): void {
  const response = { ...(route.schema && { 200: route.schema }), '4xx': errorSchema, '5xx': errorSchema };
  app.get(route.path, { schema: { querystring: route.query, response } }, async (request, reply) => {
    // Checked against route.query just before.
    await send(reply, await route.answer(view, request.query as never));
  });
}

async function send(reply: FastifyReply, answer: Answer): Promise<void> {
  const contentType = answer.contentType ?? 'application/json; charset=utf-8';
  await reply.code(answer.status).headers(answerHeaders).type(contentType).send(answer.body);
}

/** What no route is asked about; undefined lets the request pass. */
function refuseRequest(request: FastifyRequest, options: ServerOptions): Answer | undefined {
  const { method, headers } = request;
  if (options.loopbackOnly && !namesLoopback(headers.host)) {
    return refusal(421, 'wrong_host', 'This server answers only to localhost; ask for it by that name.');
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return refusal(405, 'method_not_allowed', `Only GET is answered here, not ${method}.`);
  }
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) {
    return refusal(413, 'body_not_allowed', 'A request here has no body.');
  }
  return undefined;
}

function answerError(error: FastifyError, options: ServerOptions): Answer {
  if (error.validation) return refusal(400, 'bad_query', `${error.message}.`);
  const status = error.statusCode ?? 500;
  if (status < 500) return refusal(status, 'bad_request', 'The request cannot be understood.');
  options.onError?.(error);
  return refusal(500, 'internal_error', 'The agent failed to answer; its log says more.');
}
