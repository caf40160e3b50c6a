import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { rescanAnnotation } from '../api/kinds.ts';
import { aSourceScan, aTemplate } from './builders.ts';
import { jobNameFor, triggerIn, triggerOf } from './trigger.ts';

const template = aTemplate();
const named = (name: string) => aSourceScan({ metadata: { name } });
const nameOf = (scan = aSourceScan(), previous?: string) =>
  jobNameFor(scan, triggerOf(scan, template), previous);

describe('the name of a job', () => {
  test('is a DNS label and holds its trigger, whatever the scan is called', () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
    fc.assert(
      fc.property(name, fc.option(fc.string(), { nil: undefined }), (name, previous) => {
        const job = nameOf(named(name), previous);
        expect(job).toMatch(/^scan-[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
        expect(job.length).toBeLessThanOrEqual(63);
        expect(triggerIn(job)).toEqual(triggerOf(named(name), template));
      }),
    );
  });

  test('begins with the name of the scan', () => {
    expect(nameOf(named('my.web-app'))).toMatch(/^scan-my-web-app-[a-z0-9]{14}$/);
  });

  test('is the same for the same decision', () => {
    expect(nameOf()).toBe(nameOf());
    expect(nameOf(aSourceScan(), 'a')).toBe(nameOf(aSourceScan(), 'a'));
  });

  test.each([
    ['uid', { uid: 'other' }],
    ['generation', { generation: 2 }],
    ['annotation', { annotations: { [rescanAnnotation]: '1' } }],
  ])('differs by %s', (_, metadata) => {
    expect(nameOf(aSourceScan({ metadata }))).not.toBe(nameOf());
  });

  test('never comes twice, not even when an annotation is set back', () => {
    const annotated = (value: string) =>
      aSourceScan({ metadata: { annotations: { [rescanAnnotation]: value } } });
    const names: string[] = [];
    for (let run = 0; run < 200; run++) names.push(nameOf(annotated(run % 2 ? 'a' : 'b'), names.at(-1)));
    expect(new Set(names).size).toBe(200);
  });

  test.each(['', 'x', 'scan-web', 'job-of-somebody-else'])('%j tells no trigger', (name) => {
    expect(triggerIn(name)).toBeUndefined();
  });
});
