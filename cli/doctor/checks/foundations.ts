/** What must be there at all: the system, the cgroups, the containers, the right to read them. */
import { counted, listed } from '../../render/words.ts';
import { sampleOf, type Examination } from '../examination.ts';
import { degraded, essential, missing, ok, type Finding } from '../finding.ts';

export function checkPlatform({ platform, facts }: Examination): readonly Finding[] {
  const check = 'operating system';
  return platform === 'linux'
    ? [ok(check, `Linux ${facts.kernelRelease ?? '(release unknown)'}`)]
    : [
        essential(
          missing(
            check,
            platform,
            'only Linux has the files that are read',
            'run it on Linux; recordings can be replayed anywhere',
          ),
        ),
      ];
}

export function checkNode({ nodeVersion }: Examination): readonly Finding[] {
  return [ok('Node', nodeVersion)];
}

export function checkRights({ facts }: Examination): readonly Finding[] {
  const { uid, capabilities } = facts.process;
  const who = uid === 0 ? 'root' : `uid ${uid}`;
  // Reading cgroups and schedstat needs no right at all; only hidepid and the exact source ask for more.
  return [
    ok('rights', capabilities.length === 0 ? `${who}, no capability` : `${who} with ${listed(capabilities)}`),
  ];
}

export function checkCgroups({ facts, sample }: Examination): readonly Finding[] {
  const check = 'cgroups';
  const summary = sampleOf(sample);
  if (summary === undefined) {
    return [
      essential(
        missing(
          check,
          'failure' in sample ? sample.failure : 'unreadable',
          'no container can be seen',
          'give the right --cgroup-root and --proc; in a container mount /sys/fs/cgroup of the host',
        ),
      ),
    ];
  }
  const places = facts.mounts.cgroups.filter(
    ({ controllers }) =>
      controllers.length === 0 || controllers.some((name) => /^(cpu|cpuacct|cpuset)$/.test(name)),
  );
  const where = places.map(
    ({ mountPoint, controllers }) => `${controllers.join(',') || 'v2'} at ${mountPoint}`,
  );
  const version = {
    v1: 'version 1',
    v2: 'version 2',
    hybrid: 'version 1 controllers with a version 2 hierarchy beside',
  };
  return [ok(check, [version[summary.cgroupVersion], ...where].join('; '))];
}

export function checkContainers({ sample }: Examination): readonly Finding[] {
  const check = 'containers';
  const summary = sampleOf(sample);
  if (summary === undefined) return [];
  const { containerCount, reservedCount, withUsage } = summary;
  if (containerCount === 0) {
    return [
      degraded(
        check,
        'none',
        'nothing to measure yet',
        "start one, or name cgroups in a --reservations file; in a container mount the host's /sys/fs/cgroup",
      ),
    ];
  }
  const found = `${containerCount}, ${reservedCount} with a reservation`;
  if (withUsage === 0) {
    return [
      essential(
        missing(
          check,
          `${found}, none with readable usage`,
          'nothing can be measured',
          'see the failures below',
        ),
      ),
    ];
  }
  return reservedCount > 0
    ? [ok(check, found)]
    : [
        degraded(
          check,
          found,
          'without a reservation there is no gap, only usage and waiting',
          'say who reserves what in a --reservations file',
        ),
      ];
}

export function checkDescriptors({ facts, descriptorsWanted }: Examination): readonly Finding[] {
  const limit = facts.process.openFileLimit;
  const check = 'open file limit';
  if (limit === undefined) return [];
  const found = `${limit}, about ${descriptorsWanted} wanted`;
  return limit >= descriptorsWanted + 256
    ? [ok(check, found)]
    : [
        degraded(
          check,
          found,
          'files are opened anew at each reading, which costs four times as much',
          `run ulimit -n ${descriptorsWanted + 1024}`,
        ),
      ];
}

export function checkFailures({ sample }: Examination): readonly Finding[] {
  const summary = sampleOf(sample);
  // Whether the exact source can be read has a check of its own.
  const failures = (summary?.failures ?? []).filter(({ collector }) => collector !== 'exact');
  return failures.map(({ collector, count, last }) =>
    degraded(
      `reading ${collector}`,
      counted(count, 'failure'),
      `last: ${last}`,
      'run it as a user who may read that file',
    ),
  );
}
