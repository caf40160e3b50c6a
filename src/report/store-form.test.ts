import { describe, expect, test } from 'vitest';
import { aComponent, aFinding, aReport } from './builders.ts';
import { packReport, unpackReport } from './store-form.ts';

const shared = aFinding({ description: 'told once '.repeat(500) });
const report = aReport({
  components: [...Array(50).keys()].map((n) =>
    aComponent({ ref: `c${n}`, findings: [shared, aFinding({ id: `CVE-${n}` })] }),
  ),
  incomplete: ['could not read x'],
});

describe('the kept form', () => {
  test('comes back exactly, and shared findings stay shared', () => {
    const back = unpackReport(packReport(report));
    expect(back).toEqual(report);
    expect(back.components[0]?.findings[0]).toBe(back.components[49]?.findings[0]);
  });

  test('is small, and the same every time', () => {
    expect(packReport(report).length).toBeLessThan(2000);
    expect(packReport(report)).toEqual(packReport(report));
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => new Uint8Array()],
    ['something else', () => new TextEncoder().encode('hello')],
    ['changed', (bytes) => bytes.map((byte, at) => (at === 20 ? byte ^ 0xff : byte))],
  ])('%s is ReportDamaged', (_, damage) => {
    expect(() => unpackReport(damage(packReport(report)))).toThrow(
      expect.objectContaining({ code: 'ReportDamaged' }),
    );
  });
});
