import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const READMES = ['README.md', 'README.fr.md'];
const [BEGIN, END] = ['<!-- terminal -->\n', '<!-- /terminal -->'];

/** What is typed, as it stands there: there the demo's folder is the default one. */
const COMMANDS = ['status', 'scorecard --place dakar', 'verify'];

/** Runs the commands on the demo whose folder is `folder` and writes them with all that they print into every README. */
export function captureTerminal(folder: string): void {
  const blocks = COMMANDS.map((command) => {
    const [name = '', ...flags] = command.split(' ');
    const args = [join(root, 'bin', 'harmattan.ts'), name, '--data', `${folder}-demo`, ...flags];
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return `$ npx harmattan ${name} --data data-demo ${flags.join(' ')}`.trimEnd().concat('\n', printed.trimEnd());
  });
  const block = ['```console', blocks.join('\n\n'), '```'].join('\n');
  for (const name of READMES) {
    const readme = join(root, name);
    const text = readFileSync(readme, 'utf8');
    const [before, rest = ''] = text.split(BEGIN);
    const after = rest.split(END)[1];
    if (before === undefined || after === undefined) throw new Error(`${name} has no ${BEGIN.trim()} … ${END}.`);
    writeFileSync(readme, `${before}${BEGIN}${block}\n${END}${after}`);
    console.log(`${name}  ${COMMANDS.length} commands`);
  }
}
