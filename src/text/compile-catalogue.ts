import { type CompiledMessage, compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { LOCALES, type Locale } from './locale.ts';

/** A catalogue as people write it: ICU messages by id. */
export type SourceCatalogue = Readonly<Record<string, string>>;

export type CompiledCatalogue = Readonly<Record<string, CompiledMessage>>;

/**
 * Parses every message once, so that no parser runs where texts are shown.
 *
 * @throws Error that names the id of a message that is not ICU
 */
export function compileCatalogue(source: SourceCatalogue): CompiledCatalogue {
  return Object.fromEntries(
    Object.entries(source).map(([id, message]) => {
      try {
        return [id, compileMessageOrThrow(message)];
      } catch (cause) {
        throw new Error(`${id}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }),
  );
}

/** The plural forms that a language has for whole numbers, `other` included: French says "1 000 000 de régions". */
const PLURAL_FORMS: Readonly<Record<Locale, readonly string[]>> = {
  fr: ['one', 'many', 'other'],
  en: ['one', 'other'],
};

/** One sentence per fault between the languages of an area: a missing or empty text, other values, a missing plural. */
export function catalogueProblems(area: string, byLocale: Readonly<Record<Locale, SourceCatalogue>>): string[] {
  const ids = new Set(LOCALES.flatMap((locale) => Object.keys(byLocale[locale])));
  return [...ids].flatMap((id) => {
    const missing = LOCALES.filter((locale) => !byLocale[locale][id]?.trim());
    if (missing.length > 0) return [`${area}: ${id} has no text in ${missing.join(', ')}`];
    const shapes = LOCALES.map((locale) => shapeOf(byLocale[locale][id] ?? ''));
    const [values, ...others] = shapes.map(({ names }) => [...names].sort().join(', '));
    const problems = others.some((other) => other !== values)
      ? [`${area}: ${id} takes other values in another language`]
      : [];
    LOCALES.forEach((locale, index) => {
      for (const [name, forms] of shapes[index]?.plurals ?? [])
        for (const form of PLURAL_FORMS[locale])
          if (!forms.includes(form)) problems.push(`${area}: ${id} lacks the form "${form}" of {${name}} in ${locale}`);
    });
    return problems;
  });
}

interface Shape {
  readonly names: Set<string>;
  readonly plurals: [name: string, forms: readonly string[]][];
}

function shapeOf(message: string): Shape {
  const shape: Shape = { names: new Set(), plurals: [] };
  const visit = (tokens: CompiledMessage) => {
    for (const token of tokens) {
      if (typeof token === 'string') continue;
      const [name, type, format] = token;
      shape.names.add(name);
      if (typeof format !== 'object' || format === null) continue;
      const { offset: _, ...choices } = format as Record<string, CompiledMessage>;
      if (type === 'plural') shape.plurals.push([name, Object.keys(choices)]);
      for (const choice of Object.values(choices)) if (Array.isArray(choice)) visit(choice);
    }
  };
  visit(compileMessageOrThrow(message));
  return shape;
}
