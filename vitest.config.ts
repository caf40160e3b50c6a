import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that talk to a real server run apart: they want programs that not every machine has (test/servers). */
const real = process.env['SCANLINK_REAL_TESTS'] === '1';

export default defineConfig({
  test: {
    include: real ? ['{src,test}/**/*.real.test.ts'] : ['{src,test,scripts,lint}/**/*.test.ts'],
    exclude: real ? configDefaults.exclude : [...configDefaults.exclude, '**/*.real.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    fileParallelism: true,
    maxWorkers: 2,
  },
});
