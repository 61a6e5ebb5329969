/**
 * Shapes of JSON values: how a typed value is written, and how untrusted JSON is read back into it. A shape is made of
 * smaller ones and never of itself, so reading goes no deeper than the shape, whatever the text does. What comes back
 * was built here, with keys from the shape alone.
 */

/** Ends reading. `at` is the JSON path of what was wrong, such as `.host.cpus[3].userNs`; '' is the whole document. */
export type Refuse = (at: string, expected: string, found: string) => never;

export interface Shape<T> {
  encode(value: T): unknown;
  decode(json: unknown, at: string, refuse: Refuse): T;
}

/** The shape of a field that may be absent. */
export interface OptionalShape<T> extends Shape<T> {
  readonly optional: true;
}

/** One shape for each field of T, an optional one exactly where the field may be absent. */
export type Fields<T> = {
  readonly [Key in keyof T]-?: Partial<Pick<T, Key>> extends Pick<T, Key>
    ? OptionalShape<NonNullable<T[Key]>>
    : Shape<T[Key]>;
};

/** A value written as it is; `accept` gives undefined for what it refuses. */
function scalar<T>(expected: string, accept: (json: unknown) => T | undefined): Shape<T> {
  return {
    encode: (value) => value,
    decode: (json, at, refuse) => accept(json) ?? refuse(at, expected, describe(json)),
  };
}

export const text: Shape<string> = scalar('a string', (json) =>
  typeof json === 'string' ? json : undefined,
);

export const flag: Shape<boolean> = scalar('true or false', (json) =>
  typeof json === 'boolean' ? json : undefined,
);

/** A finite number, not negative. */
export const amount: Shape<number> = scalar('a number from 0 up', (json) =>
  typeof json === 'number' && json >= 0 && json < Infinity ? json : undefined,
);

export function whole(least = 0, greatest = Number.MAX_SAFE_INTEGER): Shape<number> {
  return scalar(`a whole number from ${least} to ${greatest}`, (json) =>
    Number.isInteger(json) && Number(json) >= least && Number(json) <= greatest ? Number(json) : undefined,
  );
}

export function oneOf<const T extends string | number>(...values: readonly T[]): Shape<T> {
  return scalar(`one of ${values.join(', ')}`, (json) => values.find((value) => value === json));
}

/** This string, or what the other shape takes. */
export function wordOr<const Word extends string, T>(word: Word, other: Shape<T>): Shape<Word | T> {
  return {
    encode: (value) => (value === word ? word : other.encode(value as T)),
    decode: (json, at, refuse) => {
      if (json === word) return word;
      return other.decode(json, at, (where, expected, found) =>
        refuse(where, `"${word}" or ${expected}`, found),
      );
    },
  };
}

/** A whole number: in JSON a number while a double holds it exactly, and a string of digits beyond. */
export function bigCounter(greatest: bigint): Shape<bigint> {
  const expected = `a counter from 0 to ${greatest}, as a whole number or a string of digits`;
  return {
    encode: (value) => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : `${value}`),
    decode: (json, at, refuse) => {
      const value = bigOf(json);
      return value !== undefined && value <= greatest ? value : refuse(at, expected, describe(json));
    },
  };
}

const canonicalDigits = /^(?:0|[1-9][0-9]{0,39})$/;

function bigOf(json: unknown): bigint | undefined {
  if (typeof json === 'number') return Number.isSafeInteger(json) && json >= 0 ? BigInt(json) : undefined;
  return typeof json === 'string' && canonicalDigits.test(json) ? BigInt(json) : undefined;
}

export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return { ...shape, optional: true };
}

export function arrayOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return columnOf<T, readonly T[]>(shape, (values) => values);
}

/** An array in JSON that is another list of values in the program, such as a typed array. */
export function columnOf<T, Column extends Iterable<T>>(
  entry: Shape<T>,
  build: (values: readonly T[]) => Column,
): Shape<Column> {
  return {
    encode: (column) => Array.from(column, (value) => entry.encode(value)),
    decode: (json, at, refuse) => {
      if (!Array.isArray(json)) return refuse(at, 'an array', describe(json));
      return build(json.map((value: unknown, index) => entry.decode(value, `${at}[${index}]`, refuse)));
    },
  };
}

/** An object with these fields, in this order. Other keys are skipped. */
export function objectOf<T extends object>(fields: Fields<T>): Shape<T> {
  const rows = Object.entries(fields) as [keyof T & string, Shape<unknown> | OptionalShape<unknown>][];
  return {
    encode: (value) => {
      const json: Record<string, unknown> = {};
      for (const [key, shape] of rows) {
        const field = value[key];
        if (field !== undefined) json[key] = shape.encode(field);
      }
      return json;
    },
    decode: (json, at, refuse) => {
      if (!isObject(json)) return refuse(at, 'an object', describe(json));
      const value: Record<string, unknown> = {};
      for (const [key, shape] of rows) {
        const field = Object.hasOwn(json, key) ? json[key] : undefined;
        if (field === undefined && 'optional' in shape) continue;
        value[key] = shape.decode(field, `${at}.${key}`, refuse);
      }
      return value as T;
    },
  };
}

/** One of several objects, told apart by `kind`. */
export function variantOf<T extends { readonly kind: string }>(
  kinds: Readonly<Record<T['kind'], Shape<T>>>,
): Shape<T> {
  const kindOnly = objectOf<{ kind: T['kind'] }>({ kind: oneOf(...(Object.keys(kinds) as T['kind'][])) });
  return {
    encode: (value) => kinds[value.kind as T['kind']].encode(value),
    decode: (json, at, refuse) => kinds[kindOnly.decode(json, at, refuse).kind].decode(json, at, refuse),
  };
}

/** The shape, and a rule on the value as a whole; `broken` says what the rule asks for when the value breaks it. */
export function withRule<T>(shape: Shape<T>, broken: (value: T) => string | undefined): Shape<T> {
  return {
    encode: (value) => shape.encode(value),
    decode: (json, at, refuse) => {
      const value = shape.decode(json, at, refuse);
      const expected = broken(value);
      return expected === undefined ? value : refuse(at, expected, describe(json));
    },
  };
}

/** What stood there, for a message. What is inside an object or array is not shown: it may be deep. */
export function describe(json: unknown): string {
  if (json === undefined) return 'nothing';
  if (Array.isArray(json)) return 'an array';
  return typeof json === 'string' ? json : isObject(json) ? 'an object' : JSON.stringify(json);
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
