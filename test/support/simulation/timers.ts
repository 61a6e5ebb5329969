/** Pending moments in time order; those of the same moment in the order they were set. */
interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Timers {
  private readonly heap: Timer[] = [];
  private nextOrder = 0;

  set(at: number, fire: () => void): void {
    const timer = { at, order: this.nextOrder++, fire };
    let i = this.heap.push(timer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(timer, this.heap[parent]!)) break;
      this.heap[i] = this.heap[parent]!;
      i = parent;
    }
    this.heap[i] = timer;
  }

  /** Time of the first timer; Infinity when there is none. */
  get first(): number {
    return this.heap[0]?.at ?? Infinity;
  }

  fireDue(now: number): void {
    while (this.first <= now) this.takeFirst().fire();
  }

  private takeFirst(): Timer {
    const first = this.heap[0]!;
    const last = this.heap.pop()!;
    if (this.heap.length > 0) this.sinkFromTop(last);
    return first;
  }

  private sinkFromTop(timer: Timer): void {
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && isBefore(this.heap[child + 1]!, this.heap[child]!)) child += 1;
      if (!isBefore(this.heap[child]!, timer)) break;
      this.heap[i] = this.heap[child]!;
      i = child;
    }
    this.heap[i] = timer;
  }
}
