/** What those who run a store need of its database; whoever only sends to one needs `index.ts`. */
export { createToken, findToken, listTokens, openStoreDb, revokeToken, roles } from './db/index.ts';
export type { OpenOptions, Role, StoreDb, TokenInfo } from './db/index.ts';
export { backUp, collectGarbage, restore } from './db/index.ts';
export type { Collected, Retention } from './db/index.ts';
