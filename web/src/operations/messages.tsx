import type { MessageReply, QuarantineReply } from '../../../src/serve/contract.ts';
import { TOPICS } from './operations-asks.ts';
import { OperationsNav } from './operations-nav.tsx';
import type { OperationsProps } from './operations-reader.ts';

export interface MessagesProps extends OperationsProps {
  readonly topic: string;
  /** `null`: the journal did not answer. */
  readonly messages: { readonly items: readonly MessageReply[]; readonly nextCursor: string | null } | null;
  readonly quarantine: {
    readonly items: readonly QuarantineReply[];
    readonly counts: Readonly<Record<string, number>>;
  } | null;
  /** The reason that is shown; empty: every. */
  readonly code: string;
}

/** The journal as it came, and what could not be used of it, with the reason. */
export function Messages(props: MessagesProps) {
  const { reader, topic, messages } = props;
  const { t, format, href } = reader;
  return (
    <div className="operations">
      <h1>{t('operations.messages')}</h1>
      <OperationsNav reader={reader} current="messages" />
      <QuarantinePanel {...props} />
      <section className="card">
        <h2>{t('operations.messages')}</h2>
        <form className="filters" method="get" action={href('exploitation/messages')}>
          <label>
            {t('operations.messages.topic')}
            <select name="topic" defaultValue={topic}>
              {TOPICS.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <button type="submit">{t('operations.messages.show')}</button>
        </form>
        {messages === null && <p>{t('operations.unreachable')}</p>}
        {messages?.items.length === 0 && <p>{t('operations.messages.empty')}</p>}
        <ol className="log">
          {messages?.items.map((message) => (
            <li key={message.id}>
              <time dateTime={message.appendedAt}>{format.stamp(Date.parse(message.appendedAt))}</time>
              <b>{message.key}</b> <span className="muted">{message.id}</span>
              <Payload reader={reader} of={message} />
            </li>
          ))}
        </ol>
        {messages?.nextCursor != null && (
          <p className="links">
            <a href={`${href('exploitation/messages')}?${new URLSearchParams({ topic, cursor: messages.nextCursor })}`}>
              {t('operations.messages.more')}
            </a>
          </p>
        )}
      </section>
    </div>
  );
}

function QuarantinePanel({ reader, quarantine, code }: MessagesProps) {
  const { t, format, href } = reader;
  if (quarantine === null) return <p className="card">{t('operations.unreachable')}</p>;
  const counts = Object.entries(quarantine.counts);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const page = href('exploitation/messages');
  return (
    <section className="card">
      <h2>{t('operations.quarantine')}</h2>
      <p>{t('operations.quarantine.count', { count: total })}</p>
      {counts.length > 0 && (
        <nav className="ranges" aria-label={t('operations.quarantine.why')}>
          <a href={page} aria-current={code === '' ? 'true' : undefined}>
            {t('operations.quarantine.all')}
          </a>
          {counts.map(([one, count]) => (
            <a
              key={one}
              href={`${page}?${new URLSearchParams({ code: one })}`}
              aria-current={one === code ? 'true' : undefined}
            >
              {one} ({format.number(count)})
            </a>
          ))}
        </nav>
      )}
      <ol className="log">
        {quarantine.items.map((entry) => (
          <li key={entry.id}>
            <span className="muted">
              {t('operations.quarantine.received', { time: format.stamp(Date.parse(entry.receivedAt)) })}
            </span>{' '}
            <code>{entry.code}</code>
            <p lang="en">{entry.detail}</p>
            <Payload reader={reader} of={entry} />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface PayloadProps extends OperationsProps {
  readonly of: Pick<MessageReply, 'value' | 'valueBytes' | 'truncated'>;
}

/** The bytes as they came; JSON is laid out, anything else is left as it is. */
function Payload({ reader, of: { value, valueBytes, truncated } }: PayloadProps) {
  const { t } = reader;
  return (
    <details>
      <summary>{t('operations.messages.bytes', { count: valueBytes })}</summary>
      {truncated && <p>{t('operations.messages.cut')}</p>}
      {value === null ? <p>{t('operations.messages.binary')}</p> : <pre>{laidOut(value)}</pre>}
    </details>
  );
}

function laidOut(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
