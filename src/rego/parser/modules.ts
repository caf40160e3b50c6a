// Modules, and queries: what the parser hands out.
import {
  ref,
  scalar,
  variable,
  type Annotations,
  type Body,
  type Import,
  type Module,
  type Ref,
  type Rule,
  type Source,
} from '../ast.ts';
import { RegoErrors } from '../errors.ts';
import { parseAnnotations } from './annotations.ts';
import { parseBody } from './bodies.ts';
import { checkV1 } from './v1.ts';
import { Cursor, ParseFailure, parsing } from './cursor.ts';
import { parseRuleStatement } from './rules.ts';
import { parseTerm } from './terms.ts';
import type { RegoErrorEntry } from '../types.ts';

const FUTURE_V0 = ['contains', 'every', 'if', 'in'];
const FUTURE_V1 = ['and', 'not', 'or'];

export interface QueryContext {
  readonly imports: readonly Import[];
  readonly package: Ref;
}

/** Parses a module. `version` is the syntax without a `rego.v1` import. Throws RegoErrors. */
export function parseModule(source: Source, version: 0 | 1): Module {
  return parsing(() => {
    const p = new Cursor(source, version);
    const start = p.token;
    if (p.done) throw new ParseFailure({ ...emptyEntry(source), message: 'empty module' });
    if (!p.isKeyword('package')) failPackage(p);
    const path = parsePackage(p);
    const packageLoc = p.locFrom(start);
    const imports: Import[] = [];
    const rules: Rule[] = [];
    let regoVersion: 0 | 1 | 2 = version;
    while (!p.done) {
      separate(p);
      if (p.isKeyword('package')) p.fail('unexpected package');
      if (p.isKeyword('import') && p.peek().kind === 'name') {
        const imported = parseImport(p);
        imports.push(imported);
        regoVersion = raise(regoVersion, imported);
      } else {
        rules.push(...parseRuleStatement(p));
      }
    }
    const module = { source, package: path, packageLoc, imports, rules, comments: p.comments, regoVersion };
    const errors: RegoErrorEntry[] = regoVersion === 0 ? [] : checkV1({ ...module, annotations: [] });
    if (errors.length > 0) throw new RegoErrors(errors);
    const annotations: Annotations[] = parseAnnotations(p.comments, [
      packageLoc.row,
      ...imports.map((item) => item.loc.row),
      ...rules.map((rule) => rule.loc.row),
    ]);
    return { ...module, annotations };
  });
}

function emptyEntry(source: Source): RegoErrorEntry {
  return { code: 'rego_parse_error', message: '', file: source.name, row: 0, col: 0, text: '' };
}

function failPackage(p: Cursor): never {
  if (p.token.kind === 'illegal') p.unexpected();
  p.attempt(() => parseRuleStatement(p));
  p.index = 0;
  return p.fail('package expected');
}

function separate(p: Cursor): void {
  p.takeOp(';');
}

function raise(version: 0 | 1 | 2, imported: Import): 0 | 1 | 2 {
  const path = pathText(imported.path);
  if (path === 'rego.v2') return 2;
  return path === 'rego.v1' && version === 0 ? 1 : version;
}

export function pathText(path: Ref): string {
  return path.terms
    .map((term) => (term.kind === 'var' ? term.name : term.kind === 'scalar' ? String(term.value) : '?'))
    .join('.');
}

function parsePackage(p: Cursor): Ref {
  const start = p.next();
  if (p.token.kind !== 'name') p.unexpected('expected ident');
  const at = p.token;
  const first = p.next();
  const term = p.isOp('.') || p.isOp('[') ? parsePath(p) : variable(first.text, p.locOf(first));
  const loc = p.locFrom(at);
  const data = variable('data', p.locOf(start));
  if (term.kind === 'var') return ref([data, scalar(term.name, term.loc)], loc);
  const [head, ...rest] = term.terms;
  for (const part of rest) {
    if (part.kind !== 'scalar' || typeof part.value !== 'string')
      p.fail(`unexpected ${part.kind} token: expecting string`, part.loc);
  }
  const name = head?.kind === 'var' ? head.name : '';
  return ref([data, scalar(name, loc), ...rest], loc);
}

