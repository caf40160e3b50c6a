/** The room's front: reading, counting and writing reports. */
export {
  compareSeverity,
  countReport,
  highestSeverity,
  isSeverity,
  readSeverity,
  severityOf,
  severityOfRatings,
} from './severity.ts';
export { readReport } from './read-report.ts';
export type { ReadOptions, ReadReport } from './read-report.ts';
export { decodeEnvelope, encodeEnvelope } from './envelope.ts';
export { bomView } from './bom-view.ts';
export type { ViewNode, ViewObject } from './bom-view.ts';
export { goVulnerability } from './go-view.ts';
export type { GoVulnerability } from './go-view.ts';
export { readSummary } from './summary-model.ts';
export type { SummaryModel } from './summary-model.ts';
export { defaultLimits } from './limits.ts';
export type { ReportLimits } from './limits.ts';
export { scoreOfVector, severityOfScore } from './cvss.ts';
export { cycloneDxText, writeCycloneDx } from './cyclonedx-write.ts';
export { propertyNames } from './cyclonedx-terms.ts';
export { packReport, unpackReport } from './store-form.ts';
