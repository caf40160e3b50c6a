/** The four kinds of spec.md §1: one schema each, from which types, CRDs and validation come. */
import { z } from 'zod';
import type { KubeObject, Resource } from '../kube/objects.ts';
import { scanStatusSchema } from './status-schema.ts';
import type { ScanStatus } from './status-schema.ts';

export const group = 'scanning.apps.tanzu.vmware.com';

/** The stored version; the older one has the same schema and is marked deprecated. */
export const version = 'v1beta1';
export const deprecatedVersion = 'v1alpha1';

/** Set to a new value, it makes a scan run again (spec.md §5). */
export const rescanAnnotation = `${group}/rescan`;

const name = (description: string) => z.string().min(1).max(253).describe(description);

const common = {
  scanTemplate: name('The ScanTemplate to run, in the same namespace.'),
  scanPolicy: name('The ScanPolicy to judge the report by, in the same namespace.').optional(),
};

export const imageScanSpec = z
  .object({
    registry: z
      .object({
        image: z.string().min(1).describe('Image name, with tag or digest if wanted.'),
        imagePullSecret: name('A Secret of type kubernetes.io/dockerconfigjson.').optional(),
      })
      .describe('The image to scan.'),
    ...common,
  })
  .describe('The image to scan, and how.');

const gitSource = z
  .object({
    url: z.string().min(1).describe('The repository: https://…, ssh://… or user@host:path.'),
    revision: z.string().optional().describe('A branch, tag or commit; the default branch without it.'),
    knownHosts: z
      .string()
      .optional()
      .describe('Lines of an SSH known_hosts file that the server must match.'),
    sshKeySecret: name('A Secret that holds ssh-privatekey.').optional(),
    username: z.string().default('git').describe('The user to log in as.'),
  })
  .describe('A git repository.');

const blobSource = z
  .object({
    url: z.string().min(1).describe('A .tar.gz of source code.'),
    revision: z.string().optional().describe('What the archive is a revision of.'),
  })
  .describe(
    'An archive of source code; with git given too, this is scanned and git says where it came from.',
  );

/** A rule between fields, which CRDs carry as CEL so that every API server enforces it. */
export interface FieldRule {
  readonly rule: string;
  readonly message: string;
}

const sourceRule: FieldRule = {
  rule: 'has(self.blob) || has(self.git)',
  message: 'at least one of spec.blob and spec.git is required',
};

export const sourceScanSpec = z
  .object({ blob: blobSource.optional(), git: gitSource.optional(), ...common })
  .describe('The source code to scan, and how.')
  .meta({ 'x-kubernetes-validations': [sourceRule] });

export const scanTemplateSpec = z
  .object({
    template: z
      .looseObject({})
      .describe('The pod that scans, a core/v1 PodSpec.')
      .meta({ 'x-kubernetes-preserve-unknown-fields': true }),
  })
  .describe('How to scan.');

export const scanPolicySpec = z
  .object({
    regoFile: z.string().min(1).describe('Rego source: package main with deny, or package policies.'),
  })
  .describe('What a report has to fulfil.');

/** What a kind is, apart from its schema. */
export interface Kind extends Resource {
  readonly singular: string;
  readonly categories: readonly string[];
  readonly spec: z.ZodType;
  readonly status?: z.ZodType;
  /** Additional columns of `kubectl get`: name, type, JSONPath. */
  readonly columns: readonly (readonly [name: string, type: 'string' | 'integer' | 'date', path: string])[];
  readonly description: string;
}

const counts = (['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN', 'CVETOTAL'] as const).map(
  (severity) => [severity, 'integer', `.status.cveCount.${severity}`] as const,
);
const phase = ['Phase', 'string', '.status.phase'] as const;
const age = ['Age', 'date', '.metadata.creationTimestamp'] as const;

export const sourceScanKind: Kind = {
  ...{ group, version, plural: 'sourcescans', singular: 'sourcescan', kind: 'SourceScan', namespaced: true },
  categories: ['scans', 'all'],
  spec: sourceScanSpec,
  status: scanStatusSchema,
  columns: [
    phase,
    ['ScannedRevision', 'string', '.status.artifact.*.revision'],
    ['ScannedRepository', 'string', '.status.artifact.*.url'],
    age,
    ...counts,
  ],
  description: 'SourceScan scans source code from a git repository or an archive.',
};

export const imageScanKind: Kind = {
  ...{ group, version, plural: 'imagescans', singular: 'imagescan', kind: 'ImageScan', namespaced: true },
  categories: ['scans', 'all'],
  spec: imageScanSpec,
  status: scanStatusSchema,
  columns: [phase, ['ScannedImage', 'string', '.status.artifact.registry.image'], age, ...counts],
  description: 'ImageScan scans a container image.',
};

export const scanTemplateKind: Kind = {
  ...{
    group,
    version,
    plural: 'scantemplates',
    singular: 'scantemplate',
    kind: 'ScanTemplate',
    namespaced: true,
  },
  categories: ['scans', 'all'],
  spec: scanTemplateSpec,
  columns: [age],
  description: 'ScanTemplate is the pod that a scan runs.',
};

export const scanPolicyKind: Kind = {
  ...{ group, version, plural: 'scanpolicies', singular: 'scanpolicy', kind: 'ScanPolicy', namespaced: true },
  categories: ['scans', 'all'],
  spec: scanPolicySpec,
  columns: [age],
  description: 'ScanPolicy judges the report of a scan.',
};

export const kinds = [sourceScanKind, imageScanKind, scanTemplateKind, scanPolicyKind] as const;

export interface SourceScan extends KubeObject {
  kind?: 'SourceScan';
  spec: z.infer<typeof sourceScanSpec>;
  status?: ScanStatus;
}

export interface ImageScan extends KubeObject {
  kind?: 'ImageScan';
  spec: z.infer<typeof imageScanSpec>;
  status?: ScanStatus;
}

export interface ScanTemplate extends KubeObject {
  kind?: 'ScanTemplate';
  spec: z.infer<typeof scanTemplateSpec>;
}

export interface ScanPolicy extends KubeObject {
  kind?: 'ScanPolicy';
  spec: z.infer<typeof scanPolicySpec>;
}

export type Scan = SourceScan | ImageScan;
