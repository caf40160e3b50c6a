// rego.metadata.chain() and rego.metadata.rule(): known when a policy is compiled, so put in as constants.
import {
  operatorName,
  scalar,
  type Annotations,
  type Body,
  type Expr,
  type Loc,
  type Module,
  type Rule,
  type Term,
} from '../ast.ts';
import { fromJs } from '../json.ts';
import { isNum } from '../number.ts';
import { isArray, RegoObject, RegoSet } from '../value.ts';
import { packagePath, splitPath } from './tree.ts';
import type { Value } from '../types.ts';

const CHAIN = 'rego.metadata.chain';
const RULE = 'rego.metadata.rule';

/** Modules with the calls replaced. */
export function applyMetadata(modules: readonly Module[]): readonly Module[] {
  return modules.map((module) => {
    if (!module.source.text.includes('rego.metadata')) return module;
    return {
      ...module,
      rules: module.rules.map((rule) => replaceRule(rule, replacer(module, modules, rule))),
    };
  });
}

type Replace = (term: Term) => Term | undefined;

function replacer(module: Module, modules: readonly Module[], rule: Rule): Replace {
  return (term) => {
    if (term.kind !== 'call') return undefined;
    const name = operatorName(term.op);
    if (name === CHAIN) return toTerm(chain(module, modules, rule), term.loc);
    return name === RULE ? toTerm(ownAnnotations(module, rule), term.loc) : undefined;
  };
}

function ownAnnotations(module: Module, rule: Rule): Value {
  const own = attached(module, rule).find((item) => item.scope === 'rule') ?? attached(module, rule)[0];
  return own === undefined ? new RegoObject() : annotationValue(own);
}

/** The rule, its document, its package, and packages above that annotate what is below them. */
function chain(module: Module, modules: readonly Module[], rule: Rule): Value {
  const path = packagePath(module.package);
  const [head, ...tail] = rule.head.ref;
  const rulePath = [...path, head?.kind === 'var' ? head.name : '', ...splitPath(tail).fixed];
  const own = attached(module, rule);
  const links = own.filter((item) => item.scope === 'rule').map((item) => link(rulePath, item));
  if (links.length === 0) links.push(link(rulePath, undefined));
  const documents = documentAnnotations(modules, path, rule);
  for (const item of documents) links.push(link(rulePath, item));
  for (const other of modules) {
    if (packagePath(other.package).join('.') !== path.join('.')) continue;
    for (const item of other.annotations) if (item.scope === 'package') links.push(link(path, item));
  }
  for (let length = path.length; length > 0; length -= 1) {
    const above = path.slice(0, length);
    for (const other of modules) {
      if (packagePath(other.package).join('.') !== above.join('.')) continue;
      for (const item of other.annotations) if (item.scope === 'subpackages') links.push(link(above, item));
    }
  }
  return links;
}

function documentAnnotations(modules: readonly Module[], path: readonly string[], rule: Rule): Annotations[] {
  const name = nameOf(rule);
  return modules
    .filter((other) => packagePath(other.package).join('.') === path.join('.'))
    .flatMap((other) =>
      other.rules.filter((item) => nameOf(item) === name).flatMap((item) => attached(other, item)),
    )
    .filter((item) => item.scope === 'document');
}

function nameOf(rule: Rule): string {
  const [head, ...tail] = rule.head.ref;
  return [head?.kind === 'var' ? head.name : '', ...splitPath(tail).fixed].join('.');
}

/** Annotations that stand directly above a rule: nothing else begins between. */
function attached(module: Module, rule: Rule): Annotations[] {
  const rows = [
    module.packageLoc.row,
    ...module.imports.map((item) => item.loc.row),
    ...module.rules.map((item) => item.loc.row),
  ];
  return module.annotations.filter((item) => {
    if (item.scope !== 'rule' && item.scope !== 'document') return false;
    return item.endRow < rule.loc.row && !rows.some((row) => row > item.endRow && row < rule.loc.row);
  });
}

function link(path: readonly string[], annotations: Annotations | undefined): Value {
  const entries: [string, Value][] = [['path', [...path]]];
  if (annotations !== undefined) entries.push(['annotations', annotationValue(annotations)]);
  return RegoObject.from(entries);
}

function annotationValue(annotations: Annotations): Value {
  const object = new RegoObject();
  for (const [key, value] of annotations.fields)
    object.set(
      key,
      key === 'authors' ? authors(value) : key === 'related_resources' ? resources(value) : fromJs(value),
    );
  object.set('scope', annotations.scope);
  return object;
}

