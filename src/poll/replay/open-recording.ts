import { stat } from 'node:fs/promises';
import { fromRfc3339, MINUTE_MS } from '../../core/time.ts';
import type { ReplayOptions } from './config.ts';
import { fileRecording, unreadable } from './file-recording.ts';
import type { Recording } from './recording.ts';
import { stationRecording } from './station-recording.ts';

const opened = new WeakMap<ReplayOptions, Promise<Recording>>();

/**
 * Opens what `replay.file` names: a file as `harmattan export` writes it, or a folder of stations. Equal options objects
 * share one recording, so that places, span and source come from one reading of the file.
 *
 * @throws HarmattanError HMT_POLL_REPLAY_FILE
 */
export function openRecording(options: ReplayOptions): Promise<Recording> {
  const known = opened.get(options);
  if (known) return known;
  const made = openAnew(options);
  opened.set(options, made);
  return made;
}

async function openAnew(options: ReplayOptions): Promise<Recording> {
  const path = options.file;
  if (path === null) throw unreadable('replay.file is not set.');
  const cut = {
    from: options.from === null ? null : fromRfc3339(options.from),
    to: options.to === null ? null : fromRfc3339(options.to),
    only: options.only,
  };
  const what = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(`${path}: ${cause.code ?? cause.message}.`, cause);
  });
  if (!what.isDirectory() && path.endsWith('.gz'))
    throw unreadable(`${path} is compressed: decompress it first, because it is read at many places.`);
  const recording = what.isDirectory() ? await stationRecording(path, cut) : await fileRecording(path, cut);
  return options.everyMinutes === null ? recording : { ...recording, everyMs: options.everyMinutes * MINUTE_MS };
}
