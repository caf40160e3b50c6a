/** `deploy/kustomize` as kubectl renders it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { scanTemplateSpec } from '../../src/api/kinds.ts';
import { defaultTemplates } from '../../src/cli/up/manifests.ts';

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  data?: Record<string, string>;
  spec?: { template: { spec: { containers: Container[]; securityContext: object } } };
}

interface Container {
  name: string;
  image: string;
  args: string[];
  securityContext: object;
}

const folder = fileURLToPath(new URL('../../deploy/kustomize', import.meta.url));
const run = promisify(execFile);
let manifests: Manifest[] | undefined;

beforeAll(async () => {
  const answer = await run('kubectl', ['kustomize', folder]).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  manifests = answer && parseAllDocuments(answer.stdout).map((document) => document.toJS() as Manifest);
});

describe('kubectl kustomize deploy/kustomize', () => {
  test('has everything of spec.md §9 by its name', ({ skip }) => {
    const rendered = manifests ?? skip('no kubectl on this machine');
    const names = rendered.map((one) => `${one.kind} ${one.metadata.namespace ?? ''}/${one.metadata.name}`);
    expect(names).toEqual(
      expect.arrayContaining([
        'Namespace /scan-link-system',
        'ServiceAccount scan-link-system/scan-link-controller-manager',
        'Deployment scan-link-system/scan-link-controller-manager',
        'CustomResourceDefinition /sourcescans.scanning.apps.tanzu.vmware.com',
        'ScanTemplate /public-source-scan-template',
        'ScanTemplate /private-source-scan-template',
        'ScanTemplate /blob-source-scan-template',
        'ScanTemplate /public-image-scan-template',
        'ScanTemplate /private-image-scan-template',
      ]),
    );
    const deployment = rendered.find((one) => one.kind === 'Deployment');
    expect(deployment?.spec?.template.spec.containers.map((one) => one.name)).toEqual(['manager']);
  });

  test('grants no verb on everything', ({ skip }) => {
    const rendered = manifests ?? skip('no kubectl on this machine');
    const rules = rendered.flatMap((one) => one.rules ?? []);
    expect(rules.length).toBeGreaterThan(5);
    for (const rule of rules) {
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
      expect(rule.verbs).not.toContain('deletecollection');
    }
    const secrets = rules.filter((rule) => rule.resources.includes('secrets'));
    expect(secrets.map((rule) => rule.verbs)).toEqual([['get']]);
  });

  test('satisfies the restricted Pod Security level', ({ skip }) => {
    const rendered = manifests ?? skip('no kubectl on this machine');
    const pod = rendered.find((one) => one.kind === 'Deployment')?.spec?.template.spec;
    expect(pod?.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of pod?.containers ?? []) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });
});

test('the default templates are those of spec.md §9, and valid', async () => {
  const templates = await defaultTemplates();
  expect(templates.map((one) => one.metadata.name)).toEqual([
    'blob-source-scan-template',
    'private-image-scan-template',
    'private-source-scan-template',
    'public-image-scan-template',
    'public-source-scan-template',
  ]);
  for (const template of templates) expect(() => scanTemplateSpec.parse(template.spec)).not.toThrow();
});
