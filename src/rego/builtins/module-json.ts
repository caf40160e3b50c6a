// A module's syntax tree in the JSON that OPA writes.
import { numberText, BigNum, isNum } from '../number.ts';
import type { Expr, Head, Import, Module, Rule, Term } from '../ast.ts';

type Json = unknown;

export function moduleJson(module: Module): Json {
  return {
    package: {
      path: module.package.terms.map((term, index) =>
        index === 0 ? { type: 'var', value: 'data' } : termJson(term),
      ),
    },
    ...(module.imports.length > 0 && { imports: module.imports.map(importJson) }),
    ...(module.rules.length > 0 && { rules: module.rules.map(ruleJson) }),
    ...(module.comments.length > 0 && {
      comments: module.comments.map((comment) => ({
        Text: btoa(String.fromCharCode(...new TextEncoder().encode(comment.text))),
        Location: { file: comment.loc.source.name, row: comment.loc.row, col: comment.loc.col },
      })),
    }),
  };
}

function importJson(item: Import): Json {
  return { path: termJson(item.path), ...(item.alias !== undefined && { alias: item.alias }) };
}

function ruleJson(rule: Rule): Json {
  return {
    ...(rule.default && { default: true }),
    head: headJson(rule.head),
    body: rule.body.map(exprJson),
    ...(rule.else && { else: ruleJson(rule.else) }),
  };
}

function headJson(head: Head): Json {
  const [first] = head.ref;
  const name = first?.kind === 'var' && head.ref.length === 1 ? first.name : undefined;
  return {
    ...(name !== undefined && { name }),
    ...(head.args && { args: head.args.map(termJson) }),
    ...(head.key && { key: termJson(head.key) }),
    ...(head.value && { value: termJson(head.value) }),
    ...(head.assign && { assign: true }),
    ref: head.ref.map(termJson),
  };
}

function exprJson(expr: Expr, index: number): Json {
  return {
    index,
    terms: exprTerms(expr),
    ...(expr.negated && { negated: true }),
    ...(expr.generated === true && { generated: true }),
    ...(expr.with.length > 0 && {
      with: expr.with.map((item) => ({ target: termJson(item.target), value: termJson(item.value) })),
    }),
  };
}

function exprTerms(expr: Expr): Json {
  switch (expr.kind) {
    case 'term':
      return termJson(expr.term);
    case 'call':
      return [operatorJson(expr.op), ...expr.args.map(termJson)];
    case 'some':
      return { symbols: expr.symbols.map(termJson) };
    case 'every':
      return {
        key: expr.key ? termJson(expr.key) : null,
        value: termJson(expr.value),
        domain: termJson(expr.domain),
        body: expr.body.map(exprJson),
      };
    case 'not':
      return { type: 'not', body: expr.body.map(exprJson) };
    default:
      return { type: expr.kind, lhs: expr.lhs.map(exprJson), rhs: expr.rhs.map(exprJson) };
  }
}

function operatorJson(op: Term): Json {
  if (op.kind === 'var') return { type: 'ref', value: [termJson(op)] };
  return termJson(op);
}

function termJson(term: Term): Json {
  switch (term.kind) {
    case 'scalar': {
      const { value } = term;
      if (value === null) return { type: 'null', value: {} };
      if (isNum(value))
        return { type: 'number', value: typeof value === 'number' ? value : new BigNum(numberText(value)) };
      return { type: typeof value, value };
    }
    case 'var':
      return { type: 'var', value: term.name };
    case 'ref':
      return { type: 'ref', value: term.terms.map(termJson) };
    case 'array':
    case 'set':
      return { type: term.kind, value: term.items.map(termJson) };
    case 'object':
      return { type: 'object', value: term.pairs.map((pair) => pair.map(termJson)) };
    case 'call':
      return { type: 'call', value: [operatorJson(term.op), ...term.args.map(termJson)] };
    case 'template':
      return {
        type: 'templatestring',
        value: {
          parts: term.parts.map((part, index) =>
            part.kind === 'scalar' ? termJson(part) : exprJson(part, index),
          ),
        },
      };
    default:
      return {
        type: `${term.of}comprehension`,
        value: {
          ...(term.key && { key: termJson(term.key) }),
          [term.of === 'object' ? 'value' : 'term']: termJson(term.term),
          body: term.body.map(exprJson),
        },
      };
  }
}
