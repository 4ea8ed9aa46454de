import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { HarmattanError } from '../core/errors.ts';
import { type Config, configSchema } from './config.ts';
import { nearest } from './nearest.ts';
import { acceptedTypes, configJsonSchema, knownNames, type Setting, settings } from './schema-tree.ts';

/** Where a value came from, for `config show`. */
export type Origin = 'default' | 'file' | 'environment' | 'flag';

/** A checked configuration with what is worth knowing about it. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read; `null` when there is none. */
  readonly file: string | null;
  /** Origin per setting key; a setting that is absent here has its default. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** Every configured secret, for the scrubber. */
  readonly secrets: readonly string[];
  /** True when no file, variable or flag says anything: `run` may then show the demo instead of an empty page. */
  readonly untouched: boolean;
}

export interface LoadOptions {
  /** `--config`. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of flags by setting key (`http.port`); `undefined` is not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly workingFolder: string;
  /** Where relative defaults lie: the project's folder. */
  readonly homeFolder: string;
}

/** Variables that are not settings. */
const OTHER_VARIABLES = new Set(['HARMATTAN_CONFIG']);

/**
 * Reads the configuration: defaults, then the file, then the environment, then the flags; later wins.
 *
 * @throws HarmattanError HMT_CONFIG_UNREADABLE, HMT_CONFIG_UNKNOWN_KEY (naming the line and the nearest known key),
 *   HMT_CONFIG_INVALID (naming the field)
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const schema = configJsonSchema();
  const known = settings(schema);
  const origins = new Map<string, Origin>();
  const file = findFile(options);
  const source = file ? readYaml(file) : { values: {}, lineOf: () => null };
  const values = source.values;

  for (const setting of known) if (at(values, setting.path) !== undefined) origins.set(setting.key, 'file');
  applyEnvironment(values, known, options.environment, origins);
  for (const [key, value] of Object.entries(options.flags ?? {})) {
    if (value === undefined) continue;
    put(values, key.split('.'), value);
    origins.set(key, 'flag');
  }

  const parsed = configSchema.safeParse(values);
  if (!parsed.success) throw explain(parsed.error.issues[0], file, source.lineOf);
  const config = resolvePaths(parsed.data, origins, file ? dirname(file) : null, options);
  const secrets = known
    .filter((setting) => setting.secret)
    .map((setting) => at(config, setting.path))
    .filter((value): value is string => typeof value === 'string' && value !== '');
  return { config, file, origins, secrets, untouched: file === null && origins.size === 0 };
}

function findFile(options: LoadOptions): string | null {
  const named = options.file ?? options.environment.HARMATTAN_CONFIG;
  if (named) {
    const path = resolve(options.workingFolder, named);
    if (!existsSync(path)) throw new HarmattanError('HMT_CONFIG_UNREADABLE', { detail: `${named} does not exist.` });
    return path;
  }
  const usual = [options.workingFolder, options.homeFolder].map((folder) => join(folder, 'harmattan.yaml'));
  return usual.find((path) => existsSync(path)) ?? null;
}

function readYaml(file: string): {
  values: Record<string, unknown>;
  lineOf: (path: readonly PropertyKey[]) => number | null;
} {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HarmattanError('HMT_CONFIG_UNREADABLE', { detail: `${file} cannot be read.`, cause });
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem) {
    const { line } = lines.linePos(problem.pos[0]);
    throw new HarmattanError('HMT_CONFIG_UNREADABLE', {
      detail: `${file}, line ${line}: ${problem.message.split('\n')[0]}`,
    });
  }
  const values: unknown = document.toJS() ?? {};
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new HarmattanError('HMT_CONFIG_UNREADABLE', { detail: `${file} must hold sections with settings.` });
  return {
    values: dropEmptySections(values as Record<string, unknown>),
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const pair = document.getIn(path.slice(0, length), true);
        if (isNode(pair) && pair.range) return lines.linePos(pair.range[0]).line;
      }
      return null;
    },
  };
}

/** `poll:` with every line under it commented out is YAML's null; it means "nothing said". */
function dropEmptySections(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function applyEnvironment(
  values: Record<string, unknown>,
  known: readonly Setting[],
  environment: LoadOptions['environment'],
  origins: Map<string, Origin>,
): void {
  const byName = new Map(known.map((setting) => [setting.environment, setting]));
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('HARMATTAN_') || text === undefined || OTHER_VARIABLES.has(name)) continue;
    const direct = byName.get(name);
    const fromFile = name.endsWith('_FILE') ? byName.get(name.slice(0, -'_FILE'.length)) : undefined;
    const setting = direct ?? (fromFile?.secret ? fromFile : undefined);
    if (!setting) {
      const guess = nearest(name, [...byName.keys()]);
      throw new HarmattanError('HMT_CONFIG_UNKNOWN_KEY', {
        detail: `The environment variable ${name} is not a setting; the nearest is ${guess}.`,
        field: name,
      });
    }
    put(values, setting.path, fromText(direct ? text : readSecret(name, text), setting));
    origins.set(setting.key, 'environment');
  }
}

