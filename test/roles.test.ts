import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentOf, exported, startRun, until } from './program.ts';

const ROLES = ['poll', 'process', 'forecast', 'index', 'watch', 'serve'] as const;

interface Status {
  readonly stages: readonly { readonly name: string; readonly lagMessages: number | null }[];
  readonly workers: readonly {
    readonly pid: number;
    readonly roles: readonly string[];
    readonly holdings: readonly { readonly group: string; readonly partitions: readonly number[] }[];
  }[];
}

test('every role as a process of its own is the whole program, and tells of itself', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-roles-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { HARMATTAN_SOURCE: 'simulator', HARMATTAN_HTTP_WORKER_PORT: '0', HARMATTAN_DATA: folder };
  const running = new Map(
    await Promise.all(ROLES.map(async (role) => [role, await startRun(t, ['--only', role], { env })] as const)),
  );
  const serving = running.get('serve');
  assert.ok(serving);

  const status = await until('each role is told of and something is read', async () => {
    const reply = (await (await fetch(`${serving.url}/api/v1/status`)).json()) as Status;
    const reads = reply.workers.some(({ holdings }) => holdings.some(({ group }) => group === 'process'));
    return reply.workers.length === ROLES.length && reads ? reply : undefined;
  });
  for (const role of ROLES) {
    const worker = status.workers.find(({ roles }) => roles.join() === role);
    assert.equal(worker?.pid, running.get(role)?.child.pid, role);
  }
  await until('readings are stored', async () => ((await exported(folder)).length >= 13 ? true : undefined));

  for (const [role, { url }] of running) {
    assert.equal((await fetch(`${url}/healthz`)).status, 200, role);
    assert.equal((await fetch(`${url}/readyz`)).status, 200, role);
  }
  const counted = async (role: (typeof ROLES)[number], metric: string) =>
    new RegExp(`^${metric}(\\{.*\\})? [1-9]`, 'm').test(
      await (await fetch(`${running.get(role)?.url}/metrics`)).text(),
    );
  assert.ok(await counted('poll', 'harmattan_poll_rounds_total'));
  assert.ok(await counted('process', 'harmattan_process_records_total'));
  assert.equal(await counted('process', 'harmattan_poll_rounds_total'), false);

  for (const { stop } of running.values()) assert.equal((await stop()).code, 0);
  const after = await documentOf<Status>(['status', '--data', folder]);
  assert.deepEqual(after.workers, []);
});
