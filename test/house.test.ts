import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentProblems } from '../scripts/documents.ts';
import { houseProblems } from '../scripts/import-rules.ts';

/** One sentence for every mistake, so that one run tells of all of them. */
const none = (problems: readonly string[]) => assert.equal(problems.join('\n'), '');

test('no file breaks the house’s rules', () => none(houseProblems()));

test('every test, path, command and script that a document names exists, the invariants’ above all', () =>
  none(documentProblems()));
