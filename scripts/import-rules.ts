import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The import rules of ARCHITECTURE.md, as sentences. A file under `from` may import what matches `may`; the first row
 * that matches a file decides. Within its own room a file may import anything.
 */
interface Rule {
  readonly from: RegExp;
  readonly may: readonly RegExp[];
  readonly because: string;
}

const CORE = /^src\/core\//;
const WEATHER = /^src\/weather\//;
/** What people read, in every language. */
const TEXT = /^src\/text\//;
/** Where the stages meet, and people the watch. */
const MEETING =
  /^src\/(journal\/(journal|topics|flat-record|forecast-record|poll-record)|store\/(store|document-store|event-log|quota-store|page)|ledger\/[a-z-]+|watch\/alert-desk)\.ts$/;

export const RULES: readonly Rule[] = [
  { from: CORE, may: [CORE], because: 'core imports nothing of ours' },
  { from: WEATHER, may: [CORE, WEATHER], because: 'weather knows only core' },
  {
    from: TEXT,
    may: [CORE, /^src\/weather\/unit\.ts$/, TEXT],
    because: 'texts know the clock and the units, and nobody’s business',
  },
  {
    from: /^src\/ledger\/(ledger|transition)\.ts$/,
    may: [CORE, WEATHER, /^src\/ledger\//],
    because: 'the ledger’s rules are pure',
  },
  {
    from: /^src\/ledger\//,
    may: [CORE, WEATHER, MEETING],
    because: 'the ledger keeps its rows through the store’s interface',
  },
  {
    from: /^src\/serve\/contract\.ts$/,
    may: [/^src\/weather\/(quantity|prediction)\.ts$/, /^src\/ledger\/ledger\.ts$/],
    because: 'the browser sees the contract, and nothing behind it',
  },
  {
    from: /^src\/(journal|store|poll|index)\/[a-z-]+\//,
    may: [
      CORE,
      WEATHER,
      /^src\/index\/search-index\.ts$/,
      /^src\/poll\/(source|undecodable)\.ts$/,
      /^src\/journal\/partition\.ts$/,
      /^src\/store\/(cursor|forecast-codec|preference|history-sum|feed-changes)\.ts$/,
      MEETING,
    ],
    because: 'an adapter knows its own folder, its stage’s interface, core and weather',
  },
  {
    from: /^src\/watch\/[a-z-]+\//,
    may: [CORE, TEXT, /^src\/watch\/(notifier|channel-message|channel-options|post)\.ts$/],
    because: 'a channel knows how it is reached, and the message it is handed',
  },
  {
    from: /^src\/(journal|store)\//,
    may: [CORE, WEATHER, MEETING],
    because: 'an interface knows no implementation',
  },
  {
    from: /^src\/(poll|process|forecast|index|watch|serve|audit)\//,
    may: [CORE, WEATHER, TEXT, MEETING],
    because: 'stages meet at the journal, the store and the ledger, never inside each other',
  },
  {
    from: /^src\/migrate\//,
    may: [CORE, WEATHER, MEETING],
    because: 'a migration goes from one store to another through the interface that both have',
  },
  { from: /^src\/folder\//, may: [CORE], because: 'the data folder knows no stage' },
  {
    from: /^src\/config\//,
    may: [CORE, /\/config\.ts$/],
    because: 'the configuration is made of the parts’ own schemas',
  },
  {
    from: /^src\/simulate\//,
    may: [CORE, WEATHER, MEETING, /^src\/poll\/simulator\//, /^src\/audit\//],
    because: 'the simulation is handed the program it runs',
  },
  { from: /^src\/app(\.ts|\/)/, may: [/^src\/(?!cli\/)/], because: 'only the composition root picks adapters' },
  {
    from: /^src\/cli\//,
    may: [
      CORE,
      WEATHER,
      TEXT,
      MEETING,
      /^src\/(app|config|folder|simulate|audit|serve|process|forecast|index|poll|migrate)(\/[a-z-]+)?\.ts$/,
      /^src\/(forecast\/(verify|train)|poll\/simulator)\/[a-z-]+\.ts$/,
      /^src\/app\//,
    ],
    because: 'commands use the composed program, never an adapter',
  },
  {
    from: /^web\/src\//,
    may: [/^web\/src\//, /^src\/serve\/([a-z]+-)?contract\.ts$/, TEXT],
    because: 'the pages see the server’s contract and the texts, and nothing behind them',
  },
  { from: /^bin\//, may: [/^src\/cli\/main\.ts$/], because: 'the binary is ten lines' },
];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\('([^']+)'\)/g;
const TEST_FILE = /\.(test|contract|int\.test)\.tsx?$|^(test|bench|scripts)\//;

/** Relative imports of a file, as paths from the project's root. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return [...text.matchAll(IMPORT)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) =>
      relative(root, join(root, dirname(file), specifier))
        .split(sep)
        .join('/'),
    );
}

/** The room a path lies in: an adapter's own folder, or the stage's. */
function roomOf(path: string): string {
  const adapter = /^src\/(journal|store|poll|index|watch)\/[a-z-]+(?=\/)/.exec(path);
  return adapter?.[0] ?? path.split('/').slice(0, 2).join('/');
}

function ruleBreaks(files: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const breaks: string[] = [];
  for (const [file, targets] of files) {
    for (const target of targets) {
      if (!existsSync(join(root, target))) breaks.push(`${file} imports ${target}, which does not exist`);
      if (TEST_FILE.test(file)) continue;
      if (TEST_FILE.test(target)) breaks.push(`${file} imports ${target}: nothing imports tests`);
      if (target.endsWith('.json')) continue;
      const rule = RULES.find((one) => one.from.test(file));
      const allowed = roomOf(file) === roomOf(target) || rule?.may.some((one) => one.test(target));
      if (rule && !allowed) breaks.push(`${file} imports ${target}: ${rule.because}`);
    }
  }
  return breaks;
}

/** One cycle per strongly tangled start, as `a → b → a`; type imports count. */
function cycles(files: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const found: string[] = [];
  const visit = (file: string) => {
    const seenAt = path.indexOf(file);
    if (seenAt >= 0) {
      found.push([...path.slice(seenAt), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of files.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of files.keys()) visit(file);
  return found;
}

const BANNED_NAME = /(^|\/)(utils?|helpers?|common|misc|managers?|services?|base|impl|types)(\.[a-z.]+)?(\/|$)/;

/** What a stage must be handed instead: the clock, chance, and the settings. */
const AMBIENT =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\(|\bset(?:Timeout|Interval)\(|\bsystemClock\b|\bprocess\.(?:env|hrtime)\b/;
const STAGE =
  /^src\/(weather|text|ledger|poll|journal|process|store|forecast|index|watch|audit|serve|simulate|config|folder)\//;
/** Real sockets have real time-outs; so has closing them. */
const SOCKETS =
  /^src\/(journal\/kafka\/|store\/mongodb\/|index\/elasticsearch\/|watch\/(post\.ts|email\/)|poll\/fetch\.ts|poll\/simulator\/providers\/serve-providers\.ts|serve\/server\.ts)/;

function ambientReads(path: string): readonly string[] {
  if (!STAGE.test(path) || SOCKETS.test(path) || TEST_FILE.test(path)) return [];
  const code = readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const found = AMBIENT.exec(code);
  return found ? [`${path} uses ${found[0]}: a stage is handed its clock, its chance and its settings`] : [];
}

/** Everything that breaks the house's rules, one sentence each; empty when it stands. */
export function houseProblems(): readonly string[] {
  const paths = globSync('{bin,src,test,bench,scripts,web/src}/**/*.{ts,tsx}', { cwd: root }).map((path) =>
    path.split(sep).join('/'),
  );
  const files = new Map(paths.sort().map((path) => [path, importsOf(path)]));
  const long = paths
    .filter((path) => /^(web\/)?src\//.test(path) && !TEST_FILE.test(path))
    .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > 300)
    .map(({ path, lines }) => `${path} has ${lines} lines: a file over 300 hides two`);
  return [
    ...ruleBreaks(files),
    ...cycles(files).map((cycle) => `import cycle: ${cycle}`),
    ...paths.filter((path) => BANNED_NAME.test(path)).map((path) => `${path}: the name says nothing`),
    ...long,
    ...paths.flatMap(ambientReads),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = houseProblems();
  for (const problem of problems) console.error(problem);
  console.log(
    problems.length === 0 ? 'import rules: every file keeps them' : `import rules: ${problems.length} problems`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
