/** What has to be known of a policy's source before it is given to a program that is not ours. */
import { RegoErrors } from '../../rego/index.ts';
import { packagePath, splitPath } from '../../rego/compile/tree.ts';
import { lex } from '../../rego/parser/lexer.ts';
import type { Token } from '../../rego/parser/lexer.ts';
import { parseModule } from '../../rego/parser/modules.ts';
import { shallow } from '../../rego/errors.ts';
import { contractOf } from '../compiled-policy.ts';
import type { Contract, KnownRule } from '../compiled-policy.ts';
import { compileFailure, PolicyProblem } from '../failures.ts';

export interface PolicySource extends Contract {
  name: string;
  source: string;
  /** Everything but comments and white space, in order. */
  tokens: readonly Token[];
}

/** Beyond what an object of Kubernetes can hold; a longer text is refused unread. */
const longestSource = 4 * 1024 * 1024;

/** Calls that reach the network or tell of the environment: OPA has them, and no policy may use them (spec.md §7). */
const forbidden: readonly (readonly [string, string])[] = [
  ['http', 'send'],
  ['net', 'lookup_ip_addr'],
  ['opa', 'runtime'],
];

/**
 * Parses `source` without evaluating or compiling anything. Throws `PolicyProblem`: `PolicyCompileError` for what is no
 * Rego, `PolicyPackageUnknown` and `PolicyRuleMissing` as our engine does, `PolicyBuiltinError` for a builtin that would
 * leave the sandbox, wherever it stands.
 */
export function readPolicy(source: string, name: string): PolicySource {
  if (source.length > longestSource) throw refused(name, `it is longer than ${longestSource} characters`);
  const { path, rules } = outline(source, name);
  const contract = contractOf(path, rules, name);
  const { tokens } = lex({ name, text: source });
  refuseForbidden(tokens, name);
  return { ...contract, name, source, tokens };
}

/** A policy that cannot be given away as it is. Fails closed: no verdict. */
export function refused(name: string, what: string, at?: Token): PolicyProblem {
  const place = at ? `line ${at.row}, column ${at.col}: ` : '';
  return new PolicyProblem({
    code: 'PolicyCompileError',
    message: `policy ${name} does not compile: ${place}${what}`,
    ...(at && { line: at.row, column: at.col }),
  });
}

function outline(source: string, name: string): { path: string; rules: KnownRule[] } {
  try {
    const module = shallow('rego_parse_error', () => parseModule({ name, text: source }, 0));
    const rules = module.rules.map(({ head, loc }) => {
      const [first, ...tail] = head.ref;
      const own = [first?.kind === 'var' ? first.name : '', ...splitPath(tail).fixed];
      const kind = head.args === undefined ? 'value' : 'function';
      return { name: own.join('.'), kind, row: loc.row, col: loc.col };
    });
    return { path: packagePath(module.package).join('.'), rules };
  } catch (error) {
    if (error instanceof RegoErrors) throw new PolicyProblem(compileFailure(name, error));
    throw error;
  }
}

function refuseForbidden(tokens: readonly Token[], name: string): void {
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'name' || isField(tokens, at)) continue;
    const found = forbidden.find(
      ([room, builtin]) => room === token.text && memberAt(tokens, at) === builtin,
    );
    if (!found) continue;
    throw new PolicyProblem({
      code: 'PolicyBuiltinError',
      message: `policy ${name} failed: line ${token.row}, column ${token.col}: ${found.join('.')} is not available to policies`,
      line: token.row,
      column: token.col,
    });
  }
}

/** Whether the name at `at` is a field, as `data` is in `input.data`, and no variable. */
export function isField(tokens: readonly Token[], at: number): boolean {
  return tokens[at - 1]?.text === '.';
}

/** The `b` of `a.b` and of `a["b"]`, where `at` is the `a`. */
function memberAt(tokens: readonly Token[], at: number): string | undefined {
  const [sign, member] = [tokens[at + 1], tokens[at + 2]];
  if (sign?.text === '.' && member?.kind === 'name') return member.text;
  if (sign?.text !== '[') return undefined;
  if (member?.kind === 'raw') return member.text.slice(1, -1);
  if (member?.kind !== 'string') return undefined;
  const text: unknown = JSON.parse(member.text);
  return typeof text === 'string' ? text : undefined;
}
