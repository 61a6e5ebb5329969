/**
 * The recent past of every container in memory, for the API: a ring of 360 slots, each with mean and maximum of eight
 * rates and of the wait that 99 of 100 wake-ups stayed under. Memory is bounded by construction: 80 bytes per slot, 28,800
 * bytes per container whatever length of time the ring spans (one hour by default: 28,800 bytes per container-hour), and no
 * more rings than `maxContainers`. A slot rests on one source: when that changes, the slot begins anew.
 */
import type { ContainerLedger, HostLedger } from '../../ledger/ledger.ts';
import type { SeriesLabels } from './series-labels.ts';
import type { ContainerTotals, Totals } from './totals.ts';

export const historyFields = [
  'reserved',
  'received',
  'entitled',
  'gap',
  'phantom',
  'borrowed',
  'waiting',
  'throttled',
  /** Seconds, not a rate; from the exact source alone. */
  'waitP99',
] as const;
export type HistoryField = (typeof historyFields)[number];

export const slotCount = 360;
const fieldCount = historyFields.length;
/** Per slot: the seconds in it, their source, then the means, then the maxima. */
const firstMean = 2;
const slotWidth = firstMean + 2 * fieldCount;
/** Of a slot; 0 is none. */
const sourceNumbers = { portable: 1, exact: 2 } as const satisfies Record<ContainerLedger['source'], number>;
export const historyBytesPerContainer = slotCount * slotWidth * Float32Array.BYTES_PER_ELEMENT;

export interface HistoryContainer {
  readonly path: string;
  readonly labels: SeriesLabels;
}

/** Mean and maximum of each field, in cores but for the wait; `undefined` where it is not known. */
export interface HistoryPoint {
  /** Wall clock at the end of its last window, milliseconds since the epoch. */
  readonly wallTimeMs: number;
  /** Length of the windows in it. */
  readonly seconds: number;
  readonly source: ContainerLedger['source'];
  readonly mean: Readonly<Record<HistoryField, number | undefined>>;
  readonly max: Readonly<Record<HistoryField, number | undefined>>;
}

export interface HistoryRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepSeconds: number;
}

interface Ring {
  container: HistoryContainer;
  values: Float32Array;
  /** `Totals.seconds` when it last got a window. */
  lastSeconds: number;
}

export class History {
  readonly slotSeconds: number;
  readonly #maxContainers: number;
  /** By path: a cgroup that is made anew at the same path goes on in the same ring. */
  readonly #rings = new Map<string, Ring>();
  readonly #slotWallTimesMs = new Float64Array(slotCount);
  /** Of the container that is being added: one for all, so that a tick leaves nothing behind. */
  readonly #cores = new Float64Array(fieldCount);
  #newestSlot = -1;

  constructor(options: { readonly lengthSeconds: number; readonly maxContainers: number }) {
    this.slotSeconds = options.lengthSeconds / slotCount;
    this.#maxContainers = options.maxContainers;
  }

  get bytes(): number {
    return this.#rings.size * historyBytesPerContainer;
  }

