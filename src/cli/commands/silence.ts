import type { Command } from 'commander';
import { HarmattanError } from '../../core/errors.ts';
import { HOUR_MS } from '../../core/time.ts';
import type { SilenceReply } from '../../serve/alert-contract.ts';
import { silenceReplyOf } from '../../serve/alert-reply.ts';
import { audit } from '../../serve/audit-log.ts';
import { addSilence, endSilence, listSilences, previewSilence } from '../../watch/alert-desk.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';
import { instantFlag } from './export.ts';

/** `silence add|list|end`: what is not told for a while. */
export function silenceCommand(program: Command, run: Run): void {
  const silence = program.command('silence').description('what is not told for a while');
  addCommand(silence, run);
  listCommand(silence, run);
  endCommand(silence, run);
}

interface AddFlags extends CommonFlags {
  readonly rules?: string;
  readonly places?: string;
  readonly from?: string;
  readonly until?: string;
  readonly hours?: string;
  readonly author?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

const listOf = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : text.split(',').map((one) => one.trim());

function addCommand(silence: Command, run: Run): void {
  withCommonFlags(silence.command('add'))
    .description('keep alerts quiet until an instant, and say which of those that last it matches')
    .option('--rules <ids>', 'only these rules, comma-separated; by default all')
    .option('--places <ids>', 'only these places, comma-separated; by default all')
    .option('--from <time>', 'start; by default at once')
    .option('--until <time>', 'end, at most 90 days after the start')
    .option('--hours <n>', 'or how long, hours')
    .option('--author <name>', 'who asks for it')
    .option('--reason <text>', 'why')
    .option('--dry-run', 'only say what it would match')
    .option('--json', 'one JSON document')
    .action((options: AddFlags) =>
      run(async (terminal) => {
        const { store, clock, places } = await invocationOf(terminal, options).open();
        const now = clock.now();
        const ids = places.map(({ id }) => id);
        const about = { rules: listOf(options.rules), placeIds: listOf(options.places) };
        if (options.dryRun) {
          const matches = await previewSilence(store.documents, about, now, ids);
          if (options.json) await outJson(terminal, { matches });
          else await terminal.out(matchesText(matches.keys));
          return EXIT.done;
        }
        const startsAt = instantFlag('--from', options.from) ?? now;
        const endsAt = endOf(options, startsAt);
        const { author = '', reason = '' } = options;
        const made = await addSilence(store.documents, { ...about, startsAt, endsAt, author, reason }, now, ids);
        const { id } = made.silence;
        await audit(store.documents, { at: now, who: 'command', what: 'silence.create', target: id, why: reason });
        const reply = silenceReplyOf(made.silence, now);
        if (options.json) await outJson(terminal, { ...reply, matches: made.matches });
        else await terminal.out(`${lineOf(reply)}${matchesText(made.matches.keys)}`);
        return EXIT.done;
      }),
    );
}

function endOf({ until, hours }: AddFlags, startsAt: number): number {
  const end = instantFlag('--until', until);
  if (end !== null) return end;
  const given = Number(hours);
  if (hours === undefined || !(given > 0))
    throw new HarmattanError('HMT_WATCH_SILENCE_INVALID', {
      field: 'endsAt',
      detail: 'Give its end with --until, or how long it lasts with --hours.',
    });
  return startsAt + given * HOUR_MS;
}

const matchesText = (keys: readonly string[]): string =>
  keys.length === 0 ? 'It matches nothing that is wrong now.\n' : `It matches: ${keys.join(', ')}\n`;

function listCommand(silence: Command, run: Run): void {
  withCommonFlags(silence.command('list'))
    .description('silences in force or to come, by their end')
    .option('--all', 'those of the last 30 days, too')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { all?: boolean }) =>
      run(async (terminal) => {
        const { store, clock } = await invocationOf(terminal, options).open({ as: 'found' });
        const now = clock.now();
        const found = await listSilences(store.documents, now, options.all ?? false);
        const items = found.map((one) => silenceReplyOf(one, now));
        if (options.json) await outJson(terminal, { items });
        else if (items.length === 0) terminal.err('Nothing is silenced.\n');
        else for (const item of items) await terminal.out(lineOf(item));
        return EXIT.done;
      }),
    );
}

function endCommand(silence: Command, run: Run): void {
  withCommonFlags(silence.command('end <id>'))
    .description('end a silence now')
    .option('--json', 'one JSON document')
    .action((id: string, options: CommonFlags) =>
      run(async (terminal) => {
        const { store, clock } = await invocationOf(terminal, options).open();
        const now = clock.now();
        const ended = await endSilence(store.documents, id, now);
        await audit(store.documents, { at: now, who: 'command', what: 'silence.end', target: id, why: null });
        if (options.json) await outJson(terminal, silenceReplyOf(ended, now));
        else await terminal.out(`${id} is ended\n`);
        return EXIT.done;
      }),
    );
}

function lineOf({ id, startsAt, endsAt, endedAt, rules, placeIds, author, reason }: SilenceReply): string {
  const about = [...rules, ...placeIds].join(' ') || 'everything';
  const ended = endedAt === null ? '' : ` (ended ${endedAt})`;
  return `${id}\t${startsAt} – ${endsAt}${ended}\t${about}\t${author}\t${reason}\n`;
}
