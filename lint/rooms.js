/**
 * The one table of which room of `src/` may import which. A room is a folder (or a nested folder named here);
 * the longest matching name wins. What is not listed is refused, so that a new arrow is a decision.
 */
export const rooms = {
  lib: [],
  config: ['lib'],
  telemetry: ['lib', 'config'],
  api: ['lib', 'kube'],
  rego: ['lib'],
  report: ['lib'],
  'scanner/versions': ['lib'],
  scanner: ['lib', 'report', 'scanner/versions', 'telemetry'],
  policy: ['lib', 'report', 'rego', 'telemetry'],
  kube: ['lib', 'telemetry'],
  runtime: ['lib', 'telemetry', 'kube'],
  'store/db': ['lib', 'report', 'telemetry'],
  store: ['lib', 'report', 'telemetry', 'store/db'],
  controller: ['lib', 'config', 'telemetry', 'api', 'report', 'policy', 'kube', 'runtime', 'store'],
  local: ['lib', 'telemetry', 'kube', 'runtime'],
  // prettier-ignore
  cli: ['lib', 'config', 'telemetry', 'api', 'report', 'policy', 'rego', 'scanner', 'scanner/versions', 'kube', 'runtime', 'controller', 'local', 'store'],
  main: ['cli', 'lib'],
};
