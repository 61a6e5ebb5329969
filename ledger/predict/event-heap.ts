/**
 * Pending moments, one per slot: a binary heap that knows where each slot stands, so that a moment is moved or taken
 * back in place and nothing is allocated after the start. Moments that are equal come in the order of their slots.
 */
export interface EventHeap {
  /** Sets the moment of a slot, or moves it. */
  readonly set: (slot: number, time: number) => void;
  readonly remove: (slot: number) => void;
  /** Infinity when nothing is pending. */
  readonly firstTime: () => number;
  /** The slot of the first moment; -1 when nothing is pending. */
  readonly firstSlot: () => number;
}

export function createEventHeap(slots: number): EventHeap {
  const times = new Float64Array(slots).fill(Infinity);
  const heap = new Int32Array(slots);
  const places = new Int32Array(slots).fill(-1);
  let size = 0;

  const isBefore = (a: number, b: number): boolean => {
    const [atA, atB] = [times[a] ?? Infinity, times[b] ?? Infinity];
    return atA < atB || (atA === atB && a < b);
  };
  const put = (place: number, slot: number): void => {
    heap[place] = slot;
    places[slot] = place;
  };
  const rise = (from: number, slot: number): number => {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = heap[above] ?? 0;
      if (!isBefore(slot, other)) break;
      put(place, other);
      place = above;
    }
    put(place, slot);
    return place;
  };
  const sink = (from: number, slot: number): void => {
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1] ?? 0, heap[child] ?? 0)) child += 1;
      const other = heap[child] ?? 0;
      if (!isBefore(other, slot)) break;
      put(place, other);
      place = child;
    }
    put(place, slot);
  };
  return {
    set: (slot, time) => {
      const known = places[slot] ?? -1;
      times[slot] = time;
      const from = known < 0 ? size++ : known;
      if (rise(from, slot) === from) sink(from, slot);
    },
    remove: (slot) => {
      const place = places[slot] ?? -1;
      if (place < 0) return;
      places[slot] = -1;
      size -= 1;
      const last = heap[size] ?? 0;
      if (last === slot) return;
      if (rise(place, last) === place) sink(place, last);
    },
    firstTime: () => (size === 0 ? Infinity : (times[heap[0] ?? 0] ?? Infinity)),
    firstSlot: () => (size === 0 ? -1 : (heap[0] ?? -1)),
  };
}
