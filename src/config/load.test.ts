import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from './load.ts';
import { optionKeys, options } from './options.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fromYaml(yaml: string, more: Parameters<typeof loadConfig>[0] = {}) {
  const file = path.join(dir, 'config.yaml');
  writeFileSync(file, yaml);
  return loadConfig({ env: {}, file, ...more });
}

test('without anything, the defaults of spec.md §9', () => {
  expect(loadConfig({ env: {} })).toMatchObject({
    namespace: 'scan-link-system',
    'metadataStore.url': 'https://metadata-store-app.metadata-store.svc.cluster.local:8443',
    'metadataStore.caSecret.name': 'app-tls-cert',
    retryScanJobsSecondsAfterError: 60,
    deleteScanJobsSecondsAfterFinished: 600,
    'scanJobs.deadlineSeconds': 1800,
  });
});

test('flags win over variables, these over the file, that over defaults', () => {
  const yaml = 'workers: 2\nretryScanJobsSecondsAfterError: 2\nnamespace: file\n';
  const config = fromYaml(yaml, {
    flags: { workers: '4' },
    env: { SCANLINK_WORKERS: '3', SCANLINK_RETRY_SECONDS: '3' },
    defaults: { workers: 1, namespace: 'default', 'metadataStore.url': '' },
  });
  expect(config).toMatchObject({
    workers: 4,
    retryScanJobsSecondsAfterError: 3,
    namespace: 'file',
    'metadataStore.url': '',
  });
});

test.each([
  ['metadataStore: {}', ''],
  ['metadataStore:', ''],
  ['metadataStore: { url: "" }', ''],
  ['metadataStore: { url: null }', ''],
  ['metadataStore: { url: "http://store:8080" }', 'http://store:8080'],
  ['metadataStore: { authSecret: { name: token } }', options['metadataStore.url'].default],
  ['{}', options['metadataStore.url'].default],
  ['', options['metadataStore.url'].default],
])('%s gives the store %j', (yaml, url) => {
  expect(fromYaml(yaml)['metadataStore.url']).toBe(url);
});

describe('is refused, by name', () => {
  test.each([
    [
      'metadataStore: { url: "store:8443" }',
      /metadataStore\.url "store:8443".*a URL without http:\/\/ or https:\/\/ is refused/,
    ],
    ['metadataStore: { url: "https://" }', /metadataStore\.url.*is not a URL/],
    ['workers: many', /workers "many".*is not a whole number/],
    ['workers: 1.5', /workers 1\.5/],
    ['workers: 0', /workers 0.*between 1 and 64/],
    ['worker: 1', /worker in the configuration file .* is no option; there are .*workers/],
    ['metadataStore: { uri: x }', /metadataStore\.uri .* is no option/],
    ['metadataStore: yes', /metadataStore .* is no option/],
    ['leaderElection: perhaps', /leaderElection "perhaps"/],
    ['log: { level: loud }', /log\.level "loud".*none of debug/],
    ['resources: { limits: { cpu: lots } }', /resources\.limits\.cpu "lots".*quantity/],
    ['[1, 2]', /the whole/],
    ['a: [', /cannot be read/],
  ])('%s', (yaml, message) => {
    expect(() => fromYaml(yaml)).toThrow(message);
  });

  test('a file that is not there', () => {
    expect(() => loadConfig({ env: {}, file: path.join(dir, 'none.yaml') })).toThrow(
      /none\.yaml cannot be read/,
    );
  });

  test('a variable', () => {
    expect(() => loadConfig({ env: { SCANLINK_METADATA_STORE_URL: 'store' } })).toThrow(
      /variable SCANLINK_METADATA_STORE_URL\): a URL without http/,
    );
  });
});

test('numbers are quantities too', () => {
  expect(fromYaml('resources: { limits: { cpu: 2, memory: 256Mi } }')).toMatchObject({
    'resources.limits.cpu': '2',
    'resources.limits.memory': '256Mi',
  });
});

test('no two options share a variable', () => {
  expect(new Set(optionKeys.map((key) => options[key].env)).size).toBe(optionKeys.length);
});
