/** Who owns which partition: index = partition id. */
export type Ownership<Member> = readonly (Member | undefined)[];

/** A partition that should change hands, or get its first owner. */
export interface Move<Member> {
  readonly partition: number;
  readonly from: Member | undefined;
  readonly to: Member;
}

/** Partition i to member i mod n: what every departure and every change of the partition count does. */
export function assignEagerly<Member extends object>(
  members: readonly Member[],
  partitionsCount: number,
): (Member | undefined)[] {
  return Array.from({ length: partitionsCount }, (_, partition) =>
    members.length === 0 ? undefined : members[partition % members.length],
  );
}

/**
 * The fewest moves after which no member has more than one partition above another: partitions without an owner first,
 * then the highest partitions of the member that has most. `owners` names who will own each partition once earlier
 * moves ended.
 */
export function planCooperatively<Member extends object>(
  members: readonly Member[],
  owners: Ownership<Member>,
): Move<Member>[] {
  if (members.length === 0) return [];
  const planned = [...owners];
  const loads = new Map(members.map((member) => [member, 0]));
  for (const owner of planned) if (owner !== undefined) loads.set(owner, (loads.get(owner) ?? 0) + 1);
  const moves: Move<Member>[] = [];
  const move = (partition: number, to: Member): void => {
    const from = planned[partition];
    planned[partition] = to;
    loads.set(to, loads.get(to)! + 1);
    if (from !== undefined) loads.set(from, loads.get(from)! - 1);
    moves.push({ partition, from, to });
  };

  for (let partition = 0; partition < planned.length; partition++) {
    if (planned[partition] === undefined)
      move(
        partition,
        extreme(members, loads, (load, best) => load < best),
      );
  }
  for (;;) {
    const least = extreme(members, loads, (load, best) => load < best);
    const most = extreme(members, loads, (load, best) => load > best);
    if (loads.get(most)! - loads.get(least)! <= 1) return moves;
    move(planned.lastIndexOf(most), least);
  }
}

/** The first member that no later one beats. */
function extreme<Member extends object>(
  members: readonly Member[],
  loads: ReadonlyMap<Member, number>,
  beats: (load: number, best: number) => boolean,
): Member {
  let best = members[0]!;
  for (const member of members) if (beats(loads.get(member)!, loads.get(best)!)) best = member;
  return best;
}
