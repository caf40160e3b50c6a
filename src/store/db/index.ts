/** The room's front: the store's database. */
export { openStoreDb } from './open.ts';
export type { OpenOptions, StoreDb } from './open.ts';
export { findDocument, ingestReport } from './ingest.ts';
export type { Ingested, NewReport } from './ingest.ts';
export { ContentBuilder, clean, contentOfReport } from './content.ts';
export type { Content, PackageContent, VulnerabilityContent } from './content.ts';
export type { ArtifactRef } from './artifact.ts';
export { createToken, findToken, listTokens, revokeToken } from './tokens.ts';
export type { TokenInfo } from './tokens.ts';
export { storeFailure } from './failures.ts';
export { roles } from './tables.ts';
export type { Role } from './tables.ts';
export * from './read.ts';
export * from './history.ts';
export { collectGarbage } from './keep.ts';
export type { Collected, Retention } from './keep.ts';
export { backUp, restore } from './backup.ts';
