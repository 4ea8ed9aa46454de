import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { settings } from '../src/config/schema-tree.ts';
import { ROLES } from '../src/folder/role-lock.ts';
import { METRICS } from '../src/serve/metric-table.ts';
import { compose, deployFile, ownServices } from './deploy-files.ts';
import { startRun } from './program.ts';

const metrics = new Map(METRICS.map((row) => [row.name, row]));

/** The metrics that an expression names, with the labels it uses of each; a histogram's series count as the histogram. */
function namedIn(expression: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expression.matchAll(/\b(harmattan_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name: metrics.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
    labels: [...matchers.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }));
}
const groupings = (expression: string) =>
  [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );

function hold(expression: string, where: string): void {
  const named = namedIn(expression);
  const labels = new Set(['le']);
  for (const { name, labels: used } of named) {
    const row = metrics.get(name);
    assert.ok(row, `${where}: there is no metric ${name}`);
    for (const label of used) assert.ok(row.labels.includes(label), `${where}: ${name} has no label ${label}`);
    for (const label of row.labels) labels.add(label);
  }
  for (const label of groupings(expression)) assert.ok(labels.has(label), `${where}: nothing has the label ${label}`);
}

test('every alert and every panel asks for metrics and labels that the program has', () => {
  const { groups } = parse(deployFile('prometheus/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 10);
  for (const { alert, expr, annotations } of rules) {
    hold(expr, alert);
    const told = [...annotations.summary.matchAll(/\$labels\.([a-z_]+)/g)].map(([, label = '']) => label);
    const kept = new Set([...groupings(expr), ...(expr.startsWith('up{') ? ['instance'] : [])]);
    for (const label of told) assert.ok(kept.has(label), `${alert}: the text names ${label}, the expression drops it`);
  }
  const { panels } = JSON.parse(deployFile('grafana/harmattan.json')) as {
    panels: { title: string; targets: { expr: string; legendFormat: string }[] }[];
  };
  assert.ok(panels.length > 10);
  for (const { title, targets } of panels) for (const { expr } of targets) hold(expr, title);
});

test('compose has every role, sets only settings that exist, and starts nothing in an order', () => {
  const { services, volumes } = compose();
  const own = ownServices({ services, volumes });
  const roles = own.map(([, { command }]) => command.at(-1));
  assert.deepEqual(new Set(roles), new Set(ROLES));
  const known = new Set(settings().map(({ environment }) => environment));
  const absent = new Set<string>();
  for (const [name, { environment }] of own)
    for (const [variable, value] of Object.entries(environment)) {
      assert.equal(typeof value, 'string', `${name}: ${variable} must be quoted`);
      if (!known.has(variable)) absent.add(variable);
    }
  assert.deepEqual([...absent], []);
  for (const [name, service] of Object.entries(services)) {
    assert.equal(service.depends_on, undefined, `${name} waits by itself`);
    if (service.image === 'harmattan') assert.equal(service.read_only, true, name);
    else if (!service.profiles) assert.ok(service.healthcheck, `${name} has no health check`);
  }
});

test('compose answers where the original’s containers look for their neighbours', () => {
  const { services } = compose();
  assert.match(services.kafka?.environment?.KAFKA_ADVERTISED_LISTENERS ?? '', /^PLAINTEXT:\/\/kafka:9092$/);
  assert.equal(services.api?.environment?.HARMATTAN_HTTP_PORT, '8000');
  assert.equal(services.web?.environment?.HARMATTAN_HTTP_PORT, '4000');
  assert.deepEqual(services.web?.ports, ['4000:4000']);
  assert.ok(services.mongodb && services.elasticsearch && services.kibana);
});

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-deploy-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the image runs as a user without rights, and its health check tells a living process from a dead one', async (t) => {
  const lines = deployFile('Dockerfile').replaceAll('\\\n', ' ').split('\n');
  const stages = lines.filter((line) => line.startsWith('FROM '));
  assert.equal(stages.length, 2);
  assert.ok(lines.indexOf('USER node') > lines.lastIndexOf(stages[1] ?? ''));
  const check = lines.find((line) => line.startsWith('HEALTHCHECK'))?.replace(/^.*? CMD /, '');
  const [, ...args] = JSON.parse(check ?? '') as string[];
  const healthy = (env: Record<string, string>) => spawnSync(process.execPath, args, { env }).status === 0;

  const worker = await startRun(t, ['--only', 'watch', '--source', 'none', '--data', folderOf(t)], {
    env: { HARMATTAN_HTTP_WORKER_PORT: '0' },
  });
  const { port } = new URL(worker.url);
  assert.ok(healthy({ HARMATTAN_HTTP_WORKER_PORT: port }));
  await worker.stop();
  assert.equal(healthy({ HARMATTAN_HTTP_WORKER_PORT: port }), false);
  const web = await startRun(t, ['--only', 'serve', '--source', 'none', '--data', folderOf(t)]);
  assert.ok(healthy({ HARMATTAN_HTTP_PORT: new URL(web.url).port }));
});
