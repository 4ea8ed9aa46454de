import { z } from 'zod';
import { configSchema } from './config.ts';

/** The part of JSON Schema that the configuration uses. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly secret?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The configuration's JSON Schema (2020-12), as `config schema` prints it. */
export function configJsonSchema(): SchemaNode {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
}

/** One setting: a leaf of the schema. */
export interface Setting {
  /** `['http', 'port']`. */
  readonly path: readonly string[];
  /** `http.port`. */
  readonly key: string;
  /** `HARMATTAN_HTTP_PORT`. */
  readonly environment: string;
  readonly node: SchemaNode;
  readonly secret: boolean;
}

const snake = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

/** Every setting, in the order of the schema. */
export function settings(schema: SchemaNode = configJsonSchema(), path: readonly string[] = []): readonly Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, node]) => {
    const here = [...path, name];
    if (node.properties) return settings(node, here);
    const secret = node.secret === true || (node.anyOf?.some((option) => option.secret === true) ?? false);
    return [{ path: here, key: here.join('.'), environment: `HARMATTAN_${here.map(snake).join('_')}`, node, secret }];
  });
}

/** The known names beside `path`'s last step: what a misspelt key could have meant. */
export function knownNames(path: readonly string[], schema: SchemaNode = configJsonSchema()): readonly string[] {
  let node: SchemaNode | undefined = schema;
  for (const step of path) node = node?.properties?.[step];
  return Object.keys(node?.properties ?? {});
}

/** Which JSON types a leaf accepts. */
export function acceptedTypes(node: SchemaNode): ReadonlySet<string> {
  const types = new Set<string>();
  const add = (one: SchemaNode) => {
    if (one.anyOf) for (const option of one.anyOf) add(option);
    else if (Array.isArray(one.type)) for (const type of one.type) types.add(type);
    else if (typeof one.type === 'string') types.add(one.type);
    else if (one.enum || one.const !== undefined) types.add('string');
  };
  add(node);
  return types;
}
