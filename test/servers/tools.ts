import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether a server can be started on this machine, or what it lacks. */
export type Availability = { readonly ok: true } | { readonly missing: string };

/** Programs on the PATH that a recipe needs. */
export function toolsAvailable(tools: Readonly<Record<string, readonly string[]>>): Availability {
  const missing = Object.entries(tools)
    .filter(([program, args]) => spawnSync(program, args, { stdio: 'ignore' }).status !== 0)
    .map(([program]) => program);
  return missing.length === 0 ? { ok: true } : { missing: missing.join(', ') };
}

/**
 * What a test gives node:test as `skip`: the sentence that says what the machine lacks, or `false`. Where `CI=true`
 * nothing may be skipped: what is missing is a failure.
 */
export function skipWithout(server: string, availability: Availability): string | false {
  if ('ok' in availability) return false;
  const sentence = `LEFT OUT: ${server} cannot be started here; missing: ${availability.missing}.`;
  if (process.env.CI === 'true') throw new Error(sentence);
  return sentence;
}

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/harmattan-servers/', import.meta.url));

/**
 * A folder that is made once and kept, named after the content of its recipe. `make` fills a folder that takes its name
 * only when it is whole, so that two test processes that start together do not see each other's halves.
 */
export function madeOnce(name: string, recipe: readonly string[], make: (folder: string) => void): string {
  const digest = createHash('sha256').update(recipe.map((file) => readFileSync(file, 'utf8')).join('\0'));
  const made = join(CACHE, `${name}-${digest.digest('hex').slice(0, 12)}`);
  if (existsSync(made)) return made;
  mkdirSync(CACHE, { recursive: true });
  const half = mkdtempSync(join(CACHE, `${name}-half-`));
  try {
    make(half);
    renameSync(half, made);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(made)) throw error;
  }
  return made;
}

/** Longer than any of these tools takes, a download over a slow line included, ms. */
const TOOL_PATIENCE_MS = 600_000;

/** Runs a build tool to its end; throws with what it printed when it fails. */
export function runTool(command: readonly string[], cwd: string): string {
  const [program = '', ...args] = command;
  const options = { cwd, encoding: 'utf8', maxBuffer: 1 << 26, timeout: TOOL_PATIENCE_MS } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (status !== 0) throw new Error(`${command.join(' ')} failed (${error?.message ?? status}):\n${stdout}\n${stderr}`);
  return stdout;
}

/** Maven waits half an hour for a server that has stopped answering, unless it is told otherwise. */
const MAVEN = ['mvn', '-q', '-B', '-Dmaven.wagon.rto=60000', '-Dmaven.wagon.http.retryHandler.count=3'];

/** The jars that a pom.xml names and what they need, fetched once; the folder that holds them. */
export function jarsOf(name: string, pom: string): string {
  return madeOnce(name, [pom], (folder) => {
    const fetch = () =>
      runTool([...MAVEN, '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`], folder);
    try {
      fetch();
    } catch {
      // A download that broke off is gone on with.
      fetch();
    }
  });
}
