import { resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../core/time.ts';
import { heldOutTable } from '../../forecast/train/held-out.ts';
import { trainFolder } from '../../forecast/train/train-folder.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

interface TrainFlags extends CommonFlags {
  readonly stations: string;
  readonly out: string;
  readonly evaluateOnly?: string;
  readonly leaveOneOut?: boolean;
}

/** `train`: the pooled coefficients from a folder of stations. */
export function trainCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('train'))
    .description('train the pooled forecast coefficients from a folder of stations')
    .requiredOption('--stations <dir>', 'a folder with stations.csv and one <file>.csv[.gz] per station')
    .option('--out <dir>', 'where prior.bin and manifest.json are written', 'prior')
    .option('--evaluate-only <names>', 'stations that give no training row, comma-separated')
    .option('--leave-one-out', 'also write, for each station, coefficients that know nothing of it')
    .option('--json', 'one JSON document')
    .action((options: TrainFlags) =>
      run(async (terminal) => {
        const progress = progressOn(terminal, systemClock, 'train');
        const evaluateOnly = options.evaluateOnly?.split(',').map((name) => name.trim()) ?? [];
        const only = options.evaluateOnly === undefined ? '' : ` --evaluate-only ${evaluateOnly.join(',')}`;
        const leaveOneOut = options.leaveOneOut ?? false;
        const rows = await trainFolder({
          stationsFolder: resolve(terminal.workingFolder, options.stations),
          outFolder: resolve(terminal.workingFolder, options.out),
          evaluateOnly,
          leaveOneOut,
          command: `harmattan train --stations DIR${only}${leaveOneOut ? ' --leave-one-out' : ''} --out ${options.out}`,
          onProgress: (share, what) => progress.report(share, what),
        });
        progress.end();
        if (options.json) await outJson(terminal, { heldOut: rows });
        else await terminal.out(heldOutTable(rows));
        return EXIT.done;
      }),
    );
}