function readSecret(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new HarmattanError('HMT_CONFIG_INVALID', {
      detail: `${name} names a file that cannot be read.`,
      field: name,
      cause,
    });
  }
}

/** A text from the environment or a flag as the type that its setting wants; the schema judges the rest. */
export function fromText(text: string, setting: Setting): unknown {
  const types = acceptedTypes(setting.node);
  if (text === '' && types.has('null')) return null;
  if ((types.has('number') || types.has('integer')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (types.has('array') && (text.includes(',') || !types.has('string')))
    return text.split(',').map((part) => part.trim());
  return text;
}

function at(values: unknown, path: readonly string[]): unknown {
  let node = values;
  for (const step of path) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = (node as Record<string, unknown>)[step];
  }
  return node;
}

function put(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node = values;
  for (const step of path.slice(0, -1)) {
    const inner = node[step];
    const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
    node[step] = next;
    node = next;
  }
  node[path[path.length - 1] ?? ''] = value;
}

interface SchemaIssue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function explain(
  issue: SchemaIssue | undefined,
  file: string | null,
  lineOf: (path: readonly PropertyKey[]) => number | null,
): HarmattanError {
  const path = (issue?.path ?? []).map(String);
  const where = (full: readonly string[]) => {
    const line = file ? lineOf(full) : null;
    return line === null ? '' : ` (${file}, line ${line})`;
  };
  const stranger = issue?.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  if (stranger !== undefined) {
    const full = [...path, stranger];
    const guess = nearest(stranger, knownNames(path));
    const meant = guess ? `; the nearest known one is "${[...path, guess].join('.')}"` : '';
    return new HarmattanError('HMT_CONFIG_UNKNOWN_KEY', {
      detail: `"${full.join('.')}" is not a setting${meant}${where(full)}.`,
      field: full.join('.'),
    });
  }
  return new HarmattanError('HMT_CONFIG_INVALID', {
    detail: `${path.join('.')}: ${issue?.message ?? 'not allowed'}${where(path)}.`,
    field: path.join('.'),
  });
}

/** A path in the file is relative to the file; a flag's or variable's to the working folder; the default's to the project. */
function resolvePaths(
  config: Config,
  origins: ReadonlyMap<string, Origin>,
  fileFolder: string | null,
  options: LoadOptions,
): Config {
  const settle = (key: string, path: string) => {
    if (isAbsolute(path)) return path;
    const origin = origins.get(key) ?? 'default';
    if (origin === 'file' && fileFolder) return join(fileFolder, path);
    return resolve(origin === 'default' ? options.homeFolder : options.workingFolder, path);
  };
  const { file } = config.places;
  const { file: replayFile } = config.replay;
  const settleOptional = (key: string, path: string | null) => (path === null ? null : settle(key, path));
  return {
    ...config,
    data: settle('data', config.data),
    places: { file: settleOptional('places.file', file) },
    replay: { ...config.replay, file: settleOptional('replay.file', replayFile) },
    kafka: {
      ...config.kafka,
      tlsCaFile: settleOptional('kafka.tlsCaFile', config.kafka.tlsCaFile),
      tlsCertFile: settleOptional('kafka.tlsCertFile', config.kafka.tlsCertFile),
      tlsKeyFile: settleOptional('kafka.tlsKeyFile', config.kafka.tlsKeyFile),
    },
  };
}
