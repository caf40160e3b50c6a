/** The room's front. The server is loaded apart (`http/server.ts`), since only those who serve need it. */
export { sendReport } from './client/send.ts';
export type { SendOptions, SentReport } from './client/send.ts';
export { artifactOf } from './client/artifact.ts';
export type { ScannedThing } from './client/artifact.ts';
export type { ArtifactRef } from './db/artifact.ts';
export { askStore } from './query.ts';
export type { Asked, StoreAddress } from './query.ts';
