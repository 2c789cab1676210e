/** The Iggy release whose dialect is served; clients show it and may compare it. */
export const SERVER_VERSION = "0.9.0";
/** The same as a number: major·1 000 000 + minor·1000 + patch. */
export const SERVER_SEMVER = 9000;
