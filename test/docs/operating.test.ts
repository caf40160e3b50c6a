import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import { withTables } from '../../scripts/generate-docs.ts';

test('the tables of docs/operating.md are those of the program', async () => {
  const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
  const current = await format(withTables(page), {
    parser: 'markdown',
    printWidth: 120,
    proseWrap: 'preserve',
  });
  expect(page, 'run "node scripts/generate-docs.ts"').toBe(current);
});
