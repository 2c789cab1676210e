import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";

// Stored as `scrypt:N:r:p:salt:key`, so that the cost can be raised without losing older passwords.
const COST = { N: 16_384, r: 8, p: 1 } as const;
const SALT_SIZE = 16;
const KEY_SIZE = 32;
/** Compared with where there is no such user, so that the time does not reveal it. */
const NO_PASSWORD = `scrypt:${COST.N}:${COST.r}:${COST.p}:${"A".repeat(22)}:${"A".repeat(43)}`;
/** Passwords recognised without deriving their key again. */
const MAX_RECOGNISED = 1000;

/**
 * Hashes and checks passwords with scrypt. A password that was right once is recognised by a keyed digest that only
 * this process knows: every connection logs in, and a derivation takes some 30 ms of a core. Derivations run one after
 * another, so that guesses cannot take all cores.
 */
export class Passwords {
  readonly #key = randomBytes(KEY_SIZE);
  /** Stored hash → digest of the password it belongs to. */
  readonly #recognised = new Map<string, Buffer>();
  #queue: Promise<unknown> = Promise.resolve();

  /** What to store for a password. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_SIZE);
    const key = await this.#derive(password, salt, COST, KEY_SIZE);
    return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join(":");
  }

  /** Whether a password matches a stored hash; never for a user that does not exist. */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const digest = createHmac("sha256", this.#key).update(password, "utf8").digest();
    const known = stored === undefined ? undefined : this.#recognised.get(stored);
    if (known !== undefined && timingSafeEqual(known, digest)) return true;
    const [, N, r, p, salt, key] = (stored ?? NO_PASSWORD).split(":");
    const expected = Buffer.from(key ?? "", "base64url");
    const cost = { N: Number(N), r: Number(r), p: Number(p) };
    const derived = await this.#derive(password, Buffer.from(salt ?? "", "base64url"), cost, expected.length);
    if (stored === undefined || !timingSafeEqual(derived, expected)) return false;
    if (this.#recognised.size >= MAX_RECOGNISED) this.#recognised.clear();
    this.#recognised.set(stored, digest);
    return true;
  }

  #derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }, size: number): Promise<Buffer> {
    const derived = this.#queue.then(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          scrypt(password, salt, size, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
        }),
    );
    this.#queue = derived.catch(() => undefined);
    return derived;
  }
}
