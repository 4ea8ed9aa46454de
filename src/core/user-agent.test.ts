import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { userAgent } from './user-agent.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

test('calls name the program with its version, and the operator where one is configured', () => {
  assert.equal(userAgent(null), `harmattan/${version}`);
  assert.equal(userAgent('  '), `harmattan/${version}`);
  assert.equal(userAgent('ops@example.org'), `harmattan/${version} ops@example.org`);
});
