import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NowProvider } from './now.tsx';
import type { PageProps } from './page-props.ts';
import type { View } from './pages.ts';
import { type ReaderInput, ReaderProvider } from './reader.tsx';
import { Shell } from './shell.tsx';

interface AppProps extends PageProps {
  readonly view: View;
  readonly reader: ReaderInput;
  readonly now: number;
  readonly client: QueryClient;
}

/** One page in its shell, the same on the server and in the browser. */
export function App({ view: View, params, reader, now, client }: AppProps) {
  return (
    <QueryClientProvider client={client}>
      <ReaderProvider input={reader}>
        <NowProvider start={now}>
          <Shell>
            <View params={params} />
          </Shell>
        </NowProvider>
      </ReaderProvider>
    </QueryClientProvider>
  );
}
