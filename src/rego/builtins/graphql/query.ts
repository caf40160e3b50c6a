// GraphQL queries to syntax trees.
import { failAt } from './lexer.ts';
import { node, Reader } from './reader.ts';
import type { RegoObject } from '../../value.ts';
import type { Value } from '../../types.ts';

/** Throws BuiltinError with the place of what does not fit. */
export function parseQueryDocument(source: string): RegoObject {
  const reader = new Reader(source);
  const operations: Value[] = [];
  const fragments: Value[] = [];
  while (!reader.is('<EOF>')) {
    if (
      reader.is('{') ||
      reader.isName('query') ||
      reader.isName('mutation') ||
      reader.isName('subscription')
    )
      operations.push(operation(reader));
    else if (reader.isName('fragment')) fragments.push(fragment(reader));
    else reader.unexpected();
  }
  return node({ Operations: operations, Fragments: fragments });
}

function operation(reader: Reader): Value {
  if (reader.is('{')) return node({ Operation: 'query', Name: '', SelectionSet: selections(reader) });
  const kind = reader.name();
  const name = reader.is('Name') ? reader.name() : '';
  return node({
    Operation: kind,
    Name: name,
    VariableDefinitions: variables(reader),
    Directives: reader.directives(false),
    SelectionSet: selections(reader),
  });
}

function variables(reader: Reader): Value[] {
  return reader.some('(', ')', () => {
    reader.expect('$');
    const name = reader.name();
    reader.expect(':');
    const type = reader.type();
    const fallback = reader.skip('=') ? reader.value(true) : undefined;
    return node({
      Variable: name,
      Type: type,
      DefaultValue: fallback,
      Directives: reader.directives(false),
      Used: false,
    });
  });
}

function selections(reader: Reader): Value[] {
  if (!reader.is('{')) failAt(reader.token, `Expected {, found ${reader.token.kind}`);
  return reader.some('{', '}', () => (reader.is('...') ? spread(reader) : field(reader)));
}

function field(reader: Reader): Value {
  const alias = reader.name();
  const name = reader.skip(':') ? reader.name() : alias;
  const args = reader.arguments(false);
  const directives = reader.directives(false);
  const inner = reader.is('{') ? selections(reader) : [];
  return node({ Alias: alias, Name: name, Arguments: args, Directives: directives, SelectionSet: inner });
}

function spread(reader: Reader): Value {
  reader.next();
  if (reader.is('Name') && !reader.isName('on'))
    return node({ Name: fragmentName(reader), Directives: reader.directives(false) });
  let condition = '';
  if (reader.isName('on')) {
    reader.next();
    condition = reader.name();
  }
  return node({
    TypeCondition: condition,
    Directives: reader.directives(false),
    SelectionSet: selections(reader),
  });
}

function fragmentName(reader: Reader): string {
  if (reader.isName('on')) reader.unexpected();
  return reader.name();
}

function fragment(reader: Reader): Value {
  reader.keyword('fragment');
  const name = fragmentName(reader);
  const defined = variables(reader);
  reader.keyword('on');
  const condition = reader.name();
  return node({
    Name: name,
    VariableDefinition: defined,
    TypeCondition: condition,
    Directives: reader.directives(false),
    SelectionSet: selections(reader),
  });
}
