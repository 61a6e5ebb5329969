/** Any document of the command as one line of JSON: integers beyond a double's exactness become strings of digits. */
export function formatJson(document: unknown): string {
  return `${JSON.stringify(document, replaceBigint)}\n`;
}

function replaceBigint(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value.toString();
}
