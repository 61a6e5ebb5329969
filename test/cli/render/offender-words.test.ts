import t from 'tap';
import { offenderName, offenderShares } from '../../../cli/render/offender-words.ts';

t.test('names: what people call it, its path, the host, or a number', async (t) => {
  const rows = [
    [{ cgroupId: 1n, waitSeconds: 1 }, 'host processes'],
    [{ cgroupId: 9n, path: '/a/b', name: 'batch', waitSeconds: 1 }, 'batch'],
    [{ cgroupId: 9n, path: '/a/b', waitSeconds: 1 }, '/a/b'],
    [{ cgroupId: 9n, waitSeconds: 1 }, 'cgroup 9'],
    [{ cgroupId: 9n, name: 'a\u001b[2J', waitSeconds: 1 }, 'a?[2J'],
  ] as const;
  for (const [offender, name] of rows) t.equal(offenderName(offender), name);
});

t.test('shares are of all waiting behind others, those beyond the list included', async (t) => {
  const offenders = [
    { cgroupId: 9n, waitSeconds: 0.5 },
    { cgroupId: 8n, waitSeconds: 0.25 },
  ];
  t.same(
    offenderShares({ offenders, offendersRestSeconds: 0.25 }).map(({ share }) => share),
    [0.5, 0.25],
  );
  t.same(offenderShares({}), []);
  t.same(offenderShares({ offenders: [] }), []);
});
