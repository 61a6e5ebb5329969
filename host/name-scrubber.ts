/**
 * Replaces the names in a capture that say whose host it is: of services, users, pods, containers, jobs, cgroups. The
 * same name becomes the same replacement everywhere, and a replacement has the shape of what it replaces, so that a
 * scrubbed host reads like the real one. Nothing of the original can be computed back: replacements are counted.
 */

/** Folder names that the kernel, systemd, kubelets and runtimes give everybody. */
const commonNames: ReadonlySet<string> = new Set(
  `kubepods kubepods.slice kubepods-burstable.slice kubepods-besteffort.slice burstable besteffort kubelet kubelet.slice
   kubelet-kubepods.slice kubelet-kubepods-burstable.slice kubelet-kubepods-besteffort.slice
   docker default k8s.io moby buildkit ecs slurm slurmstepd.scope system user container payload supervisor init
   init.scope system.slice user.slice machine.slice app.slice session.slice background.slice docker.slice
   apptainer singularity libpod_parent conmon runtime`.split(/\s+/),
);

/** Ids inside a name: of pods, with either separator, and of containers and static pods. */
const idPart =
  /[0-9a-f]{8}([-_])[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}|(?:(?<![0-9a-zA-Z])|(?<=pod))[0-9a-f]{12,64}(?![0-9a-zA-Z])/g;

/** Forms that are common once their ids are replaced. Shorter hexadecimal digits than those of an id may be a word. */
const commonForms: readonly RegExp[] = [
  /^(?:kubelet-)?kubepods(?:-burstable|-besteffort)?-pod[0-9a-f_]{12,}\.slice(?::[a-z-]+:[0-9a-f]{12,64})?$/,
  /^pod(?:[0-9a-f]{12,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  /^(?:cri-containerd|crio|crio-conmon|docker|libpod|libpod-conmon|libpod-payload|nerdctl)-[0-9a-f]{12,64}(?:\.scope)?$/,
  /^machine-libpod_pod_[0-9a-f]{12,64}\.slice$/,
  /^[0-9a-f]{12,64}$/,
  /^(?:apptainer|singularity)-[0-9]+\.scope$/,
  /^(?:step_(?:[0-9]+|batch|extern|interactive)|task_[0-9]+|task_special)$/,
];

/** What the first group holds is a person's name or number. */
const personalForms: readonly RegExp[] = [
  /^user-([0-9]+)\.slice$/d,
  /^user@([0-9]+)\.service$/d,
  /^uid_([0-9]+)$/d,
  /^session-([0-9]+)\.scope$/d,
  /^job_([0-9]+)$/d,
  /^slurm_(.+)$/d,
  /^(.+)_slurmstepd\.scope$/d,
  /^(.+)-kubepods(?:-burstable|-besteffort)?(?:-pod[0-9a-f_]+)?\.slice$/d,
  /^(.+)\.(?:service|scope|slice|mount|socket|swap)$/d,
  /^(.+)$/d,
];

/** Digits of a container's id in tables, and the fewest that make an id. */
const shownDigits = 12;

export class NameScrubber {
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** A cgroup path, segment by segment. */
  scrubPath(path: string): string {
    return path
      .split('/')
      .map((segment) => this.#scrubSegment(segment))
      .join('/');
  }

  /** Ids in any text: boot ids, container ids. */
  scrubIds(text: string): string {
    return text.replace(idPart, (id) => this.#replaceId(id));
  }

  #scrubSegment(segment: string): string {
    if (segment === '' || segment === '..' || commonNames.has(segment)) return segment;
    const scrubbed = this.scrubIds(segment);
    if (commonForms.some((form) => form.test(scrubbed))) return scrubbed;
    for (const form of personalForms) {
      const found = form.exec(scrubbed);
      const [start, end] = found?.indices?.[1] ?? [];
      if (start !== undefined && end !== undefined) {
        const name = this.#replaceName(scrubbed.slice(start, end));
        return scrubbed.slice(0, start) + name + scrubbed.slice(end);
      }
    }
    return scrubbed;
  }

  /** An id of the same length and separators, another one in the twelve digits that people see; the dashes of a uid are underscores in slices. */
  #replaceId(id: string): string {
    const key = id.replaceAll('_', '-');
    const number = this.#ids.get(key) ?? this.#ids.size + 1;
    this.#ids.set(key, number);
    const digits = id.replace(/[-_]/g, '');
    const replacement = number.toString(16).padStart(shownDigits, '0').padEnd(digits.length, '0');
    let at = 0;
    return id.replace(/[0-9a-f]/g, () => replacement[at++] ?? '0');
  }

  #replaceName(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const number = this.#names.size + 1;
    const replacement = /^[0-9]+$/.test(name) ? `${number}` : `name${number}`;
    this.#names.set(name, replacement);
    return replacement;
  }
}
