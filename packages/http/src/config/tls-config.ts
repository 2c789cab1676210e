import { secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const pem = (meaning: string, example: string) =>
  z.string().min(1).optional().describe(meaning).meta({ example, file: true });

/** `tls` of a connector that connects to something. */
export const clientTlsConfig = z
  .object({
    ca_file: pem("PEM file of certificate authorities to trust instead of the system's.", "/etc/ssl/own-ca.pem"),
    cert_file: pem("PEM file of the client certificate, for a server that requires one.", "/etc/ssl/client.pem"),
    key_file: pem("PEM file of the client certificate's key.", "/etc/ssl/client.key"),
    key_passphrase: secret().optional().describe("Passphrase of the key.").meta({ example: "a-passphrase" }),
    server_name: z
      .string()
      .min(1)
      .optional()
      .describe("Name that the server's certificate must have, where it differs from the host of the URL.")
      .meta({ example: "events.internal" }),
    skip_verify: z
      .boolean()
      .default(false)
      .describe("Accepts any certificate, so that the server is not authenticated. For tests only."),
  })
  .describe("TLS settings of `https://` connections.");

export type ClientTlsConfig = z.infer<typeof clientTlsConfig>;
