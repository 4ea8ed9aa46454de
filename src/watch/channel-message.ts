import type { Instant } from '../core/time.ts';

/** Why a message is sent. `alive`: the daily "still here"; `ending`: a silence is about to end. */
export const NEWS = ['firing', 'reminder', 'resolved', 'unstable', 'stable', 'ending', 'alive', 'test'] as const;
export type News = (typeof NEWS)[number];

/** A way on from a message: an absolute address, with an absolute time range where it shows a period. */
export interface MessageLink {
  readonly id: 'period' | 'logs' | 'silence' | 'runbook';
  readonly label: string;
  readonly url: string;
}

/** What a machine makes of a message: the same in every language. */
export interface MessageFacts {
  /** What people and commands call the alert: short, shown in every message. */
  readonly alertId: string;
  readonly rule: string;
  readonly severity: 'notice' | 'warning' | 'critical';
  readonly status: 'firing' | 'resolved' | 'info';
  readonly startsAt: Instant;
  /** `null` while it lasts. */
  readonly endsAt: Instant | null;
  readonly sentAt: Instant;
  /** Ids of places; empty where the alert is not about places. */
  readonly places: readonly string[];
  /** Small facts by name (`source`, `stage`, `cause`). */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * One message as every channel can show it, worded in one language: plain text throughout, no markup. `text` alone says
 * what, where and since when. No secret is in any part.
 */
export interface ChannelMessage {
  readonly news: News;
  readonly facts: MessageFacts;
  /** One line. */
  readonly text: string;
  readonly title: string;
  /** One per place or fact; the first ones matter most. */
  readonly lines: readonly string[];
  /** What it means, in a sentence; empty where nothing is wrong. */
  readonly meaning: string;
  readonly fields: readonly { readonly label: string; readonly value: string }[];
  /** Id, rule and time, small. */
  readonly context: string;
  readonly links: readonly MessageLink[];
  /** The first version's form of the message. */
  readonly original: string;
}
