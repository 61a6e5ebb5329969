import t from 'tap';
import { identifyPodContainer, shortId } from '../../kernel/pod-cgroup-path.ts';

const id = '3a5f'.repeat(16);

t.test('only the segment that is the container, directly in its pod', async (t) => {
  const segments = ['kubepods', 'burstable', 'podabc', id, 'init'];
  const kinds = segments.map((_, at) => identifyPodContainer(segments, at)?.kind);
  t.strictSame(kinds, [undefined, undefined, undefined, 'kubernetes', undefined]);
  t.equal(identifyPodContainer(['podabc', id], 1), undefined, 'a pod is below kubepods');
  t.equal(identifyPodContainer(['kubepods', 'gold', 'podabc', id], 3), undefined, 'there is no such class');
  t.equal(identifyPodContainer(['kubepods', 'podabc', 'web'], 2), undefined, 'a container has an id');
});

t.test('short ids are as the runtimes show them', async (t) => {
  t.equal(shortId(id), '3a5f3a5f3a5f');
  t.equal(shortId('web'), 'web');
});
