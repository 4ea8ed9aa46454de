import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../program.ts';
import { startServer } from './server.ts';

const idle = { name: 'Idle', ready: (log: string) => log.includes('ready') };
const COMMAND = [process.execPath, '-e', 'console.log("ready"); setInterval(() => {}, 1000)'];

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a server keeps its folder when it is started again, and leaves nothing when it is stopped', async () => {
  const server = await startServer({ ...idle, command: () => COMMAND });
  const first = server.pid;
  await server.restart('SIGKILL');
  assert.equal(isAlive(first), false);
  assert.ok(isAlive(server.pid) && existsSync(server.folder));
  await server.stop();
  await server.stop();
  assert.deepEqual([isAlive(server.pid), existsSync(server.folder)], [false, false]);
});

test('a server that ends instead of answering is an error with what it printed', async () => {
  const broken = { ...idle, command: () => [process.execPath, '-e', 'console.log("no port left"); process.exit(3)'] };
  await assert.rejects(startServer(broken), /Idle does not answer[\s\S]*no port left/);
});

test('a server does not outlive a test process that was killed', async () => {
  const script = `
    import { startServer } from ${JSON.stringify(new URL('server.ts', import.meta.url).href)};
    const server = await startServer({ name: 'Idle', ready: (log) => log.includes('ready'), command: () => ${JSON.stringify(COMMAND)} });
    console.log(JSON.stringify({ pid: server.pid, folder: server.folder }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { pid, folder } = JSON.parse(line.toString()) as { pid: number; folder: string };
  assert.ok(isAlive(pid) && existsSync(folder));
  child.kill('SIGKILL');
  await until('the server is gone', () => !isAlive(pid) && !existsSync(folder));
});
