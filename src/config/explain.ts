import type { LoadedConfig, Origin } from './load.ts';
import { acceptedTypes, type SchemaNode, type Setting, settings } from './schema-tree.ts';

/** What stands in place of a secret wherever the configuration is shown. */
export const MASK = '********';

/** One line of `config show`. */
export interface ShownSetting {
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Every setting with its value (secrets masked) and where the value came from. */
export function shownSettings(loaded: LoadedConfig): readonly ShownSetting[] {
  return settings().map((setting) => {
    const value = setting.path.reduce<unknown>(
      (node, step) => (node as Record<string, unknown> | undefined)?.[step],
      loaded.config,
    );
    const hidden = setting.secret && value !== null && value !== undefined && value !== '';
    return {
      key: setting.key,
      value: hidden ? MASK : (value ?? null),
      origin: loaded.origins.get(setting.key) ?? 'default',
    };
  });
}

/** What a setting accepts, in words: `15…1440`, `sqlite | kafka`, `text or null`. */
export function allowedValues(node: SchemaNode): string {
  if (node.anyOf) return node.anyOf.map(allowedValues).join(' or ');
  if (node.enum) return node.enum.map(String).join(' | ');
  if (node.const !== undefined) return String(node.const);
  if (node.type === 'array') return `list of ${node.items ? allowedValues(node.items) : 'values'}`;
  if (node.type === 'integer' || node.type === 'number') {
    const { minimum, maximum } = node;
    const bounded =
      minimum !== undefined &&
      minimum > Number.MIN_SAFE_INTEGER &&
      maximum !== undefined &&
      maximum < Number.MAX_SAFE_INTEGER;
    return bounded ? `${minimum}…${maximum}` : node.type === 'integer' ? 'whole number' : 'number';
  }
  if (node.type === 'boolean') return 'true | false';
  if (node.type === 'null') return 'null';
  if (node.type === 'object') return 'mapping';
  return acceptedTypes(node).has('string') ? 'text' : 'any';
}

/** The commented file that `init` writes: every setting at its default, commented out. */
export function exampleFile(): string {
  const lines = [
    '# harmattan: every setting, each at its default. Take away the # before a line to change it.',
    '# Everything here can also be said by the environment variable named beside it; flags win over both.',
  ];
  let section = '';
  for (const setting of settings()) {
    const [head] = setting.path;
    if (setting.path.length > 1 && head !== section) lines.push('', `${head}:`);
    else if (setting.path.length === 1) lines.push('');
    section = setting.path.length > 1 ? (head ?? '') : '';
    lines.push(...settingLines(setting));
  }
  return `${lines.join('\n')}\n`;
}

function settingLines(setting: Setting): readonly string[] {
  const indent = '  '.repeat(setting.path.length - 1);
  const name = setting.path[setting.path.length - 1];
  const file = setting.secret ? `, or ${setting.environment}_FILE naming a file` : '';
  return [
    ...(setting.node.description ? [`${indent}# ${setting.node.description}`] : []),
    `${indent}# ${allowedValues(setting.node)} · ${setting.environment}${file}`,
    `${indent}# ${name}: ${JSON.stringify(setting.node.default ?? null)}`,
  ];
}
