/** Bounds on what a report may hold: whoever writes scanner output must not be able to fill the reader's memory. */
export interface ReportLimits {
  /** Bytes of the document, after decompression. */
  maxBytes: number;
  /** Open elements, objects and arrays. */
  maxDepth: number;
  maxComponents: number;
  /** Pairs of vulnerability and component. */
  maxFindings: number;
  /** Bytes of one part: one component without its vulnerabilities, one vulnerability, one text, one attribute. */
  maxPart: number;
  /** Elements within one such part. */
  maxNodes: number;
  /** Characters of distinct descriptions, notes and links kept; what comes later is read without them. */
  maxKeptText: number;
  /** Characters of names that must be kept: of components, and of distinct findings their ids, ratings and versions. */
  maxNames: number;
}

export const defaultLimits: ReportLimits = {
  maxBytes: 512 * 1024 * 1024,
  maxDepth: 256,
  maxComponents: 500_000,
  maxFindings: 2_000_000,
  maxPart: 16 * 1024 * 1024,
  maxNodes: 200_000,
  maxKeptText: 48 * 1024 * 1024,
  maxNames: 96 * 1024 * 1024,
};
