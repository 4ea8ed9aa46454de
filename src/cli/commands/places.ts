import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { HarmattanError } from '../../core/errors.ts';
import { loadPlaces, parsePlaces, slugOf } from '../../weather/place.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, HOME_FOLDER, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson, type Terminal } from '../terminal.ts';

/** `places list|add|remove`: the places file, checked before it is written. */
export function placesCommand(program: Command, run: Run): void {
  const places = program.command('places').description('list, add or remove places');
  withCommonFlags(places.command('list'))
    .description('the configured places')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const list = loadPlaces(placesPath(terminal, options).read);
        if (options.json) await outJson(terminal, { items: list });
        else
          for (const place of list)
            await terminal.out(`${place.id}\t${place.name}\t${place.latitude}\t${place.longitude}\n`);
        return EXIT.done;
      }),
    );
  withCommonFlags(places.command('add <name>'))
    .description('add a place to the configured places file')
    .requiredOption('--lat <degrees>', 'latitude, north positive')
    .requiredOption('--lon <degrees>', 'longitude, east positive')
    .option('--id <slug>', 'its id; by default made from the name')
    .option('--time-zone <zone>', 'IANA time zone')
    .action((name: string, options: CommonFlags & { lat: string; lon: string; id?: string; timeZone?: string }) =>
      run(async (terminal) => {
        const entry = {
          ...(options.id ? { id: options.id } : {}),
          name,
          latitude: Number(options.lat),
          longitude: Number(options.lon),
          ...(options.timeZone ? { timeZone: options.timeZone } : {}),
        };
        edit(placesPath(terminal, options), (entries) => [...entries, entry]);
        await terminal.out(`${options.id ?? slugOf(name)}\n`);
        return EXIT.done;
      }),
    );
  withCommonFlags(places.command('remove <id>'))
    .description('remove a place from the configured places file; its stored rows stay')
    .action((id: string, options: CommonFlags) =>
      run(async (terminal) => {
        edit(placesPath(terminal, options), (entries) => {
          const left = entries.filter((entry) => (entry.id ?? slugOf(entry.name)) !== id);
          if (left.length === entries.length) throw new HarmattanError('HMT_PLACES_UNKNOWN', { detail: `"${id}".` });
          return left;
        });
        await terminal.out(`${id}\n`);
        return EXIT.done;
      }),
    );
}

interface RawPlace {
  readonly id?: string;
  readonly name: string;
}

interface PlacesPath {
  readonly read: string;
  readonly write: string | null;
}

/** Which file is read, and which may be written: the shipped one is never changed. */
function placesPath(terminal: Terminal, options: CommonFlags): PlacesPath {
  const { config } = invocationOf(terminal, options).loaded;
  const { file } = config.places;
  return {
    read:
      file !== null && existsSync(file) ? file : file === null ? join(HOME_FOLDER, 'regions', 'senegal.json') : file,
    write: file,
  };
}

function edit(path: PlacesPath, change: (entries: readonly RawPlace[]) => readonly RawPlace[]): void {
  if (path.write === null)
    throw new HarmattanError('HMT_CONFIG_INVALID', {
      detail: 'The shipped places file is not changed: name your own with places.file (HARMATTAN_PLACES_FILE).',
      field: 'places.file',
    });
  const entries = existsSync(path.write) ? (JSON.parse(readFileSync(path.write, 'utf8')) as RawPlace[]) : [];
  const changed = change(entries);
  if (changed.length > 0) parsePlaces(changed);
  writeFileSync(path.write, `[\n${changed.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`);
}
