/** Builds the page of web/ into dist/web: hashed files, nothing inline, nothing fetched from elsewhere. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at('web'),
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
  build: {
    outDir: at('dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no inline script and no data: URL for fonts and workers: each is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_024,
    // How long each plugin took is of no use to who wants to start the program.
    rolldownOptions: {
      checks: { pluginTimings: false },
      // zod with what tells it to build no code: whatever part of the page comes first, it has been told.
      output: { codeSplitting: { groups: [{ name: 'zod', test: /node_modules\/zod\/|web\/lib\/zod\.ts$/ }] } },
    },
  },
  worker: { format: 'es' },
});
