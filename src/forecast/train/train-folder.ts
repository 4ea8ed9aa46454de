import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toRfc3339 } from '../../core/time.ts';
import { PRIOR_FILE, PRIOR_FOLDER, withoutFile } from '../shipped-prior.ts';
import { listStations, readStation } from '../station-history.ts';
import { type HeldOut, heldOut } from './held-out.ts';
import { stationHours, testFrom } from './station-hours.ts';
import { type PreparedStation, prepareStation, trainChanges, trainSpread } from './train.ts';

export interface TrainInput {
  readonly stationsFolder: string;
  readonly outFolder: string;
  /** Stations that give no training row, only a line in the table. */
  readonly evaluateOnly: readonly string[];
  /** Also writes, for each station, coefficients that know nothing of it. */
  readonly leaveOneOut: boolean;
  /** What is written down as the command that made the coefficients. */
  readonly command: string;
  onProgress?(share: number, what: string): void;
}

/**
 * Trains coefficients from a folder of stations and writes them with a manifest. The same files give the same bytes.
 *
 * @throws HarmattanError HMT_CLI_FILE
 */
export async function trainFolder(input: TrainInput): Promise<readonly HeldOut[]> {
  const { stationsFolder, outFolder, evaluateOnly, leaveOneOut } = input;
  const entries = listStations(stationsFolder);
  listStations(stationsFolder, evaluateOnly);
  mkdirSync(outFolder, { recursive: true });
  const all: PreparedStation[] = [];
  for (const [index, entry] of entries.entries()) {
    input.onProgress?.((0.5 * index) / entries.length, entry.name);
    all.push(prepareStation(stationHours(await readStation(stationsFolder, entry))));
  }
  const nameOf = ({ hours }: PreparedStation) => hours.station.name;
  const trained = all.filter((station) => !evaluateOnly.includes(nameOf(station)));
  const prior = trainChanges(trained);
  trainSpread(prior, trained);
  const bytes = prior.toBytes();
  writeFileSync(join(outFolder, PRIOR_FILE), bytes);
  const rows: HeldOut[] = [];
  for (const [index, station] of all.entries()) {
    input.onProgress?.(0.5 + (0.5 * index) / all.length, nameOf(station));
    const others = trained.filter((other) => other !== station);
    const without = others.length < trained.length ? trainChanges(others) : prior;
    rows.push(heldOut(station.hours, without));
    if (!leaveOneOut || without === prior) continue;
    trainSpread(without, others);
    writeFileSync(join(outFolder, withoutFile(nameOf(station))), without.toBytes());
  }
  writeFileSync(join(outFolder, 'manifest.json'), `${JSON.stringify(manifest(input, all, bytes), null, 2)}\n`);
  return rows;
}

function manifest(input: TrainInput, all: readonly PreparedStation[], bytes: Uint8Array) {
  const origins = provenance();
  const describe = ({ hours, month }: PreparedStation) => {
    const { station, firstAt, measured } = hours;
    return {
      station: station.name,
      latitude: station.latitude,
      longitude: station.longitude,
      firstAt: toRfc3339(firstAt),
      trainedBefore: toRfc3339(testFrom(hours)),
      hours: measured.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0),
      origins: month.rows,
      sha256: sha256(fileOf(input.stationsFolder, station.name)),
      ...origins(station.name),
    };
  };
  const isTrained = ({ hours }: PreparedStation) => !input.evaluateOnly.includes(hours.station.name);
  return {
    command: input.command,
    coefficientsSha256: sha256(bytes),
    trained: all.filter(isTrained).map(describe),
    evaluatedOnly: all.filter((station) => !isTrained(station)).map(describe),
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const fileOf = (folder: string, name: string): Uint8Array => {
  const plain = join(folder, `${name}.csv`);
  return readFileSync(existsSync(plain) ? plain : `${plain}.gz`);
};

/** Who measured the stations that the shipped coefficients come from. */
function provenance(): (station: string) => object {
  const read = (file: string) => JSON.parse(readFileSync(join(PRIOR_FOLDER, file), 'utf8'));
  const [stations, origins] = [read('stations.json'), read('origins.json')];
  return (station) => origins[stations[station] ?? ''] ?? {};
}
