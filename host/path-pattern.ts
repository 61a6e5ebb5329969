/**
 * Patterns that people write for containers. A pattern that starts with `/` or `**` is for cgroup paths: `*` is any
 * part of one segment, `**` any number of whole segments, also none. Any other pattern is for names, where `*` is any
 * text. Everything else stands for itself.
 */
export interface ContainerPattern {
  readonly kind: 'path' | 'name';
  matches(text: string): boolean;
}

export function parsePattern(pattern: string): ContainerPattern {
  const kind = pattern.startsWith('/') || pattern.startsWith('**') ? 'path' : 'name';
  const expression = kind === 'path' ? pathExpression(pattern) : nameExpression(pattern);
  return { kind, matches: (text) => expression.test(text) };
}

function pathExpression(pattern: string): RegExp {
  const segments = (pattern.startsWith('/') ? pattern.slice(1) : pattern).split('/');
  const parts = segments.map((segment) =>
    segment === '**' ? '(?:/[^/]+)*' : `/${starsTo('[^/]*', segment)}`,
  );
  return new RegExp(`^${parts.join('')}$`, 'su');
}

function nameExpression(pattern: string): RegExp {
  return new RegExp(`^${starsTo('.*', pattern)}$`, 'su');
}

/** Runs of stars are one star: several in a row would make matching slow and mean nothing more. */
function starsTo(expression: string, text: string): string {
  return text
    .split(/\*+/)
    .map((literal) => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join(expression);
}
