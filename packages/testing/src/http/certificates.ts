import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A test authority and certificates for `localhost` and `127.0.0.1`, valid for a hundred years; worth nothing outside tests. */
export const TEST_CERTIFICATES = {
  ca: `-----BEGIN CERTIFICATE-----
MIIBqTCCAU+gAwIBAgIURVD0Q0zg12JJ1jmy0rDQ9bfNQn4wCgYIKoZIzj0EAwIw
KTEnMCUGA1UEAwweSWdneSBDb25uZWN0b3JzIHRlc3QgYXV0aG9yaXR5MCAXDTI2
MTEyNTE5MzMxNFoYDzIxMjYxMTAxMTkzMzE0WjApMScwJQYDVQQDDB5JZ2d5IENv
bm5lY3RvcnMgdGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAT6SPFcRu5vSjE3VpYD/koFMhHqc8h+2N+fO8K64ybAcUuDSEelXjupVuuc/rkN
1G7SFG/rRuFwMwXQ0jzu6Q6No1MwUTAdBgNVHQ4EFgQUPBiVPzduKwoYo7hoKPEg
683y5wcwHwYDVR0jBBgwFoAUPBiVPzduKwoYo7hoKPEg683y5wcwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBBdpDvB7GgggONfvNf+pS36hmHtb7f
wyKO7LcAkQsC8QIhAJckDBVXVmTHbHTnvv086Y78jh3sb7yS8GtF7gTBt+It
-----END CERTIFICATE-----
`,
  serverCertificate: `-----BEGIN CERTIFICATE-----
MIIBnzCCAUWgAwIBAgIUdhDC6NQsPoy43x1TGB0YAzdImL8wCgYIKoZIzj0EAwIw
KTEnMCUGA1UEAwweSWdneSBDb25uZWN0b3JzIHRlc3QgYXV0aG9yaXR5MCAXDTI2
MTEyNTE5MzMxNFoYDzIxMjYxMTAxMTkzMzE0WjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR3bPJoJkHW4ij4iu+3HO/wuw2m
LaLYGlKFfkPiIlK8+JuKIj03l3YNNWigGxVTbsKgEIyPvokV4JQVDoNHW3m0o14w
XDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwHQYDVR0OBBYEFBcAlJvge1L1
XRCAW3n4/iXHdmC7MB8GA1UdIwQYMBaAFDwYlT83bisKGKO4aCjxIOvN8ucHMAoG
CCqGSM49BAMCA0gAMEUCIQC3ULYHwyW1ZbYxwQRTHnMzP8OYnrKzYxIZiXG2TFxw
cgIgUOR2IQQX2AJjMEa50Dkl8wDoA5bkiZ9hDei0Yl5FQzk=
-----END CERTIFICATE-----
`,
  serverKey: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgu0D6u5nPOUV7g1tc
zFP/i5aIyo+MuppzfUqz0FR1HjuhRANCAAR3bPJoJkHW4ij4iu+3HO/wuw2mLaLY
GlKFfkPiIlK8+JuKIj03l3YNNWigGxVTbsKgEIyPvokV4JQVDoNHW3m0
-----END PRIVATE KEY-----
`,
  clientCertificate: `-----BEGIN CERTIFICATE-----
MIIBnzCCAUWgAwIBAgIUdhDC6NQsPoy43x1TGB0YAzdImMAwCgYIKoZIzj0EAwIw
KTEnMCUGA1UEAwweSWdneSBDb25uZWN0b3JzIHRlc3QgYXV0aG9yaXR5MCAXDTI2
MTEyNTE5MzMxNFoYDzIxMjYxMTAxMTkzMzE0WjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQcHOuoNQ9990AV27askoXZMd6L
VjPribX/nZ2f5GrERF87paTDQj4UkcoHAsPRE44cPr5H8Jx8uhl5Fa8RxnOEo14w
XDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwHQYDVR0OBBYEFCnl56RqiThI
2vYlZGRvStNlOu6eMB8GA1UdIwQYMBaAFDwYlT83bisKGKO4aCjxIOvN8ucHMAoG
CCqGSM49BAMCA0gAMEUCIERueL8ij8fizoV5CCM4Y5tkUYu8CHPk+/i40ARyT1zX
AiEAqTWXnzRZj04Rv+aGkHHMk5nBVI/iKqN+w7nBajmH1UI=
-----END CERTIFICATE-----
`,
  clientKey: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgV/IlAUwFyNbZzPMM
P3Vgdr/Nv6Yje6t5j/iYRERi6lKhRANCAAQcHOuoNQ9990AV27askoXZMd6LVjPr
ibX/nZ2f5GrERF87paTDQj4UkcoHAsPRE44cPr5H8Jx8uhl5Fa8RxnOE
-----END PRIVATE KEY-----
`,
} as const;

export interface CertificateFiles {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** The same as files below a folder, by path. */
export function writeTestCertificates(folder: string): CertificateFiles {
  const paths: Record<string, string> = {};
  for (const [name, pem] of Object.entries(TEST_CERTIFICATES)) {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, pem, { mode: 0o600 });
    paths[name] = path;
  }
  return paths as unknown as CertificateFiles;
}
