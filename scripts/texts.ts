import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogueProblems, compileCatalogue, type SourceCatalogue } from '../src/text/compile-catalogue.ts';
import { LOCALES, type Locale } from '../src/text/locale.ts';

/**
 * The texts: `src/text/catalogues/<language>/<area>.json` is what people write, `src/text/compiled/…` what the program
 * and the browser read. `--write` compiles, `--check` fails on a text that is missing, unused, not ICU or not compiled.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'src', 'text');

const catalogue = (locale: Locale, area: string): SourceCatalogue => {
  const file = join(folder, 'catalogues', locale, `${area}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
};
const areas = [...new Set(LOCALES.flatMap((locale) => readdirSync(join(folder, 'catalogues', locale))))].map((name) =>
  name.replace(/\.json$/, ''),
);

/** Ids as the code writes them: whole in quotes, or as a template whose `${…}` stands for one or more of their words. */
function usedIds(): (id: string) => boolean {
  const files = globSync(['src/**/*.ts', 'web/src/**/*.{ts,tsx}'], { cwd: root }).filter(
    (file) => !/\.test\.tsx?$/.test(file),
  );
  const whole = new Set<string>();
  const templates = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, id = ''] of text.matchAll(/['"]([a-z][\w-]*(?:\.[\w-]+)+)['"]/g)) whole.add(id);
    for (const [, id = ''] of text.matchAll(/`([a-z][\w-]*\.(?:[\w.-]|\$\{[^}`]*\})*)`/g))
      templates.add(id.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '[\\w-]+(?:\\.[\\w-]+)*'));
  }
  const patterns = [...templates].map((template) => new RegExp(`^${template}$`));
  return (id) => whole.has(id) || patterns.some((pattern) => pattern.test(id));
}

/** Everything that is wrong with the texts, one sentence each. */
export function textProblems(): readonly string[] {
  const isUsed = usedIds();
  return areas.flatMap((area) => {
    const byLocale = Object.fromEntries(LOCALES.map((locale) => [locale, catalogue(locale, area)])) as Record<
      Locale,
      SourceCatalogue
    >;
    const ids = Object.keys(byLocale.fr);
    return [
      ...catalogueProblems(area, byLocale),
      ...ids.filter((id) => !id.startsWith(`${area}.`)).map((id) => `${area}: ${id} must begin with its area's name`),
      ...ids.filter((id) => !isUsed(id)).map((id) => `${area}: ${id} is used nowhere`),
      ...LOCALES.filter((locale) => stale(locale, area)).map(
        (locale) => `${area}: compiled/${locale} is stale; run "npm run docs"`,
      ),
    ];
  });
}

const compiledFile = (locale: Locale, area: string) => join(folder, 'compiled', locale, `${area}.json`);

/** One message a line: a change shows as what it is. */
function compiled(locale: Locale, area: string): string {
  const lines = Object.entries(compileCatalogue(catalogue(locale, area))).map(
    ([id, message]) => `${JSON.stringify(id)}: ${JSON.stringify(message)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

function stale(locale: Locale, area: string): boolean {
  const file = compiledFile(locale, area);
  return !existsSync(file) || readFileSync(file, 'utf8') !== compiled(locale, area);
}

function writeCompiled(): void {
  for (const locale of LOCALES)
    for (const area of areas) {
      mkdirSync(join(folder, 'compiled', locale), { recursive: true });
      writeFileSync(compiledFile(locale, area), compiled(locale, area));
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--write')) writeCompiled();
  const problems = textProblems();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
  if (problems.length === 0) console.log(`texts: ${areas.length} area(s), ${LOCALES.join(' and ')} complete`);
}