/** `Jane Doe <jane@example.com>` is a name and an address. */
function authors(value: unknown): Value {
  if (!Array.isArray(value)) return fromJs(value);
  return value.map((item): Value => {
    if (typeof item !== 'string') return fromJs(item);
    const match = /^(.*?)\s*<([^>]*)>$/.exec(item);
    const name = (match?.[1] ?? item).trim();
    const email = match?.[2];
    return RegoObject.from([
      ...(name === '' ? [] : [['name', name] as const]),
      ...(email === undefined ? [] : [['email', email] as const]),
    ]);
  });
}

function resources(value: unknown): Value {
  if (!Array.isArray(value)) return fromJs(value);
  return value.map((item): Value =>
    typeof item === 'string' ? RegoObject.from([['ref', item]]) : fromJs(item),
  );
}

function toTerm(value: Value, loc: Loc): Term {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || isNum(value))
    return scalar(value, loc);
  if (isArray(value)) return { kind: 'array', items: value.map((item) => toTerm(item, loc)), loc };
  if (value instanceof RegoSet)
    return { kind: 'set', items: value.sorted().map((item) => toTerm(item, loc)), loc };
  return {
    kind: 'object',
    pairs: [...value.entries()].map(([key, item]) => [toTerm(key, loc), toTerm(item, loc)] as const),
    loc,
  };
}

function replaceRule(rule: Rule, replace: Replace): Rule {
  const head = {
    ...rule.head,
    ...(rule.head.key && { key: replaceTerm(rule.head.key, replace) }),
    ...(rule.head.value && { value: replaceTerm(rule.head.value, replace) }),
  };
  return {
    ...rule,
    head,
    body: replaceBody(rule.body, replace),
    ...(rule.else && { else: replaceRule(rule.else, replace) }),
  };
}

function replaceBody(body: Body, replace: Replace): Body {
  return body.map((expr) => replaceExpr(expr, replace));
}

function replaceExpr(expr: Expr, replace: Replace): Expr {
  const withs = expr.with.map((item) => ({ ...item, value: replaceTerm(item.value, replace) }));
  switch (expr.kind) {
    case 'term':
      return { ...expr, with: withs, term: replaceTerm(expr.term, replace) };
    case 'call': {
      const whole = replace({ kind: 'call', op: expr.op, args: [], loc: expr.loc });
      const [output] = expr.args;
      if (whole !== undefined && output === undefined)
        return { kind: 'term', term: whole, negated: expr.negated, with: withs, loc: expr.loc };
      return { ...expr, with: withs, args: expr.args.map((arg) => replaceTerm(arg, replace)) };
    }
    case 'some':
      return { ...expr, symbols: expr.symbols.map((term) => replaceTerm(term, replace)) };
    case 'every':
      return {
        ...expr,
        with: withs,
        domain: replaceTerm(expr.domain, replace),
        body: replaceBody(expr.body, replace),
      };
    case 'not':
      return { ...expr, with: withs, body: replaceBody(expr.body, replace) };
    default:
      return {
        ...expr,
        with: withs,
        lhs: replaceBody(expr.lhs, replace),
        rhs: replaceBody(expr.rhs, replace),
      };
  }
}

function replaceTerm(term: Term, replace: Replace): Term {
  const made = replace(term);
  if (made !== undefined) return made;
  switch (term.kind) {
    case 'ref': {
      const terms = term.terms.map((item) => replaceTerm(item, replace));
      return { ...term, terms };
    }
    case 'array':
    case 'set':
      return { ...term, items: term.items.map((item) => replaceTerm(item, replace)) };
    case 'object':
      return {
        ...term,
        pairs: term.pairs.map(
          ([key, value]) => [replaceTerm(key, replace), replaceTerm(value, replace)] as const,
        ),
      };
    case 'call':
      return { ...term, args: term.args.map((arg) => replaceTerm(arg, replace)) };
    case 'template':
      return {
        ...term,
        parts: term.parts.map((part) => (part.kind === 'scalar' ? part : replaceExpr(part, replace))),
      };
    case 'comprehension':
      return {
        ...term,
        ...(term.key && { key: replaceTerm(term.key, replace) }),
        term: replaceTerm(term.term, replace),
        body: replaceBody(term.body, replace),
      };
    default:
      return term;
  }
}
