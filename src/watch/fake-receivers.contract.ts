import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** What a fake does with the next call. `hang`: takes it and never answers. `drop`: takes it and breaks off inside the answer. */
export type Mood =
  | { readonly do: 'ok' }
  | { readonly do: 'limit'; readonly retryAfter: string }
  | { readonly do: 'say'; readonly status: number; readonly body: string }
  | { readonly do: 'hang' | 'drop' | 'refuse' };

/** A call that a fake has taken. */
export interface Taken {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly json: Record<string, unknown>;
}

export interface FakeReceiver {
  readonly url: string;
  /** Every call whose body came in whole, in order, whatever was answered. */
  readonly calls: Taken[];
  /** Moods of the coming calls, used up one by one; after them everything is well. */
  readonly moods: Mood[];
  close(): Promise<void>;
}

/** A Slack message as it stands in the fake's channel. */
export interface SlackMessage {
  readonly ts: string;
  readonly thread_ts: string | null;
  text: string;
  readonly metadata: { readonly event_payload?: { readonly delivery_id?: string; readonly dedup_key?: string } };
}

export interface FakeSlack extends FakeReceiver {
  readonly webhookUrl: string;
  readonly apiUrl: string;
  /** What people see in the channel, oldest first. */
  readonly messages: SlackMessage[];
}

/** An HTTP sink on 127.0.0.1 that answers 200 `ok` unless its mood says otherwise. */
export async function fakeSink(): Promise<FakeReceiver> {
  return receiver(() => ({ status: 200, body: 'ok' }));
}

/** A server that speaks Slack's bodies: an incoming webhook and the methods of the Web API that the channel uses. */
export async function fakeSlack(): Promise<FakeSlack> {
  const messages: SlackMessage[] = [];
  const server = await receiver((call) => {
    if (call.path.startsWith('/services/')) {
      messages.push({ ts: tsOf(messages.length), thread_ts: null, text: String(call.json.text), metadata: {} });
      return { status: 200, body: 'ok' };
    }
    if (call.headers.authorization !== 'Bearer xoxb-fake-token') return answer({ ok: false, error: 'invalid_auth' });
    return answer(method(call.path.replace('/api/', ''), call.json, messages));
  });
  return { ...server, messages, webhookUrl: `${server.url}/services/T0/B0/secretpart`, apiUrl: `${server.url}/api` };
}

const answer = (body: object) => ({ status: 200, body: JSON.stringify(body) });
const tsOf = (index: number) => `1795000000.${String(index + 1).padStart(6, '0')}`;

function method(name: string, json: Record<string, unknown>, messages: SlackMessage[]): object {
  if (json.channel !== 'C0123') return { ok: false, error: 'channel_not_found' };
  if (name === 'chat.postMessage') {
    const ts = tsOf(messages.length);
    const thread_ts = typeof json.thread_ts === 'string' ? json.thread_ts : null;
    messages.push({ ts, thread_ts, text: String(json.text), metadata: json.metadata as SlackMessage['metadata'] });
    return { ok: true, channel: 'C0123', ts };
  }
  if (name === 'chat.update') {
    const message = messages.find(({ ts }) => ts === json.ts);
    if (!message) return { ok: false, error: 'message_not_found' };
    message.text = String(json.text);
    return { ok: true, channel: 'C0123', ts: message.ts };
  }
  if (name === 'conversations.history') return { ok: true, messages: messages.filter((one) => one.thread_ts === null) };
  if (name === 'conversations.replies')
    return { ok: true, messages: messages.filter((one) => one.thread_ts === json.ts) };
  return { ok: false, error: 'unknown_method' };
}

async function receiver(reply: (call: Taken) => { status: number; body: string }): Promise<FakeReceiver> {
  const calls: Taken[] = [];
  const moods: Mood[] = [];
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const mood = moods.shift() ?? { do: 'ok' };
    // Refused before anything was read: the message certainly did not arrive.
    if (mood.do === 'refuse') return void request.socket.destroy();
    const body = await textOf(request);
    const call = { path: request.url ?? '', headers: request.headers, body, json: parsed(request, body) };
    calls.push(call);
    if (mood.do === 'limit') return void response.writeHead(429, { 'retry-after': mood.retryAfter }).end();
    if (mood.do === 'say') return void response.writeHead(mood.status).end(mood.body);
    const said = reply(call);
    if (mood.do === 'hang') return;
    if (mood.do === 'drop') {
      response.writeHead(200, { 'content-length': '1000' }).write('o');
      return void setImmediate(() => request.socket.destroy());
    }
    response.writeHead(said.status).end(said.body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    moods,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function parsed(request: IncomingMessage, body: string): Record<string, unknown> {
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(body));
  return body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
}

export interface FakeMailbox {
  readonly port: number;
  /** Each e-mail as it came over the wire. */
  readonly mails: string[];
  /** Reply codes for the coming e-mails, used up one by one; 0: the connection ends after the e-mail was taken. */
  readonly codes: number[];
  close(): Promise<void>;
}

/** A real SMTP server on 127.0.0.1 that wants the user `watch` with the password `mail-password`. */
export async function fakeMailbox(): Promise<FakeMailbox> {
  const mails: string[] = [];
  const codes: number[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 10,
    onAuth: ({ username, password }, _session, done) =>
      username === 'watch' && password === 'mail-password'
        ? done(null, { user: username })
        : done(new Error('Invalid username or password')),
    onData(stream, session, done) {
      void textOf(stream).then((mail) => {
        const code = codes.shift();
        if (code !== undefined && code > 0) return done(Object.assign(new Error('not now'), { responseCode: code }));
        mails.push(mail);
        if (code === 0) return void [...server.connections].find((one) => one.session === session)?.close();
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    codes,
    close: () =>
      new Promise((resolve) => {
        for (const connection of server.connections) connection.close();
        server.close(() => resolve());
      }),
  };
}
