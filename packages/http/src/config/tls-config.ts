import { secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const pem = (meaning: string, example: string) => z.string().min(1).optional().describe(meaning).meta({ example });

/** `tls` of a connector that connects to something. */
export const clientTlsConfig = z
  .object({
    ca_file: pem("PEM file of the authorities to trust instead of the system's.", "/etc/ssl/own-ca.pem"),
    cert_file: pem("PEM file of the own certificate, for a server that asks for one.", "/etc/ssl/client.pem"),
    key_file: pem("PEM file of its key.", "/etc/ssl/client.key"),
    key_passphrase: secret().optional().describe("Passphrase of the key.").meta({ example: "a-passphrase" }),
    server_name: z
      .string()
      .min(1)
      .optional()
      .describe("The name that the server's certificate must have, when it is not the host of the URL.")
      .meta({ example: "events.internal" }),
    skip_verify: z
      .boolean()
      .default(false)
      .describe("Accept any certificate: then anybody may be the server. For tests only."),
  })
  .describe("Certificates of an `https://` connection.");

export type ClientTlsConfig = z.infer<typeof clientTlsConfig>;
