import { QueryClient, useQuery } from '@tanstack/react-query';
import type { PageAnswer } from '../../../src/serve/page-contract.ts';
import { noteServerClock } from './now.tsx';

/** What the API answered: its status comes along, since "there is none yet" is an answer too. */
export const answersOf = (answers: Readonly<Record<string, PageAnswer>>): QueryClient => {
  const client = new QueryClient({
    defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false, refetchOnWindowFocus: false } },
  });
  for (const [path, answer] of Object.entries(answers)) client.setQueryData([path], answer);
  return client;
};

export async function ask(path: string): Promise<PageAnswer> {
  const reply = await fetch(path, { headers: { accept: 'application/json' } });
  const body: unknown = await reply.json();
  if (reply.status >= 500) throw new Error(`${path} answered ${reply.status}.`);
  if (path === STATUS && typeof body === 'object' && body && 'at' in body) {
    noteServerClock(Date.parse(String(body.at)));
    window.dispatchEvent(new Event('server-clock'));
  }
  return { status: reply.status, body };
}

/** The answer of an API path as `Reply`; `null` where the API has none (404) or has not answered yet. */
export function useAnswer<Reply>(path: string): Reply | null {
  const { data } = useQuery({ queryKey: [path], queryFn: () => ask(path) });
  return data !== undefined && data.status === 200 ? (data.body as Reply) : null;
}

export const PLACES = '/api/v1/places?limit=100';
export const STATUS = '/api/v1/status';
export const placePath = (id: string, rest = ''): string => `/api/v1/places/${encodeURIComponent(id)}${rest}`;
