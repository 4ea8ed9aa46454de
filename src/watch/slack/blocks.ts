import type { ChannelMessage } from '../channel-message.ts';

/** Slack's limits, in characters and pieces. https://docs.slack.dev/reference/block-kit/blocks */
export const SLACK_LIMITS = {
  text: 3000,
  header: 150,
  section: 3000,
  fields: 10,
  field: 2000,
  button: 75,
  url: 3000,
  blocks: 50,
} as const;

/** The part of Block Kit that messages are made of. */
export type Block =
  | { readonly type: 'header'; readonly text: Plain }
  | { readonly type: 'section'; readonly text?: Markdown; readonly fields?: readonly Markdown[] }
  | { readonly type: 'context'; readonly elements: readonly Markdown[] }
  | { readonly type: 'actions'; readonly elements: readonly Button[] };
type Plain = { readonly type: 'plain_text'; readonly text: string };
type Markdown = { readonly type: 'mrkdwn'; readonly text: string };
type Button = { readonly type: 'button'; readonly text: Plain; readonly url: string; readonly action_id: string };

export interface SlackBody {
  /** Read out by screen readers and shown in notifications: it carries the message alone. */
  readonly text: string;
  readonly blocks?: readonly Block[];
  readonly unfurl_links: false;
}

/** A message as Slack takes it, cut to its limits; the first line survives every cut. */
export function slackBody(message: ChannelMessage, format: 'blocks' | 'original'): SlackBody {
  if (format === 'original') return { text: escaped(message.original, SLACK_LIMITS.text), unfurl_links: false };
  const fields = message.fields
    .slice(0, SLACK_LIMITS.fields)
    .map(({ label, value }) => markdown(`*${escaped(label, 100)}*\n${escaped(value, SLACK_LIMITS.field - 110)}`));
  const buttons = message.links
    .filter(({ url }) => url.length <= SLACK_LIMITS.url)
    .map(
      ({ id, label, url }): Button => ({
        type: 'button',
        text: plain(cut(label, SLACK_LIMITS.button)),
        url,
        action_id: id,
      }),
    );
  const blocks: Block[] = [
    { type: 'header', text: plain(cut(message.title, SLACK_LIMITS.header)) },
    ...(message.lines.length > 0
      ? [{ type: 'section' as const, text: markdown(escaped(message.lines.join('\n'), SLACK_LIMITS.section)) }]
      : []),
    ...(fields.length > 0 ? [{ type: 'section' as const, fields }] : []),
    {
      type: 'context',
      elements: [message.meaning, message.context]
        .filter((line) => line !== '')
        .map((line) => markdown(escaped(line, SLACK_LIMITS.section))),
    },
    ...(buttons.length > 0 ? [{ type: 'actions' as const, elements: buttons }] : []),
  ];
  return { text: escaped(message.text, SLACK_LIMITS.text), blocks, unfurl_links: false };
}

const plain = (text: string): Plain => ({ type: 'plain_text', text });
const markdown = (text: string): Markdown => ({ type: 'mrkdwn', text });

/** At most `most` characters, with an ellipsis where something is left out; never half of a pair. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Slack's three control characters are escaped, so that no place's or operator's text becomes a link or a mention. */
function escaped(text: string, most: number): string {
  let result = '';
  for (const character of text) {
    const next = ENTITIES[character] ?? character;
    if (result.length + next.length > most - 1) return `${result}…`;
    result += next;
  }
  return result;
}
