import type { CgroupSample, Sample } from '../../kernel/sample.ts';

/** The same sample as a host gives it where no programs are loaded. */
export function withoutExact(sample: Sample): Sample {
  const cgroups = sample.cgroups.map((cgroup): CgroupSample => withoutKey(cgroup, 'exact'));
  return { ...sample, host: withoutKey(sample.host, 'exact'), cgroups };
}

const withoutKey = <T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, K>;
