export type HmacAlgorithm = "sha256" | "sha1" | "sha512";

/** How a request or a webhook is signed with a shared secret. */
export interface HmacOptions {
  readonly secret: string;
  readonly algorithm: HmacAlgorithm;
  /** Header that carries the signature. */
  readonly header: string;
  /** Stands before the signature in the header, such as `sha256=`. */
  readonly prefix: string;
  readonly encoding: "hex" | "base64";
  /** Header that carries the time of signing, seconds since the Unix epoch; empty: none. */
  readonly timestampHeader: string;
  /** What is signed, with `{timestamp}`, `{method}`, `{path}` (with query) and `{body}` (as sent, after compression). */
  readonly signed: string;
}

export interface OAuth2Options {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes?: readonly string[] | undefined;
  readonly audience?: string | undefined;
  /** Where the credentials go in the token request. */
  readonly credentialsIn: "header" | "body";
  /** More parameters of the token request. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** How requests authenticate themselves. */
export type AuthOptions =
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | { readonly type: "bearer"; readonly token: string }
  | { readonly type: "api_key"; readonly header: string; readonly key: string }
  | ({ readonly type: "hmac" } & HmacOptions)
  | ({ readonly type: "oauth2" } & OAuth2Options);
