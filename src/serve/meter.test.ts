import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promMeter } from './meter.ts';
import { METRICS } from './metric-table.ts';
import { seededFolder } from './seeded.test.ts';
import { serveApp } from './server.ts';

test('counters, gauges and histograms come out as OpenMetrics has them', async () => {
  const meter = promMeter();
  meter.count('harmattan_poll_calls_total', { source: 'open-meteo', outcome: 'ok' });
  meter.count('harmattan_poll_calls_total', { source: 'open-meteo', outcome: 'ok' }, 2);
  meter.gauge('harmattan_serve_live_clients', {}, 3);
  meter.observe('harmattan_process_batch_seconds', {}, 0.03);
  const text = await meter.expose();
  assert.match(text, /^# TYPE harmattan_poll_calls counter$/m);
  assert.match(text, /^harmattan_poll_calls_total\{source="open-meteo",outcome="ok"\} 3$/m);
  assert.match(text, /^harmattan_serve_live_clients 3$/m);
  assert.match(text, /^harmattan_process_batch_seconds_bucket\{le="0.1"\} 1$/m);
  assert.match(text, /# EOF\n?$/);
  assert.match(meter.contentType, /^application\/openmetrics-text/);
});

test('counting never throws, whatever the labels', async () => {
  const meter = promMeter();
  meter.count('harmattan_process_quarantined_total', { code: 'HMT_X', unknown: 'a' });
  meter.count('harmattan_process_quarantined_total', {});
  meter.gauge('harmattan_process_quarantined_total', {}, 1);
  meter.count('harmattan_something_new_total', { a: 'b' });
  assert.match(await meter.expose(), /harmattan_something_new_total\{a="b"\} 1/);
});

test('a label that is different every time cannot fill the memory', async () => {
  const meter = promMeter();
  for (let one = 0; one < 5000; one++) meter.count('harmattan_poll_calls_total', { source: `s${one}`, outcome: 'ok' });
  assert.equal((await meter.expose()).match(/^harmattan_poll_calls_total/gm)?.length, 2000);
});

test('every metric that the program counts is in the table, with its labels', () => {
  const rows = new Map(METRICS.map((row) => [row.name, row]));
  const root = new URL('../', import.meta.url).pathname;
  const found = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: root, exclude: (name) => name.endsWith('.test.ts') })) {
    if (file.endsWith('.test.ts') || file.endsWith('metric-table.ts')) continue;
    const text = readFileSync(`${root}${file}`, 'utf8');
    for (const [, name = ''] of text.matchAll(/'(harmattan_[a-z0-9_]+)'/g)) {
      if (
        !/_(total|seconds|messages|units|records|clients|slots|quarantined|observations|celsius|ratio|alerts|ready|info)$/.test(
          name,
        )
      )
        continue;
      found.add(name);
      assert.ok(rows.has(name), `${file}: ${name} is not in metric-table.ts`);
    }
  }
  assert.ok(found.size > 20);
  for (const name of rows.keys()) assert.ok(found.has(name), `${name} is in metric-table.ts, and nothing counts it`);
});

test('/metrics shows quota, lag, slots by state, ages and forecast errors', async () => {
  const folder = await seededFolder();
  const app = await serveApp(folder.input);
  const reply = await app.inject('/metrics');
  assert.match(String(reply.headers['content-type']), /^application\/openmetrics-text/);
  for (const line of [
    /^harmattan_poll_quota_left_units\{source="open-meteo",window="day"\} 9324$/m,
    /^harmattan_stage_lag_seconds\{stage="process"\} 0$/m,
    /^harmattan_stage_lag_messages\{stage="forecast"\} 0$/m,
    /^harmattan_store_slots\{state="missing"\} 4$/m,
    /^harmattan_store_quarantined\{code="HMT_PROCESS_NOT_JSON"\} 1$/m,
    /^harmattan_place_reading_age_seconds\{place="dakar"\} 270$/m,
    /^harmattan_forecast_error_celsius\{lead="1h",measure="mae"\} 0\.6/m,
    /^harmattan_ready 1$/m,
  ])
    assert.match(reply.payload, line);
  await folder.store.quarantine.remove(['observations/3/1/0']);
  assert.match(
    (await app.inject('/metrics')).payload,
    /^harmattan_store_quarantined\{code="HMT_PROCESS_NOT_JSON"\} 0$/m,
  );
  const incident = { rule: 'place-late', severity: 'warning', alertId: 'k7f2', keys: [], openedAt: 0 };
  const tell = (incidents: object, version: number) =>
    folder.store.documents.commit([
      { collection: 'watch', key: 'state', value: { state: { incidents }, outgoing: [] }, version },
    ]);
  for (const [count, incidents] of [{ arrivals: incident }, {}].entries()) {
    await tell(incidents, count + 1);
    const line = new RegExp(
      `^harmattan_watch_active_alerts\\{rule="place-late",severity="warning"\\} ${1 - count}$`,
      'm',
    );
    assert.match((await app.inject('/metrics')).payload, line);
  }
  await app.inject('/api/v1/places/dakar');
  assert.match((await app.inject('/metrics')).payload, /route="\/api\/v1\/places\/:id",status="200"\} 1/);
  await app.close();
  await folder.close();
});
