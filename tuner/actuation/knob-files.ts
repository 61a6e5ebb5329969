/** Which control files hold a setting, what to write to them and what their text means, per cgroup version. Pure. */
import { formatCpuMax, parseCfsQuota, parseCpuMax, parseCpuMaxBurst } from '../../kernel/cpu-max.ts';
import { formatCpuSet, parseCpuSet } from '../../kernel/cpu-set.ts';
import { parseCpuIdle, parseCpuShares, parseCpuWeight } from '../../kernel/cpu-weight.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import type { Knob, Setting } from '../plan/setting.ts';

export interface KnobFile {
  readonly controller: 'cpu' | 'cpuset';
  readonly file: string;
}

export interface FileText extends KnobFile {
  readonly text: string;
}

const cpu = (file: string): KnobFile => ({ controller: 'cpu', file });
const cpuset = (file: string): KnobFile => ({ controller: 'cpuset', file });

const v1Quota = cpu('cpu.cfs_quota_us');
const v1Period = cpu('cpu.cfs_period_us');

const v2Files: Readonly<Record<Knob, readonly KnobFile[]>> = {
  weight: [cpu('cpu.weight')],
  idle: [cpu('cpu.idle')],
  quota: [cpu('cpu.max')],
  burst: [cpu('cpu.max.burst')],
  cpus: [cpuset('cpuset.cpus')],
  partition: [cpuset('cpuset.cpus.partition')],
};

const v1Files: Readonly<Record<Knob, readonly KnobFile[]>> = {
  ...v2Files,
  weight: [cpu('cpu.shares')],
  quota: [v1Quota, v1Period],
  burst: [cpu('cpu.cfs_burst_us')],
  partition: [],
};

/** The files that hold the knob, in the order that parseSetting takes their texts. */
export function filesOf(version: CgroupVersion, knob: Knob): readonly KnobFile[] {
  return (version === 'v2' ? v2Files : v1Files)[knob];
}

/** The knob that a file belongs to; undefined for a file that is none of these. */
export function knobOf(version: CgroupVersion, file: string): Knob | undefined {
  const files = version === 'v2' ? v2Files : v1Files;
  return (Object.keys(files) as Knob[]).find((knob) => files[knob].some((each) => each.file === file));
}

/** What the texts of filesOf mean. Throws KernelTextError. */
export function parseSetting(version: CgroupVersion, knob: Knob, texts: readonly string[]): Setting {
  const [text = '', second = ''] = texts;
  const path = filesOf(version, knob)[0]?.file ?? knob;
  switch (knob) {
    case 'weight':
      return { knob, weight: version === 'v2' ? parseCpuWeight(text, path) : parseCpuShares(text, path) };
    case 'idle':
      return { knob, idle: parseCpuIdle(text, path) };
    case 'quota': {
      const quota =
        version === 'v2' ? parseCpuMax(text, path) : parseCfsQuota(text, second, path, v1Period.file);
      return { knob, quotaUsec: quota.quotaUsec, periodUsec: quota.periodUsec };
    }
    case 'burst':
      return { knob, burstUsec: parseCpuMaxBurst(text, path) };
    case 'cpus':
      return { knob, cpus: parseCpuSet(text, path) };
    case 'partition':
      return { knob, partition: parsePartition(text, path) };
  }
}

/** `root invalid (Cpu list in cpuset.cpus not exclusive)` is no partition, whatever was asked for. */
function parsePartition(text: string, path: string): 'member' | 'root' | 'isolated' {
  const value = text.trim();
  if (value === 'member' || value === 'root' || value === 'isolated') return value;
  if (/^(root|isolated) invalid\b/.test(value)) return 'member';
  throw new KernelTextError(path, 1, 'member, root or isolated', value);
}

/** What to write, in order, to come from one value of a knob to another. */
export function textsBetween(version: CgroupVersion, from: Setting, to: Setting): readonly FileText[] {
  if (to.knob === 'quota' && from.knob === 'quota' && version !== 'v2') return v1QuotaTexts(from, to);
  const [file] = filesOf(version, to.knob);
  return file ? [{ ...file, text: textOf(to) }] : [];
}

type Quota = Extract<Setting, { knob: 'quota' }>;

/** Quota and period have a file each on v1; with no quota in between, a period cannot fail for it. */
function v1QuotaTexts(from: Quota, to: Quota): readonly FileText[] {
  const quota = { ...v1Quota, text: textOfV1Quota(to.quotaUsec) };
  const period = { ...v1Period, text: `${to.periodUsec}` };
  if (from.periodUsec === to.periodUsec) return [quota];
  if (to.quotaUsec === 'max') return [quota, period];
  return from.quotaUsec === 'max' ? [period, quota] : [{ ...v1Quota, text: '-1' }, period, quota];
}

function textOfV1Quota(quotaUsec: number | 'max'): string {
  return quotaUsec === 'max' ? '-1' : `${quotaUsec}`;
}

function textOf(setting: Setting): string {
  switch (setting.knob) {
    case 'weight':
      return `${setting.weight.kind === 'weight' ? setting.weight.weight : setting.weight.shares}`;
    case 'idle':
      return setting.idle ? '1' : '0';
    case 'quota':
      return formatCpuMax(setting);
    case 'burst':
      return `${setting.burstUsec}`;
    case 'cpus':
      // A write of nothing is no write at all: the empty set is an empty line.
      return setting.cpus.cpus.length === 0 ? '\n' : formatCpuSet(setting.cpus);
    case 'partition':
      return setting.partition;
  }
}

/** What a write to one file does to others of the same cgroup: the weight, as a group enters or leaves the idle class. */
export function sideEffects(version: CgroupVersion, { file }: KnobFile): readonly FileText[] {
  if (file !== 'cpu.idle') return [];
  const [weight] = filesOf(version, 'weight');
  const texts = version === 'v2' ? ['0', '100'] : ['3', '1024'];
  return weight ? texts.map((text) => ({ ...weight, text })) : [];
}
