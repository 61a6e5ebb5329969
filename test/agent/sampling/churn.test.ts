/** Containers that come and go: 1,000 a minute for ten minutes, on a host in memory whose clock is moved by hand. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { History, historyBytesPerContainer } from '../../../agent/sampling/history.ts';
import { Observer } from '../../../agent/sampling/observer.ts';
import { SampleReader } from '../../../host/sample-reader.ts';
import { StillClock } from '../../support/fake-host.ts';
import { MemoryHost, memoryRoots } from '../../support/memory-host.ts';

const seconds = 600;
const perSecond = 1000 / 60;
const alive = 60;
const maxContainers = 100;
const slice = `${memoryRoots.cgroup}/system.slice`;

const filesOf = (tid: number) => ({
  'cpu.stat': 'usage_usec 1000\nuser_usec 0\nsystem_usec 0\n',
  'cpu.stat.local': 'throttled_usec 0\n',
  'cpu.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\n',
  'cpu.weight': '100\n',
  'cpu.max': 'max 100000\n',
  'cpuset.cpus.effective': '0-1\n',
  'cgroup.threads': `${tid}\n`,
});
const fileNames = Object.keys(filesOf(0));
/** Files of a container that are read: those above, cpu.idle and cpu.max.burst are not there, and its thread's. */
const mostDescriptors = alive * (fileNames.length + 1) + 20;

/** A host on which the n-th container is the oldest of `alive`, and the next is made when it goes. */
class ChurningHost extends MemoryHost {
  #made = 0;

  constructor() {
    super();
    this.put('/proc/stat', 'cpu  3 0 3 14 0 0 0 0 0 0\ncpu0 1 0 1 7 0 0 0 0 0 0\ncpu1 2 0 2 7 0 0 0 0 0 0\n');
    this.put('/proc/sys/kernel/random/boot_id', 'b\n');
    this.put('/sys/devices/system/cpu/online', '0-1\n');
    this.put(`${memoryRoots.cgroup}/cgroup.controllers`, 'cpuset cpu\n');
    this.addFolder(memoryRoots.cgroup);
    this.addFolder(slice, filesOf(0));
    this.makeUpTo(alive);
  }

  /** Below the cgroup root, in path order. */
  get living(): readonly string[] {
    const paths = Array.from({ length: alive }, (_, i) => pathOf(this.#made - 1 - i));
    return paths.map((path) => path.slice(memoryRoots.cgroup.length)).sort();
  }

  makeUpTo(made: number): void {
    for (; this.#made < made; this.#made += 1) {
      this.#remove(this.#made - alive);
      this.addFolder(pathOf(this.#made), filesOf(1000 + this.#made));
      this.put(threadOf(this.#made), '1000 1000 1\n');
    }
  }

  #remove(index: number): void {
    if (index < 0) return;
    this.removeFolder(pathOf(index), fileNames);
    this.removeFolder(`/proc/${1000 + index}`, ['schedstat']);
  }
}

const pathOf = (index: number): string => `${slice}/job${index}.service`;
const threadOf = (index: number): string => `/proc/${1000 + index}/schedstat`;

/** After a full collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

t.test('1,000 containers a minute for ten minutes leave nothing behind', async (t) => {
  const host = new ChurningHost();
  const clock = new StillClock();
  const reader = new SampleReader({ roots: memoryRoots, clock, calls: host });
  const observer = new Observer({ maxContainers });
  const history = new History({ lengthSeconds: 3600, maxContainers });
  const most = { descriptors: 0, totals: 0, historyBytes: 0, containers: 0 };
  let heapHalfway = 0;
  for (let second = 1; second <= seconds; second += 1) {
    clock.advance(1000);
    host.makeUpTo(alive + Math.floor(second * perSecond));
    const { ledger, totals, sample } = observer.observe(reader.read((path) => observer.wantsThreads(path)));
    if (ledger) history.record(ledger, totals);
    most.containers = Math.max(most.containers, sample.containers.length);
    most.descriptors = Math.max(most.descriptors, host.openDescriptors);
    most.totals = Math.max(most.totals, totals.containers.size);
    most.historyBytes = Math.max(most.historyBytes, history.bytes);
    if (second === seconds / 2) heapHalfway = heapBytes();
  }
  const grown = heapBytes() - heapHalfway;
  t.equal(most.containers, alive);
  // A container in the place of one that went in the same second is found with the reading after.
  clock.advance(1000);
  const settled = reader.read(() => false);
  t.strictSame(
    settled.containers.map(({ path }) => path),
    host.living,
    'every container that lives is seen, and none that is gone',
  );
  t.ok(most.totals <= maxContainers, `${most.totals} totals`);
  t.ok(
    most.historyBytes <= maxContainers * historyBytesPerContainer,
    `${most.historyBytes} bytes of history`,
  );
  t.ok(most.descriptors <= mostDescriptors, `${most.descriptors} descriptors`);
  t.equal(reader.stats().openDescriptors, host.openDescriptors, 'the reader knows all its descriptors');
  // 5,000 containers came and went meanwhile; to keep one alone takes 3 kB.
  t.ok(grown < 4e6, `the heap grew by ${grown} bytes`);
  reader.close();
  t.equal(host.openDescriptors, 0, 'and closing gives them all back');
});
