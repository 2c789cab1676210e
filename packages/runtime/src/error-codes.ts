// Every error code that can come out of a runtime, apart from those of connectors and of the embedded server: `./error-codes`.
import { ERROR_CODES as codecs } from "@iggy-connectors/codecs/error-codes";
import { ERROR_CODES as http } from "@iggy-connectors/http/error-codes";
import { describeErrorCode, type ErrorRemedy, ERROR_CODES as IGGY_CODES } from "@iggy-connectors/protocol";
import { ERROR_CODES as sdk } from "@iggy-connectors/sdk/error-codes";
import { ERROR_CODES as transforms } from "@iggy-connectors/transforms/error-codes";
import { ERROR_CODES as runtime } from "./shared/error-codes.ts";
import { iggyCode } from "./shared/errors.ts";

export { iggyCode };

export const ERROR_CODES = { ...sdk, ...codecs, ...transforms, ...http, ...runtime };

const REMEDIES: Readonly<Record<ErrorRemedy, { readonly cause: string; readonly fix: string }>> = {
  transient: {
    cause: "The server or the connection is not ready for the moment.",
    fix: "Nothing, if it passes: it is tried again.",
  },
  authenticate: {
    cause: "The session is not logged in any more.",
    fix: "Nothing, if it passes: the client logs in again. Else check the credentials in [iggy].",
  },
  missing: {
    cause: "What the request names does not exist.",
    fix: "Create it, or correct its name in the configuration.",
  },
  exists: { cause: "What the request creates exists already.", fix: "Use the one that exists, or another name." },
  rejoin: {
    cause: "The membership of the consumer group, or its assignment, has changed.",
    fix: "Nothing: the client joins or synchronises again.",
  },
  applied: { cause: "An earlier copy of the request was executed.", fix: "Nothing: the request must not be repeated." },
  permanent: {
    cause: "The server does not accept the request as it is.",
    fix: "Correct the configuration, or the permissions of the user; the message says what was refused.",
  },
};

/** The codes of Iggy's own errors, made of their names. */
export const IGGY_ERROR_CODES = Object.fromEntries(
  Object.keys(IGGY_CODES).map((number) => {
    const { name, retry } = describeErrorCode(Number(number));
    return [iggyCode(name), { meaning: `Iggy reports ${name} (${number}).`, ...REMEDIES[retry] }];
  }),
);
