import type { Command } from 'commander';
import { searchIndexOf } from '../../app/indexing.ts';
import { HarmattanError } from '../../core/errors.ts';
import { EARLIEST_VALID_AT } from '../../core/time.ts';
import { reindex } from '../../index/reindex.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';
import { instantFlag } from './export.ts';

/** `reindex`: the search index, filled from the store. */
export function reindexCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('reindex'))
    .description('index stored readings again: what the journal dropped before it was indexed, or all of a new index')
    .option('--from <time>', 'first valid time that is indexed')
    .option('--to <time>', 'first valid time that is not')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { from?: string; to?: string }) =>
      run(async (terminal) => {
        const workplace = await invocationOf(terminal, options).open();
        const index = searchIndexOf(workplace);
        if (index === null) throw new HarmattanError('HMT_INDEX_NONE');
        const progress = progressOn(terminal, workplace.clock, 'reindex');
        const total = (await workplace.store.observations.extent())?.count ?? 0;
        const report = await reindex({
          ...workplace,
          index,
          from: instantFlag('--from', options.from) ?? EARLIEST_VALID_AT,
          to: instantFlag('--to', options.to) ?? Number.MAX_SAFE_INTEGER,
          batch: workplace.config.index.batchRecords,
          signal: terminal.signal,
          onProgress: (rows) => progress.report(Math.min(1, rows / total), `${rows} rows`),
        });
        progress.end();
        if (options.json) await outJson(terminal, report);
        else
          await terminal.out(
            `${report.rows} rows: ${report.indexed} indexed, ${report.kept} there already, ${report.refused} refused, ${report.unknownPlace} of places that are not configured\n`,
          );
        return report.refused === 0 ? EXIT.done : EXIT.no;
      }),
    );
}
