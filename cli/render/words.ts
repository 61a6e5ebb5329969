/** Text from outside (names, paths) made fit for a terminal, cut and wrapped. */

/** C0, DEL, C1, line separators and the marks that turn text around: a cgroup's name may hold any of them. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

/** The text with `?` for whatever a terminal would act on instead of showing it. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, '?');
}

/** At most `columns` characters; a cut keeps both ends, since names of cgroups differ at either. */
export function shorten(text: string, columns: number): string {
  if (text.length <= columns) return text;
  if (columns <= 3) return text.slice(0, Math.max(0, columns));
  const head = Math.ceil((columns - 1) / 2);
  return `${text.slice(0, head)}~${text.slice(text.length - (columns - 1 - head))}`;
}

/** Lines of at most `columns` characters, broken between words; a longer word stands alone on its line, cut. */
export function wrapWords(text: string, columns: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= columns || line === '') {
      line = longer;
    } else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
}

/** `1 container`, `3 containers`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
