import { GroupQueue } from './group.ts';
import type { Thread } from './thread.ts';

export class Cpu {
  readonly index: number;
  readonly root: GroupQueue;
  current: Thread | undefined;
  /** Run time of `current` since it was picked. */
  ranNs = 0;
  /** Run time of `current` since it was picked or the last tick, which no file shows yet. */
  unaccountedNs = 0;
  stolen = false;
  mustPick = false;
  userNs = 0;
  systemNs = 0;
  idleNs = 0;
  stealNs = 0;

  constructor(index: number) {
    this.index = index;
    this.root = new GroupQueue(index);
  }

  get isIdle(): boolean {
    return this.current === undefined && this.root.entities.length === 0;
  }
}
