import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** One command builds all: what the browser loads (`dist/client`), what it keeps for later (`dist/worker`), and what renders the first HTML (`dist/server`). */
// biome-ignore lint/style/noDefaultExport: Vite reads the default export
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  builder: {},
  define: { 'process.env.NODE_ENV': '"production"' },
  build: { target: ['chrome123', 'firefox120', 'safari17.5'], reportCompressedSize: false, chunkSizeWarningLimit: 400 },
  environments: {
    client: {
      build: {
        outDir: 'dist/client',
        manifest: true,
        assetsInlineLimit: 0,
        // The document links what its page needs.
        modulePreload: false,
        rollupOptions: { input: 'src/browser.tsx' },
      },
    },
    ssr: {
      build: { outDir: 'dist/server', ssr: true, minify: false, rollupOptions: { input: 'src/server.tsx' } },
      resolve: { noExternal: true },
    },
    worker: {
      consumer: 'client',
      build: {
        outDir: 'dist/worker',
        modulePreload: false,
        rollupOptions: {
          input: 'src/offline/worker.ts',
          output: { format: 'iife', entryFileNames: 'worker.js' },
        },
      },
    },
  },
});
