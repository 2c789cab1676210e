import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from "node:crypto";
import { CODE, IggyError } from "../errors/errors.ts";
import type { Encryptor } from "./encryptor.ts";

const ALGORITHM = "aes-256-gcm";
const KEY_SIZE = 32;
const NONCE_SIZE = 12;
const TAG_SIZE = 16;
/** Nonces are drawn this many at once: a call for each would cost as much as encrypting a short message. */
const NONCES = 512;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * AES-256-GCM as Iggy's SDKs use it (`Aes256GcmEncryptor` of the Rust one, `AesMessageEncryptor` of the C# one): a
 * random nonce of 12 bytes, then the ciphertext, then the tag of 16 bytes; no associated data. The key never leaves the
 * object. Nonces are random, so one key should seal no more than 2³² payloads and header blocks.
 */
export class Aes256GcmEncryptor implements Encryptor {
  readonly #key: KeyObject;
  readonly #nonces = Buffer.allocUnsafeSlow(NONCES * NONCE_SIZE);
  #nextNonce = NONCES;

  /**
   * `key`: 32 bytes, or their standard base64 text with padding.
   * @throws IggyError 70 when it is not that.
   */
  constructor(key: Uint8Array | string) {
    this.#key = createSecretKey(keyBytes(key));
  }

  encrypt(plain: Uint8Array): Buffer {
    const sealed = Buffer.allocUnsafe(NONCE_SIZE + plain.length + TAG_SIZE);
    const nonce = this.#nonce();
    nonce.copy(sealed);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_SIZE });
    cipher.update(plain).copy(sealed, NONCE_SIZE);
    cipher.final();
    cipher.getAuthTag().copy(sealed, NONCE_SIZE + plain.length);
    return sealed;
  }

  /** @throws IggyError 72 when the bytes were sealed with another key, were changed, or are not sealed at all. */
  decrypt(sealed: Uint8Array): Buffer {
    const end = sealed.length - TAG_SIZE;
    if (end < NONCE_SIZE) throw cannotDecrypt(`${sealed.length} bytes are not an encrypted payload`);
    const nonce = sealed.subarray(0, NONCE_SIZE);
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_SIZE });
    decipher.setAuthTag(sealed.subarray(end));
    const plain = decipher.update(sealed.subarray(NONCE_SIZE, end));
    try {
      decipher.final();
    } catch (cause) {
      throw cannotDecrypt("the payload was encrypted with another key, was changed, or is not encrypted", cause);
    }
    return plain;
  }

  /** A view that is used before the next one is drawn. */
  #nonce(): Buffer {
    if (this.#nextNonce === NONCES) {
      randomFillSync(this.#nonces);
      this.#nextNonce = 0;
    }
    const at = this.#nextNonce * NONCE_SIZE;
    this.#nextNonce += 1;
    return this.#nonces.subarray(at, at + NONCE_SIZE);
  }
}

function keyBytes(key: Uint8Array | string): Uint8Array {
  if (typeof key === "string" && !BASE64.test(key)) throw invalidKey("the encryption key is not base64");
  const bytes = typeof key === "string" ? Buffer.from(key, "base64") : key;
  if (bytes.length !== KEY_SIZE) throw invalidKey(`the encryption key has ${bytes.length} bytes`);
  return bytes;
}

function invalidKey(detail: string): IggyError {
  return new IggyError(CODE.invalidEncryptionKey, { detail, advice: "give 32 bytes, or their base64 text" });
}

function cannotDecrypt(detail: string, cause?: unknown): IggyError {
  return new IggyError(CODE.cannotDecryptData, {
    detail,
    advice: "check that producer and consumer use the same key",
    retryable: false,
    ...(cause === undefined ? {} : { cause }),
  });
}
