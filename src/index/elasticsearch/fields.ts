import { HarmattanError } from '../../core/errors.ts';
import { type EngineClient, refuseUnless } from './client.ts';
import { documentMappings } from './template.ts';

interface Field {
  readonly type?: string;
  readonly properties?: Fields;
}
type Fields = Readonly<Record<string, Field>>;

const NUMBERS = new Set([
  'byte',
  'short',
  'integer',
  'long',
  'unsigned_long',
  'half_float',
  'float',
  'double',
  'scaled_float',
]);
const TEXTS = new Set(['keyword', 'text', 'wildcard', 'constant_keyword', 'match_only_text']);

/** A field that holds our values: numbers of any width, texts of any kind, everything else to the letter. */
function holds(there: string | undefined, ours: string | undefined): boolean {
  if (there === ours) return true;
  return [NUMBERS, TEXTS].some((family) => family.has(there ?? '') && family.has(ours ?? ''));
}

/**
 * Gives an index that Logstash or an earlier version made the fields it lacks; those it has stay as they are.
 *
 * @throws HarmattanError HMT_INDEX_MAPPING naming the first field that cannot hold our values
 */
export async function addMissingFields(client: EngineClient, index: string, signal: AbortSignal): Promise<void> {
  const reply = await client.call({ method: 'GET', path: `/${index}/_mapping`, signal });
  refuseUnless(reply, `The mappings of "${index}"`);
  const { mappings } = Object.values(reply.body as Record<string, { mappings?: { properties?: Fields } }>)[0] ?? {};
  const properties = missing(documentMappings().properties as Fields, mappings?.properties ?? {}, index, '');
  if (Object.keys(properties).length === 0) return;
  const body = JSON.stringify({ properties });
  refuseUnless(
    await client.call({ method: 'PUT', path: `/${index}/_mapping`, body, signal }),
    `The mappings of "${index}"`,
  );
}

function missing(ours: Fields, there: Fields, index: string, prefix: string): Record<string, Field> {
  const lacking: Record<string, Field> = {};
  for (const [name, field] of Object.entries(ours)) {
    const known = there[name];
    if (!known) lacking[name] = field;
    else if (field.properties && known.properties) {
      const inner = missing(field.properties, known.properties, index, `${prefix}${name}.`);
      if (Object.keys(inner).length > 0) lacking[name] = { properties: inner };
    } else if (field.properties || known.properties || !holds(known.type, field.type))
      throw new HarmattanError('HMT_INDEX_MAPPING', {
        detail: `In "${index}" the field ${prefix}${name} is ${known.type ?? 'an object'}, and would have to be ${field.type ?? 'an object'}.`,
      });
  }
  return lacking;
}
