import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { commandsFor } from '../src/cli/commands.ts';

const commands = await commandsFor();

/**
 * What the written documents name must exist: tests, paths, commands with their flags, npm scripts. The generated pages
 * have a check of their own (`reference.ts`), which runs this one too.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const documents = ['*.md', 'docs/**/*.md', 'deploy/**/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((path) => !path.startsWith(join('docs', '3.reference')))
  .sort();

/** The invariants are numbered from one, and each names tests that exist as `path`: “name”. */
function invariantProblems(): readonly string[] {
  const section = read('ARCHITECTURE.md').split('\n## Invariants\n')[1]?.split('\n## ')[0] ?? '';
  const invariants = section.split(/\n(?=\d\. )/).slice(1);
  return invariants.flatMap((invariant, index) => {
    const name = `ARCHITECTURE.md, invariant ${index + 1}`;
    const held = [...invariant.matchAll(/^ {3}- `([^`]+)`: “(.+)”$/gm)];
    if (held.length === 0) return [`${name} names no test`];
    return held.flatMap(([, path = '', test = '']) => {
      const text = existsSync(join(root, path)) ? read(path) : '';
      return text.includes(`('${test}',`) || text.includes(`(\`${test}\`,`)
        ? []
        : [`${name}: ${path} has no “${test}”`];
    });
  });
}

function pathProblems(document: string, text: string): readonly string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path = '']) =>
    join(dirname(document), path),
  );
  const named = [...text.matchAll(/`((?:src|test|bench|scripts|docs|regions|deploy|bin)\/[\w./-]*\w)`/g)].map(
    ([, path = '']) => path,
  );
  return [...links, ...named]
    .filter((path) => !path.endsWith('.env') && !existsSync(join(root, normalize(path))))
    .map((path) => `${document} names ${path}, which does not exist`);
}

/** The program's commands by their names, and each one's flags. */
function flagsByCommand(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (command: Command, path: string) => {
    found.set(
      path,
      command.options.flatMap(({ long }) => long ?? []),
    );
    for (const inner of command.commands) visit(inner, `${path} ${inner.name()}`);
  };
  const program = new Command();
  for (const add of commands) add(program, () => Promise.resolve());
  for (const command of program.commands) visit(command, command.name());
  return found;
}

function commandProblems(
  document: string,
  text: string,
  commands: ReturnType<typeof flagsByCommand>,
): readonly string[] {
  return [...text.matchAll(/(?:npx harmattan|`harmattan) +([a-z][^`\n#|>]*)/g)].flatMap(([line, words = '']) => {
    const [first = '', second = ''] = words.trim().split(/\s+/);
    const flags = commands.get(`${first} ${second}`) ?? commands.get(first);
    if (flags === undefined) return [`${document}: no command in “${line}”`];
    return [...words.matchAll(/--[a-z][a-z-]*/g)]
      .filter(([flag]) => !flags.includes(flag))
      .map(([flag]) => `${document}: ${first} has no ${flag}`);
  });
}

type Names = Readonly<Record<string, string>>;
const manifest = () => JSON.parse(read('package.json')) as Readonly<Record<string, Names>>;
const scripts = () => manifest().scripts ?? {};

const REASONS = 'docs/4.design/dependencies.md';

/** Every dependency has a row that says why, and every row a dependency. */
function dependencyProblems(): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest();
  const used = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const named = [...read(REASONS).matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
  return [
    ...used.filter((name) => !named.includes(name)).map((name) => `${REASONS} does not say why there is ${name}`),
    ...named.filter((name) => !used.includes(name)).map((name) => `${REASONS} has ${name}, which is no dependency`),
  ];
}

const scriptProblems = () =>
  Object.entries(scripts()).flatMap(([name, command]) =>
    [...command.matchAll(/(?<=^|\s)[\w-]+\/[\w/-]+\.[jt]s\b/g)]
      .filter(([path]) => !existsSync(join(root, path)))
      .map(([path]) => `npm run ${name} starts ${path}, which does not exist`),
  );

const namedScriptProblems = (document: string, text: string) =>
  [...text.matchAll(/npm run ([\w:-]+)/g)]
    .filter(([, name = '']) => !(name in scripts()))
    .map(([, name]) => `${document}: there is no npm script “${name}”`);

/** What a README says in any language: the levels of its headings, its commands without their remarks, its inline code and its links. */
function skeletonOf(text: string): readonly string[] {
  const [blocks, prose] = [/^```.*?^```$/gms, text.replaceAll(/^```.*?^```$/gms, '')];
  return [
    ...[...prose.matchAll(/^#+(?= )/gm)].map(([level], index) => `section ${index + 1} of level ${level.length}`),
    ...[...text.matchAll(blocks)].flatMap(([block]) => block.split('\n').map((line) => line.replace(/\s+# .*$/, ''))),
    ...[...prose.matchAll(/`[^`]+`/g)].map(([code]) => code),
    ...[...prose.matchAll(/(?:\]\(|src(?:set)?=")([^)"]+)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^README(\.fr)?\.md$/.test(target)),
  ];
}

/** The French README has the commands, sections and pictures of the English one, in their order. */
function readmeProblems(): readonly string[] {
  const [english, french] = [skeletonOf(read('README.md')), skeletonOf(read('README.fr.md'))];
  const at = english.findIndex((part, index) => part !== french[index]);
  if (at < 0 && english.length === french.length) return [];
  const where = at < 0 ? english.length : at;
  return [`README.fr.md has “${french[where] ?? 'nothing'}” where README.md has “${english[where] ?? 'nothing'}”`];
}

/** One sentence for each thing that a document names and that is not there. */
export function documentProblems(): readonly string[] {
  const commands = flagsByCommand();
  return [
    ...invariantProblems(),
    ...scriptProblems(),
    ...dependencyProblems(),
    ...readmeProblems(),
    ...documents.flatMap((document) => {
      const text = read(document);
      return [
        ...pathProblems(document, text),
        ...commandProblems(document, text, commands),
        ...namedScriptProblems(document, text),
      ];
    }),
  ];
}
