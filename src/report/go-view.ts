/**
 * What policies of `package policies` see as `input.currentVulnerability` (spec.md §7): one vulnerability as the
 * predecessor's Go types were written to JSON, with their field names. Lists are always lists here, even of one.
 */
import { isNestedForm, ratingsFor, spelledSeverity } from './bom-view.ts';
import type { Finding, Report } from './model.ts';

export interface GoVulnerability {
  Id: string;
  Ref: string;
  Source: { Name: string; Url: string };
  Ratings: { Rating: { Score: { Base: number }; Severity: string; Method: string; Vector: string }[] };
  Cwes: { Cwe: number[] };
  Description: string;
  Recommendations: { Recommendation: string[] };
  Advisories: { Advisory: string[] };
}

/** With the ratings that `bomView` shows for this report; what is not known is Go's zero value. */
export function goVulnerability(finding: Finding, report: Pick<Report, 'format'>, ref = ''): GoVulnerability {
  return {
    Id: finding.id,
    Ref: ref,
    Source: { Name: finding.source?.name ?? '', Url: finding.source?.url ?? '' },
    Ratings: {
      Rating: ratingsFor(finding, isNestedForm(report)).map((rating) => ({
        Score: { Base: rating.score ?? 0 },
        Severity: spelledSeverity(rating),
        Method: rating.method ?? '',
        Vector: rating.vector ?? '',
      })),
    },
    Cwes: { Cwe: finding.cwes },
    Description: finding.description ?? '',
    Recommendations: { Recommendation: finding.recommendation === undefined ? [] : [finding.recommendation] },
    Advisories: { Advisory: finding.advisories },
  };
}
