/** `status` of both scans (spec.md §1). Old clients read the first block; the rest are our additions. */
import { z } from 'zod';
import { phases } from './conditions.ts';

const int = (description: string) => z.int32().min(0).describe(description);
const time = (description: string) => z.iso.datetime({ offset: true }).describe(description);

export const conditionSchema = z
  .object({
    type: z
      .string()
      .max(316)
      .describe('What is spoken of: Scanning, Succeeded, SendingResults or PolicySucceeded.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    reason: z.string().max(1024).describe('One CamelCase word for machines.'),
    message: z.string().max(32768).describe('One sentence for people.'),
    error: z.string().max(32768).optional().describe("The error's text, where there is one."),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .describe("The scan's generation that this condition speaks of."),
    lastTransitionTime: time('When `status` last changed.'),
  })
  .describe('One observed aspect of the scan.');

export const cveCountSchema = z
  .object({
    CRITICAL: int('Distinct vulnerability ids whose highest severity is critical.'),
    HIGH: int('Distinct vulnerability ids whose highest severity is high.'),
    MEDIUM: int('Distinct vulnerability ids whose highest severity is medium.'),
    LOW: int('Distinct vulnerability ids whose highest severity is low, negligible, none or info.'),
    UNKNOWN: int('Distinct vulnerability ids of any other severity, or of none.'),
    CVETOTAL: int('The sum.'),
  })
  .describe('Distinct vulnerability ids by severity, each once, at its highest.');

export const artifactSchema = z
  .object({
    registry: z
      .object({
        image: z.string().describe('The image name of the spec, with the digest that was scanned.'),
        imagePullSecret: z.string().optional().describe('The Secret it was pulled with.'),
      })
      .optional()
      .describe('The image that was scanned.'),
    git: z
      .object({
        url: z.string().describe('The repository, as the spec has it.'),
        revision: z.string().optional().describe('The commit that was scanned.'),
      })
      .optional()
      .describe('The repository that was scanned.'),
    blob: z
      .object({
        url: z.string().describe('The archive, as the spec has it.'),
        revision: z.string().optional().describe('The revision of the spec, or the digest of the archive.'),
      })
      .optional()
      .describe('The archive of source code that was scanned.'),
  })
  .describe('What was scanned: the URL of the spec, the digest or commit as resolved.');

export const scanStatusSchema = z
  .object({
    phase: z.enum(phases).optional().describe('Where the scan stands; a function of the conditions.'),
    conditions: z.array(conditionSchema).max(16).optional().describe('Each aspect of the scan, once.'),
    cveCount: cveCountSchema.optional(),
    metadataUrl: z
      .string()
      .optional()
      .describe('Where the results are in the metadata store, if one is configured.'),
    scannedBy: z
      .object({
        scanner: z
          .object({
            name: z.string().optional().describe('Name of the scanner.'),
            vendor: z.string().optional().describe('Who makes it.'),
            version: z.string().optional().describe('Its version.'),
          })
          .describe('The scanner, as its report names it.'),
      })
      .optional()
      .describe('What the last report was made by.'),
    scannedAt: time('When the last scan finished successfully.').optional(),
    artifact: artifactSchema.optional(),
    compliantArtifact: artifactSchema
      .optional()
      .describe('The same, present only when the scan succeeded and no policy was violated.'),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .describe("The scan's generation that the status speaks of."),
    observedTemplateGeneration: z.int().min(0).optional().describe("The template's generation, likewise."),
    observedPolicyGeneration: z.int().min(0).optional().describe("The policy's generation, likewise."),

    policyDigest: z
      .string()
      .optional()
      .describe(
        'sha256 of the policy text that PolicySucceeded speaks of: tells a policy made anew from the old one.',
      ),

    violations: z
      .array(z.string().max(1024))
      .max(50)
      .optional()
      .describe('The first 50 messages of the policy.'),
    violationCount: int('How many violations there are in all.').optional(),
    report: z
      .object({
        digest: z.string().describe('sha256 of the report, `sha256:` and 64 hexadecimal digits.'),
        components: int('Components in the report.'),
        findings: int('Pairs of vulnerability id and component.'),
        db: z
          .object({
            name: z.string().optional().describe('The advisory database that was used.'),
            version: z.string().optional().describe('Its version.'),
            date: z.string().optional().describe('The date of its newest content.'),
          })
          .optional()
          .describe('What the report was made from.'),
      })
      .optional()
      .describe('The last report that was read.'),
    failure: z
      .object({
        code: z.string().describe('Stable name of what went wrong.'),
        step: z.enum(['prepare', 'job', 'collect', 'policy', 'store']).describe('Where it went wrong.'),
        attempt: z.int().min(1).describe('Which attempt it was, from 1.'),
        nextRetryAt: time('When it is tried again; absent where somebody has to act first.').optional(),
      })
      .optional()
      .describe('What went wrong last, for machines.'),
    timings: z.record(z.string(), z.number()).optional().describe('Seconds that each step took.'),
    jobName: z.string().optional().describe('The Job of the last attempt.'),
  })
  .describe('What is known of the scan.');

export type Condition = z.infer<typeof conditionSchema>;
export type CveCount = z.infer<typeof cveCountSchema>;
export type Artifact = z.infer<typeof artifactSchema>;
export type ScanStatus = z.infer<typeof scanStatusSchema>;
export type FailureStep = NonNullable<ScanStatus['failure']>['step'];
