import {
  type ClusterMetadata,
  cooperativeStickyAssigner,
  type ExtendedGroupProtocolSubscription,
  type GroupPartitionsAssignments,
} from '@platformatic/kafka';

/**
 * Shares out each topic on its own, the partitions staying where they are as far as that is even. Shared out together,
 * the topics have even sums only: a second member gets every partition of the readings and the first is left with those
 * of the two topics in which little happens.
 */
export function evenShare(
  current: string,
  members: Map<string, ExtendedGroupProtocolSubscription>,
  topics: Set<string>,
  metadata: ClusterMetadata,
): GroupPartitionsAssignments[] {
  const shares = new Map<string, GroupPartitionsAssignments>();
  for (const memberId of members.keys()) shares.set(memberId, { memberId, assignments: new Map() });
  for (const topic of topics)
    for (const { memberId, assignments } of cooperativeStickyAssigner(current, members, new Set([topic]), metadata))
      for (const [name, assignment] of assignments) shares.get(memberId)?.assignments.set(name, assignment);
  return [...shares.values()];
}
