import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { HarmattanError } from '../core/errors.ts';
import { exampleFile, MASK, shownSettings } from './explain.ts';
import { type LoadOptions, loadConfig } from './load.ts';
import { editDistance, nearest } from './nearest.ts';
import { settings } from './schema-tree.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'harmattan-config-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const load = (options: Partial<LoadOptions> = {}) =>
  loadConfig({ environment: {}, workingFolder: folder, homeFolder: folder, ...options });
const file = (text: string) => {
  const path = join(folder, `${Math.abs(text.length * 31 + text.charCodeAt(0))}-${text.length}.yaml`);
  writeFileSync(path, text);
  return path;
};
const refusal = (action: () => unknown): HarmattanError => {
  try {
    action();
  } catch (error) {
    if (error instanceof HarmattanError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

test('without anything configured every setting has its default and nothing counts as touched', () => {
  const loaded = load();
  assert.equal(loaded.untouched, true);
  assert.equal(loaded.config.source, 'open-meteo');
  assert.equal(loaded.config.http.port, 4000);
  assert.equal(loaded.config.data, join(folder, 'data'));
});

test('a flag wins over the environment, which wins over the file', () => {
  const path = file('http:\n  port: 4001\n  host: 0.0.0.0\n');
  assert.equal(load({ file: path }).config.http.port, 4001);
  const environment = { HARMATTAN_HTTP_PORT: '4002' };
  assert.equal(load({ file: path, environment }).config.http.port, 4002);
  const loaded = load({ file: path, environment, flags: { 'http.port': 4003 } });
  assert.equal(loaded.config.http.port, 4003);
  assert.equal(loaded.config.http.host, '0.0.0.0');
  assert.equal(loaded.origins.get('http.host'), 'file');
  assert.equal(loaded.untouched, false);
});

test('an unknown key names the nearest known one and the line', () => {
  const error = refusal(() => load({ file: file('# a comment\nhttp:\n  prot: 4001\n') }));
  assert.equal(error.code, 'HMT_CONFIG_UNKNOWN_KEY');
  assert.match(error.message, /"http\.prot" is not a setting; the nearest known one is "http\.port" \(.*line 3\)/);
});

test('an unknown variable names the nearest known one', () => {
  const error = refusal(() => load({ environment: { HARMATTAN_HTTP_PROT: '1' } }));
  assert.equal(error.code, 'HMT_CONFIG_UNKNOWN_KEY');
  assert.match(error.message, /HARMATTAN_HTTP_PORT/);
});

test('a value of the wrong kind is refused with its field and line', () => {
  const error = refusal(() => load({ file: file('journal:\n  kind: floppy\n') }));
  assert.equal(error.code, 'HMT_CONFIG_INVALID');
  assert.equal(error.field, 'journal.kind');
  assert.match(error.message, /line 2/);
});

test('YAML that cannot be read is refused with its line', () => {
  const error = refusal(() => load({ file: file('http:\n  port: [1\n') }));
  assert.equal(error.code, 'HMT_CONFIG_UNREADABLE');
  assert.match(error.message, /line \d/);
});

test('sources can be one or a list, also from the environment', () => {
  assert.deepEqual(load({ environment: { HARMATTAN_SOURCE: 'openweathermap,open-meteo' } }).config.source, [
    'openweathermap',
    'open-meteo',
  ]);
  assert.equal(load({ environment: { HARMATTAN_SOURCE: 'none' } }).config.source, 'none');
});

test('a secret comes from a file as well, is collected for the scrubber and masked when shown', () => {
  const secretFile = join(folder, 'key.txt');
  writeFileSync(secretFile, 'abcdef0123456789\n');
  const loaded = load({ environment: { HARMATTAN_OPENWEATHERMAP_KEY_FILE: secretFile } });
  assert.equal(loaded.config.openweathermap.key, 'abcdef0123456789');
  assert.deepEqual(loaded.secrets, ['abcdef0123456789']);
  const shown = shownSettings(loaded);
  assert.equal(shown.find(({ key }) => key === 'openweathermap.key')?.value, MASK);
  assert.ok(!JSON.stringify(shown).includes('abcdef0123456789'));
});

test('paths in a file are relative to the file, those of a flag to the working folder', () => {
  const path = file('data: weather\n');
  assert.equal(load({ file: path, workingFolder: tmpdir() }).config.data, join(folder, 'weather'));
  assert.equal(load({ flags: { data: 'here' }, workingFolder: tmpdir() }).config.data, join(tmpdir(), 'here'));
});

test('the example file loads, changes nothing, and names every setting with its variable', () => {
  const text = exampleFile();
  assert.deepEqual(load({ file: file(text) }).config, load().config);
  for (const setting of settings()) assert.ok(text.includes(setting.environment), setting.key);
  const names = settings().map(({ path }) => path[path.length - 1]);
  const everything = text.replace(
    new RegExp(`^( *)# ((${names.join('|')}): (null|true|false|[-\\d.]+|".*"|\\[.*\\]|\\{\\})$)`, 'gm'),
    '$1$2',
  );
  assert.ok(everything.split('\n').filter((line) => /^ *\w+: ./.test(line)).length >= names.length);
  assert.doesNotThrow(() => parse(everything));
  assert.deepEqual({ ...load({ file: file(everything) }).config, data: '' }, { ...load().config, data: '' });
});

test('the nearest word is the one with the fewest edits', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(nearest('prot', ['host', 'port', 'poll']), 'port');
  assert.equal(nearest('anything', []), null);
});
