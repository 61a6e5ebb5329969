/**
 * A list whose members are looked at in turn: adding, removing and the next look cost the same however long it is.
 * It is the "second chance" way of finding what has not been used for long, without keeping an order at every use.
 */
export interface TurnMember {
  /** Place in the list; only the list changes it. -1 outside. */
  slot: number;
}

export class TurnList<Member extends TurnMember> {
  readonly #members: Member[] = [];
  #hand = 0;

  get length(): number {
    return this.#members.length;
  }

  get last(): Member | undefined {
    return this.#members.at(-1);
  }

  add(member: Member): void {
    member.slot = this.#members.push(member) - 1;
  }

  /** The last member takes the place of the removed one. */
  remove(member: Member): void {
    const last = this.#members.pop();
    if (last && last !== member) {
      this.#members[member.slot] = last;
      last.slot = member.slot;
    }
    member.slot = -1;
  }

  /** The next of at most `looks` members in turn that fits; undefined when none of them does. */
  findNext(looks: number, fits: (member: Member) => boolean): Member | undefined {
    for (let look = 0; look < Math.min(looks, this.#members.length); look += 1) {
      this.#hand = this.#hand + 1 < this.#members.length ? this.#hand + 1 : 0;
      const member = this.#members[this.#hand];
      if (member && fits(member)) return member;
    }
    return undefined;
  }
}
