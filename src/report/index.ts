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
export { scoreOfVector, severityOfScore } from './cvss.ts';
export { cycloneDxText, propertyNames, writeCycloneDx } from './cyclonedx-write.ts';
export { packReport, unpackReport } from './store-form.ts';
