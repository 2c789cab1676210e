import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY = 86_400_000;

interface KeyPair {
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
}

/** Text and files of one certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate authority of the test's own, which issues what a test needs into a folder. */
export class Authority {
  readonly certificate: Certificate;
  readonly #name: string;
  readonly #keys: KeyPair;
  readonly #folder: string;
  #serial = 1;

  private constructor(name: string, keys: KeyPair, certificate: Certificate, folder: string) {
    this.#name = name;
    this.#keys = keys;
    this.certificate = certificate;
    this.#folder = folder;
  }

  static async create(name: string, folder: string): Promise<Authority> {
    cryptoProvider.set(webcrypto as unknown as Crypto);
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: "01",
      name: `CN=${name}`,
      ...validity(365),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(name, keys, await saved(certificate.toString("pem"), keys, join(folder, name)), folder);
  }

  /** For a DNS name; `days` from now, negative for one that has expired. */
  async issue(name: string, days = 30): Promise<Certificate> {
    const keys = await generateKeys();
    const serialNumber = (++this.#serial).toString(16).padStart(2, "0");
    const certificate = await X509CertificateGenerator.create({
      serialNumber,
      subject: `CN=${name}`,
      issuer: `CN=${this.#name}`,
      ...validity(days),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
    });
    return await saved(certificate.toString("pem"), keys, join(this.#folder, `${this.#name}-${serialNumber}`));
  }
}

async function generateKeys(): Promise<KeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as KeyPair;
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 60 * DAY), notAfter: new Date(Date.now() + days * DAY) };
}

async function saved(cert: string, keys: KeyPair, path: string): Promise<Certificate> {
  const exported = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  const key = PemConverter.encode(exported, "PRIVATE KEY");
  const certificate = { cert, key, certFile: `${path}.crt`, keyFile: `${path}.key` };
  await Promise.all([writeFile(certificate.certFile, cert), writeFile(certificate.keyFile, key)]);
  return certificate;
}
