/** The room's front: judging reports by Rego policies. */
export { createPolicyEngine } from './engine.ts';
export type { PolicyEngineOptions } from './engine.ts';
export type { PolicyEngine, PolicyLimits, PolicyRequest, Verdict, Violation } from './verdict.ts';
export { createOpaBinaryEngine } from './drivers/opa-binary.ts';
export type { OpaBinaryOptions } from './drivers/opa-binary.ts';
export { createOpaServerEngine } from './drivers/opa-server.ts';
export type { OpaServerOptions } from './drivers/opa-server.ts';
