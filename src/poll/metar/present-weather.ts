import type { Condition } from '../../weather/observation.ts';

/** Weather of the groups in WMO 4678, each with the condition id that says the same, from light to heavy. */
type ByIntensity = readonly [light: number, moderate: number, heavy: number];

const same = (id: number): ByIntensity => [id, id, id];

/**
 * What a token of the report's present weather means, the more remarkable first: a report may name several, and one id
 * must stand for it.
 */
const MEANINGS: readonly (readonly [RegExp, ByIntensity])[] = [
  [/FC/, same(781)],
  [/TS.*(RA|DZ|GR|GS|PL|SN)/, [200, 201, 202]],
  [/TS/, [210, 211, 212]],
  [/SQ/, same(771)],
  [/FZ(RA|DZ)/, same(511)],
  [/VA/, same(762)],
  [/RASN|SNRA/, [615, 616, 616]],
  [/SH.*SN/, [620, 621, 622]],
  [/SN|SG|IC/, [600, 601, 602]],
  [/PL|GR|GS/, same(611)],
  [/SH.*RA|SH/, [520, 521, 522]],
  [/RA/, [500, 501, 502]],
  [/DZ/, [300, 301, 302]],
  [/SS|SA/, same(751)],
  [/PO/, same(731)],
  [/DS|DU/, same(761)],
  [/FU/, same(711)],
  [/FG/, same(741)],
  [/BR/, same(701)],
  [/HZ/, same(721)],
];

const OF_CLOUDS: readonly (readonly [atLeastPct: number, id: number])[] = [
  [88, 804],
  [51, 803],
  [25, 802],
  [1, 801],
  [0, 800],
];

/**
 * The condition of a report: its present weather (`-TSRA BR`), or its clouds where it names none. `null` when it says
 * nothing of either. Weather in the vicinity only (`VCSH`) is not weather at the place.
 */
export function conditionOf(presentWeather: string | null, cloudCoverPct: number | null): Condition | null {
  const tokens = (presentWeather ?? '').split(/\s+/).filter((token) => token !== '' && !token.startsWith('VC'));
  for (const [pattern, ids] of MEANINGS) {
    const token = tokens.find((one) => pattern.test(one));
    if (token) return conditionWith(ids[token.startsWith('-') ? 0 : token.startsWith('+') ? 2 : 1]);
  }
  if (cloudCoverPct === null) return null;
  const id = OF_CLOUDS.find(([atLeast]) => cloudCoverPct >= atLeast)?.[1];
  return id === undefined ? null : conditionWith(id);
}

const conditionWith = (id: number): Condition => ({ id, description: null, icon: null });
