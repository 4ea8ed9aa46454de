import { type AlertMark, markOf, markText } from './live-alerts.ts';

/** Where a listener is: in the store's feed and in the history of alerts. What `id:` says and `Last-Event-ID` gives back. */
export interface LivePlace {
  /** The feed entry heard last; `null` before the first. */
  readonly position: string | null;
  readonly mark: AlertMark;
}

/** The two with `_` between: neither has one. */
export const idOf = ({ position, mark }: LivePlace): string => `${position ?? ''}_${markText(mark)}`;

/** The place of an id; one that names no alerts takes them up where `now` is. */
export function placeOf(id: string, now: LivePlace): LivePlace {
  const [position = '', alerts = ''] = id.split('_');
  return { position: position === '' ? null : position, mark: markOf(alerts) ?? now.mark };
}
