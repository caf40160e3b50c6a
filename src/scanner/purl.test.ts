import { PackageURL } from 'packageurl-js';
import { expect, test } from 'vitest';
import { purlOf } from './purl.ts';

test.each([
  ['npm', '@babel/core', '7.0.0', 'pkg:npm/%40babel/core@7.0.0'],
  ['npm', 'lodash', '4.17.21', 'pkg:npm/lodash@4.17.21'],
  ['PyPI', 'Zope.Interface', '5.0', 'pkg:pypi/zope-interface@5.0'],
  [
    'Go',
    'github.com/Azure/go-autorest',
    'v14.2.0+incompatible',
    'pkg:golang/github.com/azure/go-autorest@v14.2.0%2Bincompatible',
  ],
  ['Go', 'stdlib', '1.21.0', 'pkg:golang/stdlib@1.21.0'],
  ['crates.io', 'serde', undefined, 'pkg:cargo/serde'],
  ['Moon', 'a b', '1', 'pkg:generic/a%20b@1'],
])('%s %s %s', (ecosystem, name, version, purl) => {
  expect(purlOf({ ecosystem, name, version })).toBe(purl);
  // Another implementation reads the same out of it; it writes `+` as it is, the specification does not.
  expect(PackageURL.fromString(purl).version).toBe(version);
  expect(PackageURL.fromString(purl).toString().replaceAll('+', '%2B')).toBe(purl);
});
