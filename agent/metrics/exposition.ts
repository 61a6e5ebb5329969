/** The /metrics page. The few plain series go through prom-client, the many container series straight to text. */
import { Counter, Gauge, Registry } from 'prom-client';
import { formatContainerBlocks } from './container-page.ts';
import type { MetricsView } from './metrics-view.ts';
import { plainMetrics } from './plain-metrics.ts';

/** Prometheus accepts the text format from everybody; OpenMetrics would be a second page to keep right for nothing. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

const firstPageBytes = 64 * 1024;

export class MetricsPage {
  #latest: { readonly ticks: number; readonly bytes: Buffer } | undefined;

  /** The whole page. It is formatted once per tick, however often it is asked for. */
  async render(view: MetricsView): Promise<Buffer> {
    const { ticks } = view.agent;
    if (this.#latest?.ticks === ticks) return this.#latest.bytes;
    const plain = await formatPlainPage(view);
    const writer = new TextBytes(this.#latest?.bytes.length ?? firstPageBytes);
    if (view.observation) {
      for (const block of formatContainerBlocks(view.observation.totals, view.node)) writer.add(block);
    }
    writer.add(plain);
    this.#latest = { ticks, bytes: writer.bytes() };
    return this.#latest.bytes;
  }
}

/** Text written into one buffer that grows: what it was written from can be forgotten at once. */
class TextBytes {
  #buffer: Buffer;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafe(Math.ceil(expectedBytes * 1.05));
  }

  add(text: string): void {
    // No character of a string takes more than three bytes in UTF-8.
    if (this.#length + text.length * 3 > this.#buffer.length) this.#reserve(Buffer.byteLength(text));
    this.#length += this.#buffer.write(text, this.#length);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** A registry per page: what has no value now has no HELP line either, and nothing is left over from the last page. */
async function formatPlainPage(view: MetricsView): Promise<string> {
  const registry = new Registry();
  registry.setDefaultLabels({ node: view.node });
  for (const { name, help, type, labels, samples } of plainMetrics) {
    const current = samples(view);
    if (current.length === 0) continue;
    const settings = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'counter') {
      const counter = new Counter(settings);
      for (const sample of current) counter.inc(sample.labels ?? {}, sample.value);
    } else {
      const gauge = new Gauge(settings);
      for (const sample of current) gauge.set(sample.labels ?? {}, sample.value);
    }
  }
  return await registry.metrics();
}
