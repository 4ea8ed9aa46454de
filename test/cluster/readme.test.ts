import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanEnvironment, documentOf, outputOf, startRun, temporaryFolder, until } from '../program.ts';
import { kafkaAvailable } from '../servers/kafka.ts';
import { opensearchAvailable } from '../servers/opensearch.ts';
import { skipWithout } from '../servers/tools.ts';

const skip = skipWithout('Kafka', kafkaAvailable()) || skipWithout('OpenSearch', opensearchAvailable());

/** The commands of the section, comments left out. */
function commandsOf(section: string): readonly string[] {
  const text = readFileSync('README.md', 'utf8').split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = '']) =>
    block.split('\n').flatMap((line) => line.replace(/\s+#.*$/, '') || []),
  );
}

interface Status {
  readonly observations: { readonly count: number };
  readonly stages: readonly { readonly name: string; readonly lagMessages: number | null }[];
  readonly workers: readonly {
    readonly roles: readonly string[];
    readonly holdings: readonly { readonly group: string; readonly partitions: readonly unknown[] }[];
  }[];
}

/** They run as written, but for the folder that they run in and the port of the pages. */
test('the README’s commands for more than one machine start what they say', { skip, timeout: 480_000 }, async (t) => {
  const [servers = '', ...commands] = commandsOf('When one machine is not enough');
  assert.match(servers, /^npm run servers -- /);
  const cwd = temporaryFolder(t, 'readme');
  const config = join(cwd, 'cluster.yaml');
  await startServers(t, servers, config);

  const programs = commands.map((command) => command.replace('npx harmattan ', '').split(' '));
  const status = programs.find(([name]) => name === 'status') ?? assert.fail('no status');
  const verify = programs.find(([name]) => name === 'verify') ?? assert.fail('no verify');
  const runs = programs.filter(([name]) => name === 'run');
  const env = { HARMATTAN_SOURCE: 'simulator', HARMATTAN_HTTP_PORT: '0', HARMATTAN_HTTP_WORKER_PORT: '0' };
  const running = await Promise.all(runs.map(([, ...args]) => startRun(t, args, { cwd, env, port: null })));

  const found = await until('the first round is stored, and every reader has told of itself', async () => {
    const now = await documentOf<Status>(status, { cwd, env });
    const reads = (group: string) =>
      now.workers.some(({ holdings }) => holdings.some((one) => one.group === group && one.partitions.length > 0));
    const caughtUp = now.stages.find(({ name }) => name === 'process')?.lagMessages === 0;
    return now.observations.count >= 13 && caughtUp && reads('process') && reads('index') ? now : null;
  });
  assert.deepEqual(found.workers.flatMap(({ roles }) => roles).sort(), runs.map((args) => args.at(-1)).sort());
  for (const one of running) assert.equal((await one.stop()).code, 0);
  assert.match(await outputOf(verify, { cwd, env }), /Everything is accounted for\./);
});

async function startServers(t: Parameters<typeof temporaryFolder>[0], command: string, config: string): Promise<void> {
  const [program = '', ...args] = [...command.split(' '), '--config', config];
  const child: ChildProcess = spawn(program, args, { env: cleanEnvironment(), detached: true, stdio: 'ignore' });
  t.after(async () => {
    if (child.exitCode !== null) return;
    // As Ctrl-C does it: to the whole group.
    process.kill(-(child.pid ?? assert.fail('it did not start')), 'SIGINT');
    await once(child, 'exit');
  });
  await until('the servers are ready', () => {
    assert.equal(child.exitCode, null, 'the servers ended by themselves');
    return existsSync(config);
  });
}
