/**
 * What a user can do, per code. A code that is missing here says enough by its name, or nothing general can be said.
 */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [5, "this server does not offer the command"],
  [20, "check that the stream, topic and partition exist, and for a group that this client owns the partition"],
  [40, "the session is gone; the client logs in again by itself"],
  [41, "give the user the permission, or log in as another user"],
  [42, "check username and password"],
  [43, "a user name has 3 to 50 bytes"],
  [44, "a password has 3 to 100 bytes"],
  [53, "create a new personal access token"],
  [57, "the server has not said whether it was applied"],
  [58, "the server is not ready to take it; try again later"],
  [59, "an earlier copy of this request was applied; do not repeat it"],
  [1009, "create the stream, or check its name"],
  [1010, "create the stream, or check its name"],
  [1012, "choose another name, or use the stream that exists"],
  [2010, "create the topic, or check its name"],
  [2011, "create the topic, or check its name"],
  [2013, "choose another name, or use the topic that exists"],
  [2015, "a request may name 1 to 1000 partitions"],
  [3007, "check the partition; ids start at 0"],
  [3008, "create a partition in the topic first"],
  [3024, "delete stored offsets of consumers that are no longer used"],
  [4027, "it is read again; if it stays, look for what changes bytes: a proxy, the network, the server's disk"],
  [4039, "it is read again; if it stays, look for what changes bytes: a proxy, the network, the server's disk"],
  [4041, "this server does not know one of the options; servers before 0.9.0 do not know durability"],
  [4042, "check the values of the options"],
  [4100, "an offset beyond the newest message of the partition cannot be stored"],
  [5000, "create the consumer group first"],
  [5003, "create the consumer group first"],
  [5004, "use the consumer group that exists"],
  [5006, "join the consumer group again"],
  [5009, "sync the consumer group and drop this partition"],
]);

export function adviceFor(code: number): string | undefined {
  return ADVICE.get(code);
}
