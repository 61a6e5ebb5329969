/**
 * What kind of machine this is, for reports and the doctor: model, virtualisation, distribution. Never for arithmetic,
 * and of the machine that this process runs on, whatever the roots say. The only place that asks systeminformation,
 * which runs programs and takes up to a second.
 */
import { cpu, osInfo, system } from 'systeminformation';

export interface HostFacts {
  readonly cpuModel?: string;
  readonly physicalCores?: number;
  readonly distribution?: string;
  readonly kernelRelease?: string;
  readonly architecture?: string;
  /** For example `KVM`, `VMware`; absent on bare metal and where it cannot be told. */
  readonly virtualization?: string;
}

/** Facts that could not be found out are absent; never throws. */
export async function readHostFacts(): Promise<HostFacts> {
  const [processor, os, machine] = await Promise.all([
    orUndefined(cpu()),
    orUndefined(osInfo()),
    orUndefined(system()),
  ]);
  const model = [processor?.manufacturer, processor?.brand].filter(Boolean).join(' ');
  const distribution = [os?.distro, os?.release].filter(Boolean).join(' ');
  return {
    ...(model !== '' && { cpuModel: model }),
    ...(processor?.physicalCores && { physicalCores: processor.physicalCores }),
    ...(distribution !== '' && { distribution }),
    ...(os?.kernel && { kernelRelease: os.kernel }),
    ...(os?.arch && { architecture: os.arch }),
    ...(machine?.virtual === true && { virtualization: machine.virtualHost ?? 'virtual machine' }),
  };
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch {
    return undefined; // a program it runs is missing or denied: the report does without
  }
}
