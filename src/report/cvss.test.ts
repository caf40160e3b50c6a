import { expect, test } from 'vitest';
import { scoreOfVector, severityOfScore } from './cvss.ts';

test.each([
  ['AV:N/AC:L/Au:N/C:P/I:P/A:P', 7.5, 'CVSSv2'],
  ['(AV:N/AC:L/Au:N/C:C/I:C/A:C)', 10, 'CVSSv2'],
  ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N', 9.1, 'CVSSv3'],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 'CVSSv31'],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, 'CVSSv31'],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 9.3, 'CVSSv4'],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U', 8.1, 'CVSSv4'],
  ['AV:N/AC:L/Au:N/C:P/I:P/A:P/E:POC/RL:OF/RC:C', 7.5, 'CVSSv2'],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:X/Q:Z', 9.8, 'CVSSv31'],
  ['CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N', 9.8, 'CVSSv31'],
])('%s scores %s', (vector, score, method) => {
  expect(scoreOfVector(vector)).toEqual({ score, method });
});

test.each([
  '',
  'nonsense',
  'CVSS:3.1/AV:N',
  'CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  'A'.repeat(10_000),
  'CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  'CVSS:5.0/AV:N/AC:L/Au:N/C:P/I:P/A:P',
  'AV:N/AC:L/Au:N/C:P/I:P/A:',
  'AV:N/AC:L/Au:N/C:P/I:P/A:NP',
])('no score: %.60s', (vector) => expect(scoreOfVector(vector)).toBeUndefined());

test.each([
  [0, undefined, 'LOW'],
  [0.1, 'CVSSv31', 'LOW'],
  [3.9, undefined, 'LOW'],
  [4, undefined, 'MEDIUM'],
  [6.9, 'CVSSv2', 'MEDIUM'],
  [7, 'CVSSv2', 'HIGH'],
  [8.9, 'CVSSv4', 'HIGH'],
  [9, 'CVSSv3', 'CRITICAL'],
  [10, 'CVSSv2', 'HIGH'],
  [10, undefined, 'CRITICAL'],
  [10.1, undefined, undefined],
  [-1, undefined, undefined],
  [Number.NaN, undefined, undefined],
])('a score of %s by %s is %s', (score, method, severity) => {
  expect(severityOfScore(score, method)).toBe(severity);
});
