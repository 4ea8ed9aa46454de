import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HarmattanError } from '../core/errors.ts';
import { type Clock, toRfc3339 } from '../core/time.ts';

/** What one process can be for a folder; at most one process per role. */
export const ROLES = ['poll', 'process', 'forecast', 'index', 'watch', 'serve'] as const;

export type Role = (typeof ROLES)[number];

/** Who holds a role. */
export interface RoleHolder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

export interface RoleLock {
  readonly role: Role;
  release(): void;
}

/**
 * The locks this very process holds, by path: the operating system's do not stop a process from taking its own twice,
 * and a connection that nobody refers to would be collected, and its lock with it.
 */
const heldHere = new Map<string, DatabaseSync>();

/**
 * Takes a role on a folder until `release` or the end of the process, however it ends: the lock is the operating
 * system's on a small SQLite file, so a killed process leaves none behind.
 *
 * @throws HarmattanError HMT_FOLDER_LOCKED, naming the process that has it
 */
export function takeRole(folder: string, role: Role, clock: Clock): RoleLock {
  const path = join(folder, `${role}.lock`);
  if (heldHere.has(path)) throw locked(folder, role);
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path);
    db.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    db?.close();
    if (/locked|busy/i.test(String((cause as Error).message))) throw locked(folder, role);
    throw new HarmattanError('HMT_FOLDER_READ_ONLY', { detail: `${path}: ${(cause as Error).message}.`, cause });
  }
  const holder: RoleHolder = { pid: process.pid, host: hostname(), since: toRfc3339(clock.now()) };
  writeFileSync(holderPath(folder, role), JSON.stringify(holder));
  const held = db;
  heldHere.set(path, held);
  return {
    role,
    release() {
      if (!heldHere.delete(path)) return;
      rmSync(holderPath(folder, role), { force: true });
      held.exec('ROLLBACK');
      held.close();
    },
  };
}

const holderPath = (folder: string, role: Role) => join(folder, `${role}.lock.json`);

/** Who says to hold a role; `null` when nobody does or the note cannot be read. */
export function roleHolder(folder: string, role: Role): RoleHolder | null {
  const path = holderPath(folder, role);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RoleHolder;
  } catch {
    return null;
  }
}

function locked(folder: string, role: Role): HarmattanError {
  const holder = roleHolder(folder, role);
  const who = holder ? `Process ${holder.pid} on ${holder.host} has it since ${holder.since}.` : '';
  return new HarmattanError('HMT_FOLDER_LOCKED', {
    detail: `The role is "${role}", the folder ${folder}. ${who}`.trim(),
  });
}

/** Roles that a living process holds on a folder, tried by taking each for a moment. */
export function takenRoles(
  folder: string,
  clock: Clock,
): readonly { readonly role: Role; readonly holder: RoleHolder | null }[] {
  return ROLES.flatMap((role) => {
    if (!existsSync(join(folder, `${role}.lock`))) return [];
    const holder = roleHolder(folder, role);
    try {
      takeRole(folder, role, clock).release();
      return [];
    } catch {
      return [{ role, holder }];
    }
  });
}
