/** A record of `size` bytes of JSON with the fields that the transform row adds to and deletes from. */
export function samplePayload(size: number, index: number): Buffer {
  const record = {
    user_id: `user_${index % 100}`,
    user_type: index % 5,
    email: "someone.somewhere@example.com",
    source: "browser",
    state: "active",
    created_at: "2026-03-01T12:00:00.000Z",
    message: "",
  };
  const missing = size - JSON.stringify(record).length;
  record.message = "m".repeat(Math.max(0, missing));
  return Buffer.from(JSON.stringify(record));
}
