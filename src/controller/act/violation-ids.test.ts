import { expect, test } from 'vitest';
import { distinctIds } from './violation-ids.ts';

test.each([
  [[], 0],
  [['CVE-2024-1111 is not allowed'], 1],
  [['CVE-2024-1111 in a', 'cve-2024-1111 in b'], 1],
  [['CVE-2024-1111 and CVE-2024-11112'], 2],
  [['GHSA-aaaa-bbbb-cccc', 'GO-2024-0001', 'RHSA-2024:1234'], 3],
  [['too many packages', 'too many packages', 'CVE-2024-1111'], 3],
])('%j counts as %d', (messages, count) => {
  expect(distinctIds(messages)).toBe(count);
});
