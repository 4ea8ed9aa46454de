import type { Instant } from '../core/time.ts';
import type { DocumentChange, DocumentStore, StoredDocument } from '../store/document-store.ts';
import type { News } from './channel-message.ts';
import type { WatchState } from './evaluate.ts';
import type { Transition } from './instance.ts';
import { keyOf } from './outbox-row.ts';
import type { SignalsDelta } from './signals.ts';
import type { Incident } from './telling.ts';

/** Where the watch keeps what it remembers: documents of the store. */
export const WATCH = 'watch';
export const STATE_KEY = 'state';
export const ENDED_ALERTS = 'alerts';
export const ALERT_HISTORY = 'alert-history';
export const SIGNALS = 'signals';
export const ACKNOWLEDGEMENTS = 'acknowledgements';

/** The watch's memory with what its last evaluation still has to write beside it. */
export interface KeptState {
  readonly state: WatchState;
  /** Rows and history of that evaluation: written again after a cut, which doubles nothing. */
  readonly outgoing: readonly DocumentChange[];
}

/** One evaluation's inputs, as they differ from the ones before. */
export interface KeptSignals {
  readonly at: Instant;
  /** Everything, not only what changed: a reader may begin here. */
  readonly full: boolean;
  readonly delta: SignalsDelta;
  /** The last look before looks were left out: with a run's first evaluation, and where the machine was too busy. */
  readonly stoppedAt?: Instant | null;
  /** With it: how often that run looks, ms. */
  readonly everyMs?: number;
}

/** What happened to an alert: an instance changed its state, or people were told. */
export type HistoryEntry =
  | ({ readonly kind: 'transition' } & Transition)
  | {
      readonly kind: 'news';
      readonly at: Instant;
      readonly news: News;
      readonly alertId: string;
      readonly rule: string;
      readonly places: readonly string[];
      readonly channels: readonly string[];
    };

export const endedKey = ({ openedAt, alertId }: Incident): string => `${keyOf(openedAt)}/${alertId}`;

/** One acknowledgement, by its instant and the alert's id. */
export interface Acknowledgement {
  readonly alertId: string;
  readonly by: string;
  readonly at: Instant;
}

export const keptState = (documents: DocumentStore): Promise<StoredDocument<KeptState> | null> =>
  documents.get<KeptState>(WATCH, STATE_KEY);

const MOST_ACKNOWLEDGEMENTS = 500;

/** The newest acknowledgement of each alert, by its id. */
export async function acknowledgements(documents: DocumentStore): Promise<ReadonlyMap<string, Acknowledgement>> {
  const { items } = await documents.list<Acknowledgement>(ACKNOWLEDGEMENTS, {
    order: 'desc',
    limit: MOST_ACKNOWLEDGEMENTS,
  });
  return new Map(items.map(({ value }) => [value.alertId, value] as const).reverse());
}
