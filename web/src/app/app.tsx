import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NowProvider } from './now.tsx';
import type { FoundPage } from './pages.tsx';
import { type ReaderInput, ReaderProvider } from './reader.tsx';
import { Shell } from './shell.tsx';

interface AppProps {
  readonly found: FoundPage;
  readonly reader: ReaderInput;
  readonly now: number;
  readonly client: QueryClient;
}

/** One page in its shell, the same on the server and in the browser. */
export function App({ found: { page, params }, reader, now, client }: AppProps) {
  return (
    <QueryClientProvider client={client}>
      <ReaderProvider input={reader}>
        <NowProvider start={now}>
          <Shell>
            <page.View params={params} />
          </Shell>
        </NowProvider>
      </ReaderProvider>
    </QueryClientProvider>
  );
}
