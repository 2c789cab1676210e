import type { Address } from "../configuration/address.ts";

/** Addresses to dial: where the last session was, what the user named, what the last roster named; each once. */
export class Endpoints {
  readonly #configured: readonly Address[];
  #roster: readonly Address[] = [];
  #preferred: Address | undefined;

  constructor(configured: readonly Address[]) {
    this.#configured = configured;
  }

  get inOrder(): Address[] {
    const all = [...(this.#preferred === undefined ? [] : [this.#preferred]), ...this.#configured, ...this.#roster];
    return [...new Map(all.map((address) => [address.text, address])).values()];
  }

  /** The next dial starts here. */
  prefer(address: Address): void {
    this.#preferred = address;
  }

  learn(roster: readonly Address[]): void {
    this.#roster = roster;
  }

  /** Another address than `address`, the one that follows it in the order. */
  after(address: Address): Address | undefined {
    const order = this.inOrder;
    const index = order.findIndex(({ text }) => text === address.text);
    const next = order[(index + 1) % order.length];
    return next === undefined || next.text === address.text ? undefined : next;
  }
}
