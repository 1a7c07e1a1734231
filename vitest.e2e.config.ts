import { defineConfig } from 'vitest/config'

/** Foreign clients and a browser against the built product, one file after the other. */
export default defineConfig({
  test: {
    include: ['spec/e2e/**/*.test.ts'],
    fileParallelism: false,
    setupFiles: ['spec/support/chance.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
