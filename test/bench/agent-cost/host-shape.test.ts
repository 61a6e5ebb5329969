import t from 'tap';
import { formatSize, hostSizes, layOutHost } from '../../../bench/agent-cost/host-shape.ts';
import { identifyCgroup } from '../../../kernel/cgroup-path.ts';

t.test('every size has as many pods, containers and threads as it says', async (t) => {
  for (const size of hostSizes) {
    const { slices, containers } = layOutHost(size);
    const tids = containers.flatMap((container) => container.tids);
    const pods = slices.filter((path) => path.includes('-pod'));
    t.same(
      [pods.length, containers.length, tids.length],
      [size.pods, size.containers, size.threads],
      formatSize(size),
    );
    t.equal(new Set(tids).size, size.threads, 'no thread twice');
    t.equal(new Set(containers.map(({ path }) => path)).size, size.containers, 'no path twice');
  }
});

t.test('pods and threads are dealt out evenly', async (t) => {
  const { slices, containers } = layOutHost({ pods: 3, containers: 7, threads: 24, cpus: 4 });
  const podOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
  const perPod = slices
    .filter((path) => path.includes('-pod'))
    .map((pod) => containers.filter(({ path }) => podOf(path) === pod).length);
  t.same(perPod, [3, 2, 2]);
  t.same(
    containers.map(({ tids }) => tids.length),
    [3, 3, 4, 3, 4, 3, 4],
  );
});

t.test('every parent stands before its children, and is there', async (t) => {
  const { slices, containers } = layOutHost({ pods: 4, containers: 4, threads: 0, cpus: 1 });
  const seen = new Set(['']);
  for (const path of [...slices, ...containers.map((container) => container.path)]) {
    t.ok(seen.has(path.slice(0, path.lastIndexOf('/'))), path);
    seen.add(path);
  }
});

t.test(
  'its containers are what the kernel folder takes for containers of pods, in all classes',
  async (t) => {
    const { containers } = layOutHost({ pods: 3, containers: 3, threads: 0, cpus: 1 });
    t.same(
      containers.map(({ path }) => {
        const { kind, qosClass, runtime } = identifyCgroup(path) ?? {};
        return [kind, qosClass, runtime];
      }),
      [
        ['kubernetes', 'Guaranteed', 'containerd'],
        ['kubernetes', 'Burstable', 'containerd'],
        ['kubernetes', 'BestEffort', 'containerd'],
      ],
    );
  },
);

t.test('a size reads like its issue', async (t) => {
  t.equal(formatSize({ pods: 110, containers: 250, threads: 5000, cpus: 64 }), '110/250/5,000');
});
