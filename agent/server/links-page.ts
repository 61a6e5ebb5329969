/** A plain page that lists what there is. */
interface Link {
  readonly path: string;
  readonly summary: string;
}

export function formatLinksPage(node: string, version: string, links: readonly Link[]): string {
  const items = links.map(
    ({ path, summary }) =>
      `<li><a href="${escapeHtml(path)}">${escapeHtml(path)}</a>: ${escapeHtml(summary)}</li>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>cpugap on ${escapeHtml(node)}</title></head>`,
    '<body>',
    `<h1>cpugap ${escapeHtml(version)} on ${escapeHtml(node)}</h1>`,
    '<p>Per container: the CPU it reserved, wanted, received and missed, and why.</p>',
    `<ul>\n${items.join('\n')}\n</ul>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
