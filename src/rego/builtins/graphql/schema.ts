// GraphQL schemas to syntax trees.
import { failAt, tokenText } from './lexer.ts';
import { node, Reader } from './reader.ts';
import type { RegoObject } from '../../value.ts';
import type { Value } from '../../types.ts';

const KINDS: Readonly<Record<string, string>> = {
  scalar: 'SCALAR',
  type: 'OBJECT',
  interface: 'INTERFACE',
  union: 'UNION',
  enum: 'ENUM',
  input: 'INPUT_OBJECT',
};
const LOCATIONS = new Set(
  `QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR
  OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION`.split(
    /\s+/,
  ),
);

/** Throws BuiltinError with the place of what does not fit. */
export function parseSchemaDocument(source: string): RegoObject {
  const reader = new Reader(source);
  const parts = {
    Schema: [] as Value[],
    SchemaExtension: [] as Value[],
    Directives: [] as Value[],
    Definitions: [] as Value[],
    Extensions: [] as Value[],
  };
  while (!reader.is('<EOF>')) {
    const start = reader.token;
    const description = describe(reader);
    if (!reader.is('Name')) reader.unexpected();
    const { value } = reader.token;
    if (KINDS[value] !== undefined) parts.Definitions.push(definition(reader, description, false));
    else if (value === 'schema') parts.Schema.push(schema(reader, description, false));
    else if (value === 'directive') parts.Directives.push(directive(reader, description));
    else if (value === 'extend') {
      if (description !== '') failAt(start, `Unexpected ${tokenText(start)}`);
      reader.next();
      if (reader.isName('schema')) parts.SchemaExtension.push(schema(reader, '', true));
      else if (KINDS[reader.token.value] !== undefined) parts.Extensions.push(definition(reader, '', true));
      else reader.unexpected();
    } else reader.unexpected();
  }
  return node(parts);
}

function describe(reader: Reader): string {
  return reader.is('String') || reader.is('BlockString') ? reader.next().value : '';
}

function schema(reader: Reader, description: string, extension: boolean): Value {
  reader.keyword('schema');
  const directives = reader.directives(true);
  const operations = reader.some('{', '}', () => {
    const { token } = reader;
    const operation = reader.next().value;
    if (!['query', 'mutation', 'subscription'].includes(operation))
      failAt(token, `Unexpected ${tokenText(token)}`);
    reader.expect(':');
    return node({ Operation: operation, Type: reader.name() });
  });
  if (extension && directives.length === 0 && operations.length === 0) reader.unexpected();
  return node({ Description: description, Directives: directives, OperationTypes: operations });
}

function definition(reader: Reader, description: string, extension: boolean): Value {
  const word = reader.next().value;
  const name = reader.name();
  const interfaces = word === 'type' || word === 'interface' ? implemented(reader) : [];
  const directives = reader.directives(true);
  const body = members(reader, word);
  const empty = interfaces.length + directives.length + Object.values(body).flat().length === 0;
  if (extension && empty) reader.unexpected();
  return node({
    Kind: KINDS[word],
    Description: description,
    Name: name,
    Interfaces: interfaces,
    Directives: directives,
    ...body,
    BuiltIn: false,
  });
}

function implemented(reader: Reader): Value[] {
  if (!reader.isName('implements')) return [];
  reader.next();
  reader.skip('&');
  const names: Value[] = [reader.name()];
  while (reader.skip('&')) names.push(reader.name());
  return names;
}

function members(reader: Reader, word: string): Readonly<Record<string, Value[]>> {
  if (word === 'type' || word === 'interface') return { Fields: reader.some('{', '}', () => field(reader)) };
  if (word === 'input') return { Fields: reader.some('{', '}', () => input(reader)) };
  if (word === 'enum') return { EnumValues: reader.some('{', '}', () => enumValue(reader)) };
  return word === 'union' ? { Types: unionTypes(reader) } : {};
}

function field(reader: Reader): Value {
  const description = describe(reader);
  const name = reader.name();
  const args = reader.some('(', ')', () => input(reader));
  reader.expect(':');
  const type = reader.type();
  return node({
    Description: description,
    Name: name,
    Arguments: args,
    Type: type,
    Directives: reader.directives(true),
  });
}

function input(reader: Reader): Value {
  const description = describe(reader);
  const name = reader.name();
  reader.expect(':');
  const type = reader.type();
  const fallback = reader.skip('=') ? reader.value(true) : undefined;
  return node({
    Description: description,
    Name: name,
    Type: type,
    DefaultValue: fallback,
    Directives: reader.directives(true),
  });
}

function enumValue(reader: Reader): Value {
  const description = describe(reader);
  const name = reader.name();
  return node({ Description: description, Name: name, Directives: reader.directives(true) });
}

function unionTypes(reader: Reader): Value[] {
  if (!reader.skip('=')) return [];
  reader.skip('|');
  const names: Value[] = [reader.name()];
  while (reader.skip('|')) names.push(reader.name());
  return names;
}

function directive(reader: Reader, description: string): Value {
  reader.keyword('directive');
  reader.expect('@');
  const name = reader.name();
  const args = reader.some('(', ')', () => input(reader));
  const repeatable = reader.isName('repeatable');
  if (repeatable) reader.next();
  reader.keyword('on');
  reader.skip('|');
  const locations: Value[] = [location(reader)];
  while (reader.skip('|')) locations.push(location(reader));
  return node({
    Description: description,
    Name: name,
    Arguments: args,
    Locations: locations,
    IsRepeatable: repeatable,
  });
}

function location(reader: Reader): string {
  const { token } = reader;
  const name = reader.name();
  if (!LOCATIONS.has(name)) failAt(token, `Unexpected ${tokenText(token)}`);
  return name;
}
