// The Rego engine: compiles policies and answers queries as OPA 1.22 does, in a browser as well as in Node.
//
//   const policy = compile([{ name: 'policy.rego', source }]);
//   const results = policy.query('data.main.deny').evaluate({ input: fromJson(text) });
//   console.log(toJson(results[0].expressions[0].value));
export type {
  BuiltinInfo,
  Capabilities,
  CompiledPolicy,
  CompileOptions,
  EvaluateOptions,
  ExpressionResult,
  Limits,
  ModuleSource,
  PreparedQuery,
  QueryOptions,
  QueryResult,
  RegoErrorEntry,
  RuleInfo,
  Value,
} from './types.ts';
export { BigNum } from './number.ts';
export { compare, equal, isArray, isNumber, RegoObject, RegoSet, typeName } from './value.ts';
export { fromJs, fromJson, JsonError, toJs, toJson } from './json.ts';
export { formatError, RegoErrors } from './errors.ts';
export { builtins, compile } from './engine.ts';
