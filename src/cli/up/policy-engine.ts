/** The engine that the configuration names: ours, or an OPA beside us. */
import type { Config } from '../../config/options.ts';
import { ScanLinkError } from '../../lib/errors.ts';
import { createOpaBinaryEngine, createOpaServerEngine, createPolicyEngine } from '../../policy/index.ts';
import type { PolicyEngine } from '../../policy/index.ts';

/** By `policy.engine`. Throws `ScanLinkError` `ConfigInvalid` where what it needs is missing. */
export function policyEngineOf(config: Config): PolicyEngine {
  switch (config['policy.engine']) {
    case 'builtin':
      return createPolicyEngine();
    case 'opa-server':
      return createOpaServerEngine({
        url: config['policy.opaUrl'],
        tokenFile: config['policy.opaTokenFile'] || undefined,
        caFile: config['policy.opaCaFile'] || undefined,
      });
    case 'opa-binary':
      return createOpaBinaryEngine({ program: config['policy.opaBinary'] });
    default:
      // Never another engine than the one that somebody asked for.
      throw new ScanLinkError(`policy.engine "${config['policy.engine']}" is not known`, {
        code: 'ConfigInvalid',
      });
  }
}
