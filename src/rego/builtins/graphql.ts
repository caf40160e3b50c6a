// GraphQL: documents to trees, and whether queries fit schemas.
import {
  buildASTSchema,
  parse,
  validate,
  validateSchema,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { printQuery, printSchema } from './graphql/print.ts';
import { parseQueryDocument } from './graphql/query.ts';
import { parseSchemaDocument } from './graphql/schema.ts';
import { RegoObject } from '../value.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { fail, stringAt, wrongType } from './operands.ts';
import type { Value } from '../types.ts';

export const graphql: Readonly<Record<string, BuiltinFn>> = {
  'graphql.parse_query': (_, text = null) => parseQueryDocument(stringAt(text, 1)),
  'graphql.parse_schema': (_, text = null) => parseSchemaDocument(stringAt(text, 1)),
  'graphql.schema_is_valid': (_, schema = null) => succeeds(() => buildSchema(schemaOf(schema, 1))),
  'graphql.is_valid': (_, query = null, schema = null) => succeeds(() => check(query, schema)),
  'graphql.parse': (_, query = null, schema = null) => [...check(query, schema)],
  'graphql.parse_and_verify': (_, query = null, schema = null) => {
    try {
      return [true, ...check(query, schema)];
    } catch (error) {
      if (error instanceof BuiltinError) return [false, new RegoObject(), new RegoObject()];
      throw error;
    }
  },
};

function succeeds(step: () => unknown): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}

function queryOf(value: Value, position: number): { tree: RegoObject; text: string } {
  if (typeof value === 'string') return { tree: parseQueryDocument(value), text: value };
  if (value instanceof RegoObject) return { tree: value, text: printQuery(value) };
  throw wrongType(position, value, 'string', 'object');
}

function schemaOf(value: Value, position: number): RegoObject {
  if (typeof value === 'string') return parseSchemaDocument(value);
  if (value instanceof RegoObject) return value;
  throw wrongType(position, value, 'string', 'object');
}

/** Both trees, when the query fits the schema. */
function check(query: Value, schema: Value): [RegoObject, RegoObject] {
  const asked = queryOf(query, 1);
  const tree = schemaOf(schema, 2);
  const built = buildSchema(tree);
  if (asked.tree.size > 0)
    report(
      validate(
        built,
        guarded(() => parse(asked.text)),
      ),
    );
  return [asked.tree, tree];
}

function guarded<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new BuiltinError(error instanceof Error ? error.message : String(error));
  }
}

function report(errors: readonly GraphQLError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  const [place] = first.locations ?? [];
  const message = first.message.replace(/\.$/, '');
  fail(
    place === undefined
      ? `GraphQL parse error: ${message}`
      : `${message} in GraphQL string at location ${place.line}:${place.column}`,
  );
}

function buildSchema(tree: RegoObject): GraphQLSchema {
  const text = printSchema(tree);
  const document = guarded(() => (text.trim() === '' ? undefined : parse(text)));
  if (document === undefined) return guarded(() => buildASTSchema(parse('scalar Nothing')));
  const schema = guarded(() => buildASTSchema(document));
  // A schema without a query type is fine here; nothing else that is wrong is.
  const [error] = validateSchema(schema).filter(
    (item) => !item.message.includes('Query root type must be provided'),
  );
  if (error !== undefined) fail(`Error in gqlparser SchemaDocument to Schema conversion: ${error.message}`);
  return schema;
}
