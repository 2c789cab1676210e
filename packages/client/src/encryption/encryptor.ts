/**
 * Makes payloads unreadable to the server, on the client. What it seals must be at most 64 000 000 bytes. Both methods
 * throw `IggyError` where they cannot do it, and leave their input as it is.
 */
export interface Encryptor {
  encrypt(plain: Uint8Array): Uint8Array;
  decrypt(sealed: Uint8Array): Uint8Array;
}
