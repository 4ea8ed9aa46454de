import { randomBytes } from 'node:crypto';
import { DAY_MS, type Instant, toRfc3339 } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';

/** One write that somebody asked for. */
export interface AuditEntry {
  readonly at: Instant;
  /** `token <name> (<id>)` or `command`. */
  readonly who: string;
  /** `silence.create`, `alert.acknowledge`, … */
  readonly what: string;
  /** Id of what it was done to. */
  readonly target: string;
  /** The reason that was given; `null` where none is asked for. */
  readonly why: string | null;
}

export const AUDIT = 'audit';
const KEEP_MS = 366 * DAY_MS;
/** Lines of this process: of one instant the earlier comes first. */
let written = 0;
const instantKey = (at: Instant) => String(at).padStart(15, '0');

/** Writes one line of the audit log; lines are kept for a year. */
export async function audit(documents: DocumentStore, entry: AuditEntry): Promise<void> {
  const key = `${instantKey(entry.at)}/${String(written++).padStart(9, '0')}${randomBytes(4).toString('hex')}`;
  await documents.commit([{ collection: AUDIT, key, value: entry, version: null }]);
  await documents.drop(AUDIT, instantKey(entry.at - KEEP_MS), 100);
}

/** A line as it is shown. */
export const auditReply = ({ at, ...entry }: AuditEntry) => ({ at: toRfc3339(at), ...entry });

/** The newest lines first. */
export async function auditLog(documents: DocumentStore, limit: number): Promise<readonly AuditEntry[]> {
  const { items } = await documents.list<AuditEntry>(AUDIT, { order: 'desc', limit });
  return items.map(({ value }) => value);
}
