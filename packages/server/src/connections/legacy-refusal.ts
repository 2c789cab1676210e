/** InvalidVersion, which clients of Iggy 0.7 and 0.8 show, and after which they do not try again. */
const INVALID_VERSION = 7;
/** Request: length u32 (of what follows), code u32, body. Reply: status u32, length of the body u32. */
const HEADER_SIZE = 8;
const CODE_SIZE = 4;
/** Codes of that protocol end at 605, and no request of its clients is larger than this. */
const HIGHEST_CODE = 999;
const LARGEST_REQUEST = 128 * 1024 * 1024;

/**
 * Answers a legacy client in its own framing: every request gets one status that says what is wrong.
 * Nothing of a request is kept but the header that is being read.
 */
export class LegacyRefusal {
  #header = Buffer.alloc(HEADER_SIZE);
  #headerBytes = 0;
  #bodyLeft = 0;

  /** @returns the answers to the requests that ended in `chunk`; nothing when the bytes are not of that protocol. */
  receive(chunk: Buffer): Buffer | undefined {
    let answers = 0;
    for (let at = 0; at < chunk.length; ) {
      const skipped = Math.min(this.#bodyLeft, chunk.length - at);
      this.#bodyLeft -= skipped;
      at += skipped;
      const copied = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER_SIZE - this.#headerBytes);
      this.#headerBytes += copied;
      at += copied;
      if (this.#headerBytes < HEADER_SIZE) break;
      this.#headerBytes = 0;
      const length = this.#header.readUInt32LE(0);
      const code = this.#header.readUInt32LE(CODE_SIZE);
      if (length < CODE_SIZE || length > LARGEST_REQUEST || code === 0 || code > HIGHEST_CODE) return undefined;
      // Answered with its header: the client reads when it has sent the rest, and may have gone by then.
      this.#bodyLeft = length - CODE_SIZE;
      answers++;
    }
    const bytes = Buffer.alloc(answers * HEADER_SIZE);
    for (let answer = 0; answer < answers; answer++) bytes.writeUInt32LE(INVALID_VERSION, answer * HEADER_SIZE);
    return bytes;
  }
}
