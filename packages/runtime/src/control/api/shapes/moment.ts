/** A moment as the API writes it: RFC 3339, UTC. `milliseconds`: since the Unix epoch. */
export function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
