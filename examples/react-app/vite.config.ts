/** Builds the page: `npx vite build examples/react-app`, with the addresses of the servers in `VITE_*`. */

import { defineConfig } from 'vite'

export default defineConfig({
  // The port is part of the redirect URI that was registered.
  server: { port: 5173, strictPort: true },
  build: {
    // Everything in files of our own, so that the policy of the page can forbid all else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
