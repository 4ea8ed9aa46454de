import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HarmattanError } from '../core/errors.ts';
import { systemClock } from '../core/time.ts';
import { takenRoles, takeRole } from './role-lock.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'harmattan-lock-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const isLocked = (error: unknown) => error instanceof HarmattanError && error.code === 'HMT_FOLDER_LOCKED';

test('a role is had once, and again after it was released', () => {
  const lock = takeRole(folder, 'poll', systemClock);
  assert.throws(() => takeRole(folder, 'poll', systemClock), isLocked);
  assert.doesNotThrow(() => takeRole(folder, 'serve', systemClock).release());
  lock.release();
  takeRole(folder, 'poll', systemClock).release();
});

test('another process is refused with the name of the holder, and gets the role when the holder is killed', async (t) => {
  const module = JSON.stringify(fileURLToPath(new URL('./role-lock.ts', import.meta.url)));
  const child = spawn(process.execPath, [
    '--expose-gc',
    '--input-type=module',
    '-e',
    `const { takeRole } = await import(${module});
     takeRole(${JSON.stringify(folder)}, 'process', { now: () => 0, sleep: async () => {} });
     // Nobody keeps the lock it was given: the role is held until the process ends all the same.
     gc();
     console.log('held'); setInterval(() => {}, 1000);`,
  ]);
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.throws(
    () => takeRole(folder, 'process', systemClock),
    (error) => isLocked(error) && (error as Error).message.includes(`Process ${child.pid}`),
  );
  assert.deepEqual(
    takenRoles(folder, systemClock).map(({ role }) => role),
    ['process'],
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  takeRole(folder, 'process', systemClock).release();
});
