import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query';
import type { PageAnswer } from '../../../src/serve/page-contract.ts';
import { KEPT_HEADER } from '../offline/kept.ts';
import { noteServerClock } from './now.tsx';

/** What the API answered: its status comes along, since "there is none yet" is an answer too. */
export const answersOf = (answers: Readonly<Record<string, PageAnswer>>): QueryClient => {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        retry: true,
        retryDelay: ASK_AGAIN_MS,
        refetchOnWindowFocus: false,
        // An address that changes with the hour goes on showing the hour before until it is answered.
        placeholderData: keepPreviousData,
      },
    },
  });
  for (const [path, answer] of Object.entries(answers)) client.setQueryData([path], answer);
  return client;
};

/** The server was not reached (`code` is `null`), or answered that it cannot. */
export class NotAnswered extends Error {
  readonly code: string | null;
  constructor(path: string, code: string | null) {
    super(`${path} was not answered (${code ?? 'unreachable'}).`);
    this.code = code;
  }
}

export interface Answer extends PageAnswer {
  /** It comes from the reader's own machine, because the server was not reached. */
  readonly isKept: boolean;
}

const ANSWER_WITHIN_MS = 15_000;
const ASK_AGAIN_MS = 60_000;

/** @throws NotAnswered */
export async function ask(path: string): Promise<Answer> {
  const reply = await fetch(path, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch(() => {
    throw new NotAnswered(path, null);
  });
  const body: unknown = await reply.json().catch(() => null);
  if (reply.status >= 500 || reply.status === 429)
    throw new NotAnswered(path, String((body as { code?: string } | null)?.code ?? reply.status));
  const isKept = reply.headers.has(KEPT_HEADER);
  if (path === STATUS && !isKept) noteServerClock(Date.parse(String((body as { at?: string }).at)));
  return { status: reply.status, body, isKept };
}

/** The answer of an API path as `Reply`; `null` where the API has none (404) or has not answered yet. */
export function useAnswer<Reply>(path: string): Reply | null {
  const { data } = useQuery({ queryKey: [path], queryFn: () => ask(path) });
  return data !== undefined && data.status === 200 ? (data.body as Reply) : null;
}

export const PLACES = '/api/v1/places?limit=100';
export const STATUS = '/api/v1/status';
export const placePath = (id: string, rest = ''): string => `/api/v1/places/${encodeURIComponent(id)}${rest}`;
