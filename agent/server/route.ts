/** A route as a value: what it takes, what it gives, and how the answer comes from what the agent knows. */
import type { AgentView } from './agent-view.ts';
import { integer, objectOf, string, type JsonSchema } from './json-schema.ts';

export interface Route<Query> {
  readonly path: string;
  /** For the page that lists the routes. */
  readonly summary: string;
  /** Other parameters, and values that do not fit, are refused with 400. */
  readonly query: JsonSchema;
  /** Of the body of a 200 answer; absent where the answer brings its own content type. */
  readonly schema?: JsonSchema;
  readonly answer: (view: AgentView, query: Query) => Answer | Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  /** Default: JSON of an object by the route's schema. */
  readonly contentType?: string;
  readonly body: object | string;
}

export const noQuery: JsonSchema = objectOf({});

export const errorSchema: JsonSchema = objectOf({
  error: objectOf({ status: integer, code: string, message: string }),
});

export function ok(body: object): Answer {
  return { status: 200, body };
}

/** An error that a program can tell by its code and a person by its message. */
export function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { status, code, message } } };
}
