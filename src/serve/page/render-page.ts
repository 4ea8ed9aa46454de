import type { PageAnswer, PageChoices, PageLanguage } from '../page-contract.ts';
import type { ServeApp, Served } from '../served.ts';
import type { Pages } from './built-pages.ts';

/** Who asks inside the process: no connection has this address, so nobody outside passes for it. */
export const OWN_ADDRESS = 'own pages';

export interface PageAddress {
  readonly language: PageLanguage;
  readonly path: string;
  readonly search: string;
  readonly choices: PageChoices;
  readonly saveData: boolean;
}

/** A page from the API's own answers; `null` where there is no such page. @throws HMT_SERVE_PAGES_MISSING */
export async function renderPage(
  app: ServeApp,
  { clock }: Pick<Served, 'clock'>,
  pages: Pages,
  address: PageAddress,
): Promise<{ readonly status: number; readonly html: string } | null> {
  const { plan, render } = await pages.load();
  const now = clock.now();
  const needed = plan({ ...address, now });
  if (needed === null) return null;
  const answers = await Promise.all(
    needed.asks.map(async (url): Promise<[string, PageAnswer]> => {
      const reply = await app.inject({ url, remoteAddress: OWN_ADDRESS });
      return [url, { status: reply.statusCode, body: reply.json() }];
    }),
  );
  return render({ ...address, now, answers: Object.fromEntries(answers) }, pages.assets(needed.files));
}
