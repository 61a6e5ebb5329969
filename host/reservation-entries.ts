/**
 * The text of a reservations file, YAML and so JSON as well. A mapping, or a list of the same:
 *
 *     /demo/victim: 1.5
 *     "/demo/*": { cores: 0.5, name: neighbour }
 *
 *     - { match: /demo/victim, cores: 1.5 }
 */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Pair, type YAMLMap } from 'yaml';
import { parsePattern, type ContainerPattern } from './path-pattern.ts';
import { ReservationFileError } from './reservation-file-error.ts';

export interface ReservationEntry {
  readonly pattern: ContainerPattern;
  readonly patternText: string;
  readonly cores: number;
  readonly name?: string;
  /** 1-based line of the pattern. */
  readonly line: number;
}

const mostCores = 65_536;
const wholeShape = 'a mapping of patterns to CPUs, or a list of { match, cores, name }';

/** Entries in the order of the text; none for an empty text. Throws ReservationFileError, and nothing else. */
export function parseReservations(text: string, path: string): ReservationEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const refuse: Refuse = (problem, offset) => {
    throw new ReservationFileError(path, problem, lines.linePos(offset));
  };
  const [error] = document.errors;
  if (error) refuse(describeYamlError(error.code, error.message), error.pos[0]);
  const parser = new EntryParser(lines, refuse);
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (isMap(contents)) return contents.items.map((pair) => parser.parsePair(pair));
  if (isSeq(contents)) return contents.items.map((item) => parser.parseItem(item));
  return refuse(`expected ${wholeShape}`, offsetOf(contents));
}

type Refuse = (problem: string, offset: number) => never;

class EntryParser {
  readonly #lines: LineCounter;
  readonly #refuse: Refuse;

  constructor(lines: LineCounter, refuse: Refuse) {
    this.#lines = lines;
    this.#refuse = refuse;
  }

  /** `pattern: cores` or `pattern: { cores, name }`. */
  parsePair({ key, value }: Pair): ReservationEntry {
    if (!isMap(value)) return this.#entry(key, value ?? key, undefined);
    const fields = this.#fields(value, ['cores', 'name']);
    return this.#entry(key, fields.get('cores') ?? value, fields.get('name'));
  }

  /** `{ match, cores, name }`. */
  parseItem(item: unknown): ReservationEntry {
    if (!isMap(item)) return this.#refuse('expected { match, cores, name }', offsetOf(item));
    const fields = this.#fields(item, ['match', 'cores', 'name']);
    return this.#entry(fields.get('match') ?? item, fields.get('cores') ?? item, fields.get('name'));
  }

  #entry(match: unknown, cores: unknown, name: unknown): ReservationEntry {
    const patternText = this.#text(match, 'a pattern: a cgroup path, or a container name');
    return {
      pattern: parsePattern(patternText),
      patternText,
      cores: this.#cores(cores),
      ...(name !== undefined && { name: this.#text(name, 'a name') }),
      line: this.#lines.linePos(offsetOf(match)).line,
    };
  }

  #fields(map: YAMLMap, known: readonly string[]): Map<string, unknown> {
    const fields = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== 'string' || !known.includes(name)) {
        return this.#refuse(`expected only the keys ${known.join(', ')}`, offsetOf(key));
      }
      fields.set(name, value ?? key);
    }
    return fields;
  }

  #text(node: unknown, expected: string): string {
    if (!isScalar(node)) return this.#refuse(`expected ${expected}`, offsetOf(node));
    // Names such as 123 or 3e5 are numbers to YAML; their spelling is what was meant.
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    return text === '' ? this.#refuse(`expected ${expected}`, offsetOf(node)) : text;
  }

  #cores(node: unknown): number {
    const cores = isScalar(node) ? node.value : undefined;
    if (typeof cores === 'number' && cores >= 0 && cores <= mostCores) return cores;
    return this.#refuse(`expected a number of CPUs from 0 to ${mostCores}, such as 1.5`, offsetOf(node));
  }
}

function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0;
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : 0;
}

function describeYamlError(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this pattern stands here twice';
  const hint =
    code === 'BAD_ALIAS' || code === 'MULTIPLE_ANCHORS' ? ' (a pattern that begins with * needs quotes)' : '';
  return `not YAML: ${message}${hint}`;
}