  containers(): readonly HistoryContainer[] {
    return [...this.#rings.values()].map(({ container }) => container);
  }

  /** Adds the latest window of every container that has series of its own. */
  record(ledger: HostLedger, totals: Totals): void {
    this.#moveTo(Math.floor(totals.seconds / this.slotSeconds));
    this.#slotWallTimesMs[this.#newestSlot % slotCount] = ledger.wallTimeMs;
    // Those that have a ring first: then the rings seen longest ago are of those that are gone.
    const fresh: ContainerTotals[] = [];
    totals.containers.forEach((entry) => {
      if (this.#rings.has(entry.path)) this.#add(entry, totals.seconds);
      else if (entry.ledger !== undefined) fresh.push(entry);
    });
    for (const entry of fresh) this.#add(entry, totals.seconds);
  }

  /** Points of one container, oldest first, each at least `stepSeconds` long. Empty when its path is unknown. */
  query(container: HistoryContainer, range: HistoryRange): readonly HistoryPoint[] {
    const ring = this.#rings.get(container.path);
    if (!ring) return [];
    const slotsPerPoint = Math.max(1, Math.ceil(range.stepSeconds / this.slotSeconds));
    const points: HistoryPoint[] = [];
    const oldest = Math.max(0, this.#newestSlot - slotCount + 1);
    // Points begin at multiples of their length, so that the same slots meet in every answer.
    const first = oldest - (oldest % slotsPerPoint);
    for (let slot = first; slot <= this.#newestSlot; slot += slotsPerPoint) {
      const slots = this.#filledSlots(ring, Math.max(slot, oldest), slot + slotsPerPoint, range);
      if (slots.length > 0) points.push(this.#point(ring.values, slots));
    }
    return points;
  }

  #moveTo(slot: number): void {
    const steps = Math.min(slotCount, slot - this.#newestSlot);
    for (let step = 0; step < steps; step += 1) this.#clearSlot((slot - step) % slotCount);
    this.#newestSlot = slot;
    const oldestSeconds = (slot - slotCount + 1) * this.slotSeconds;
    this.#rings.forEach((ring, path) => {
      if (ring.lastSeconds < oldestSeconds) this.#rings.delete(path);
    });
  }

  #clearSlot(index: number): void {
    for (const { values } of this.#rings.values()) {
      values.fill(Number.NaN, index * slotWidth, (index + 1) * slotWidth);
      values.fill(0, index * slotWidth, index * slotWidth + firstMean);
    }
  }

  #add({ path, labels, ledger }: ContainerTotals, seconds: number): void {
    if (!ledger) return;
    const ring = this.#rings.get(path) ?? this.#openRing({ path, labels });
    if (ring.container.labels !== labels) ring.container = { path, labels };
    ring.lastSeconds = seconds;
    const offset = (this.#newestSlot % slotCount) * slotWidth;
    beginSlot(ring.values, offset, sourceNumbers[ledger.source]);
    putCores(ledger, this.#cores);
    addToSlot(ring.values, offset, ledger.windowSeconds, this.#cores);
  }

  #openRing(container: HistoryContainer): Ring {
    const values = this.#rings.size < this.#maxContainers ? undefined : this.#evictOldest();
    const ring = { container, values: emptyRing(values), lastSeconds: 0 };
    this.#rings.set(container.path, ring);
    return ring;
  }

  /** Gives back the memory of the container that was seen longest ago. */
  #evictOldest(): Float32Array | undefined {
    let oldest: readonly [string, Ring] | undefined;
    for (const entry of this.#rings)
      if (!oldest || entry[1].lastSeconds < oldest[1].lastSeconds) oldest = entry;
    if (oldest) this.#rings.delete(oldest[0]);
    return oldest?.[1].values;
  }

  #filledSlots(ring: Ring, from: number, end: number, range: HistoryRange): readonly number[] {
    const slots: number[] = [];
    for (let slot = from; slot < Math.min(end, this.#newestSlot + 1); slot += 1) {
      const index = slot % slotCount;
      const wallTimeMs = this.#slotWallTimesMs[index] ?? 0;
      const filled = (ring.values[index * slotWidth] ?? 0) > 0;
      if (filled && wallTimeMs >= range.fromMs && wallTimeMs <= range.toMs) slots.push(index);
    }
    return slots;
  }

  #point(values: Float32Array, slots: readonly number[]): HistoryPoint {
    const newest = slots.at(-1) ?? 0;
    const number = at(values, newest, 1);
    // Of one source, as a slot is.
    const same = slots.filter((index) => at(values, index, 1) === number);
    return {
      wallTimeMs: this.#slotWallTimesMs[newest] ?? 0,
      seconds: same.reduce((sum, index) => sum + at(values, index, 0), 0),
      source: number === sourceNumbers.exact ? 'exact' : 'portable',
      mean: fieldsTo((field) => weightedMean(values, same, firstMean + field)),
      max: fieldsTo((field) => greatest(values, same, firstMean + fieldCount + field)),
    };
  }
}

/** Rates of one window, in cores, and its p99 of waiting, in the order of `historyFields`; NaN is unknown. */
function putCores(ledger: ContainerLedger, into: Float64Array): void {
  const { reservation, waiting, throttling, quality, windowSeconds } = ledger;
  const reserved = reservation !== undefined;
  into[0] = reservation?.cores ?? Number.NaN;
  into[1] = quality.includes('no_usage') ? Number.NaN : ledger.received / windowSeconds;
  into[2] = reserved ? ledger.entitled.estimate / windowSeconds : Number.NaN;
  into[3] = reserved ? ledger.gap.estimate / windowSeconds : Number.NaN;
  const hasWhereabouts = reserved && !quality.includes('no_cpu_times');
  into[4] = hasWhereabouts ? ledger.whereabouts.phantom / windowSeconds : Number.NaN;
  into[5] = reserved ? ledger.borrowed / windowSeconds : Number.NaN;
  into[6] = waiting
    ? (waiting.others + waiting.self + waiting.system + waiting.steal) / windowSeconds
    : Number.NaN;
  into[7] = throttling ? throttling.throttledSeconds / windowSeconds : Number.NaN;
  into[8] = ledger.latency?.p99Seconds ?? Number.NaN;
}

function emptyRing(reused: Float32Array | undefined): Float32Array {
  const values = (reused ?? new Float32Array(slotCount * slotWidth)).fill(Number.NaN);
  for (let offset = 0; offset < values.length; offset += slotWidth) {
    values.fill(0, offset, offset + firstMean);
  }
  return values;
}

/** What another source said of the time of this slot is forgotten. */
function beginSlot(values: Float32Array, offset: number, source: number): void {
  if (values[offset + 1] === source) return;
  values.fill(Number.NaN, offset + firstMean, offset + slotWidth);
  values[offset] = 0;
  values[offset + 1] = source;
}

/** A window that does not know a field leaves the slot's mean as it is. */
function addToSlot(values: Float32Array, offset: number, seconds: number, cores: Float64Array): void {
  const total = (values[offset] ?? 0) + seconds;
  values[offset] = total;
  for (let field = 0; field < cores.length; field += 1) {
    const value = cores[field] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const mean = values[offset + firstMean + field] ?? Number.NaN;
    const max = values[offset + firstMean + fieldCount + field] ?? Number.NaN;
    values[offset + firstMean + field] = Number.isNaN(mean)
      ? value
      : mean + ((value - mean) * seconds) / total;
    values[offset + firstMean + fieldCount + field] = Number.isNaN(max) ? value : Math.max(max, value);
  }
}

const at = (values: Float32Array, slot: number, column: number): number =>
  values[slot * slotWidth + column] ?? Number.NaN;

function fieldsTo(value: (field: number) => number | undefined): Record<HistoryField, number | undefined> {
  return Object.fromEntries(historyFields.map((name, field) => [name, value(field)])) as Record<
    HistoryField,
    number | undefined
  >;
}

function weightedMean(values: Float32Array, slots: readonly number[], column: number): number | undefined {
  const known = slots.filter((slot) => !Number.isNaN(at(values, slot, column)));
  const seconds = known.reduce((sum, slot) => sum + at(values, slot, 0), 0);
  const weighted = known.reduce((sum, slot) => sum + at(values, slot, column) * at(values, slot, 0), 0);
  return known.length === 0 ? undefined : weighted / seconds;
}

function greatest(values: Float32Array, slots: readonly number[], column: number): number | undefined {
  const known = slots.map((slot) => at(values, slot, column)).filter((value) => !Number.isNaN(value));
  return known.length === 0 ? undefined : Math.max(...known);
}