function parsePath(p: Cursor): Ref {
  p.index -= 1;
  return parseTermAsPath(p);
}

function parseTermAsPath(p: Cursor): Ref {
  const start = p.next();
  const head = variable(start.text, p.locOf(start));
  const terms: Ref['terms'][number][] = [head];
  for (;;) {
    if (p.token.spaced) break;
    if (p.takeOp('.')) {
      const name = p.next();
      if (name.kind !== 'name') p.unexpected('expected ident');
      terms.push(scalar(name.text, p.locOf(name)));
    } else if (p.takeOp('[')) {
      terms.push(parseTerm(p));
      p.expectOp(']', 'expected [');
    } else {
      break;
    }
  }
  return ref(terms, p.locFrom(start));
}

function parseImport(p: Cursor): Import {
  const start = p.next();
  const path = parseTermAsPath(p);
  for (const part of path.terms.slice(1)) {
    if (part.kind !== 'scalar' || typeof part.value !== 'string')
      p.fail(`unexpected ${part.kind} token: expecting string`, part.loc);
  }
  const root = path.terms[0]?.kind === 'var' ? path.terms[0].name : '';
  if (!['data', 'input', 'future', 'rego'].includes(root)) {
    p.fail(
      `unexpected import path, must begin with one of: {data, future, input, rego}, got: ${root} (hint: if this is unexpected, try updating OPA)`,
      path.loc,
    );
  }
  let alias: string | undefined;
  if (p.takeKeyword('as')) {
    if (p.token.kind !== 'name' || p.keyword() !== undefined) p.unexpected('expected var');
    alias = p.next().text;
  }
  const imported: Import = { path, ...(alias !== undefined && { alias }), loc: p.locFrom(start) };
  activate(p, imported);
  return imported;
}

/** Imports that change the language. */
function activate(p: Cursor, imported: Import): void {
  const [root, ...rest] = pathText(imported.path).split('.');
  if (root === 'rego') {
    if (imported.alias !== undefined) p.fail('`rego` imports cannot be aliased', imported.loc);
    if (rest.join('.') === 'v1') p.importV1();
    else if (rest.join('.') === 'v2') p.importV2();
    else
      p.fail(
        `invalid import \`${pathText(imported.path)}\`, must be one of: \`rego.v1\`, \`rego.v2\``,
        imported.path.loc,
      );
  }
  if (root !== 'future') return;
  if (rest[0] !== 'keywords') p.fail('invalid import, must be `future.keywords`', imported.path.loc);
  if (imported.alias !== undefined) p.fail('`future` imports cannot be aliased', imported.loc);
  const all = [...FUTURE_V0, ...FUTURE_V1].sort();
  const keywords = rest.length === 1 ? all : rest.slice(1);
  for (const keyword of keywords) {
    if (!all.includes(keyword))
      p.fail(`unexpected keyword, must be one of [${all.join(' ')}]`, imported.path.loc);
    if (keyword === 'not') p.notBodies = true;
    if (keyword === 'every') p.addKeywords(['in']);
  }
  p.addKeywords(keywords);
}

/** Parses a query with the imports it is read under. Throws RegoErrors. */
export function parseQuery(
  source: Source,
  version: 0 | 1,
  imports: readonly string[] = [],
): { body: Body; imports: readonly Import[] } {
  return parsing(() => {
    const parsed = imports
      .map((text) => new Cursor({ name: source.name, text: `import ${text}` }, version))
      .map(parseImport);
    const p = new Cursor(source, version);
    for (const imported of parsed) activate(p, imported);
    if (p.done) p.fail('empty query');
    const body = parseBody(p, '');
    return { body, imports: parsed };
  });
}
