// Syntax trees back to GraphQL, for trees that policies hand in.
import { isArray, RegoObject } from '../../value.ts';
import type { Value } from '../../types.ts';

function text(object: RegoObject, key: string): string {
  const value = object.get(key);
  return typeof value === 'string' ? value : '';
}

function list(object: RegoObject, key: string): readonly Value[] {
  const value = object.get(key);
  return isArray(value) ? value : [];
}

function objects(object: RegoObject, key: string): RegoObject[] {
  return list(object, key).filter((item) => item instanceof RegoObject);
}

function wrap(open: string, parts: readonly string[], close: string, joint = ' '): string {
  return parts.length === 0 ? '' : `${open}${parts.join(joint)}${close}`;
}

export function printQuery(document: RegoObject): string {
  return [
    ...objects(document, 'Operations').map(operation),
    ...objects(document, 'Fragments').map(fragment),
  ].join('\n');
}

function operation(item: RegoObject): string {
  return `${text(item, 'Operation') || 'query'} ${text(item, 'Name')}${variables(item, 'VariableDefinitions')}${directives(item)}${selections(item)}`;
}

function fragment(item: RegoObject): string {
  return `fragment ${text(item, 'Name')} on ${text(item, 'TypeCondition')}${directives(item)}${selections(item)}`;
}

function variables(item: RegoObject, key: string): string {
  const parts = objects(item, key).map(
    (each) => `$${text(each, 'Variable')}: ${type(each.get('Type'))}${fallback(each)}${directives(each)}`,
  );
  return wrap('(', parts, ')', ', ');
}

function fallback(item: RegoObject): string {
  const value = item.get('DefaultValue');
  return value instanceof RegoObject ? ` = ${literal(value)}` : '';
}

function selections(item: RegoObject): string {
  return wrap(' { ', objects(item, 'SelectionSet').map(selection), ' }');
}

function selection(item: RegoObject): string {
  if (item.has('Alias')) {
    const [alias, name] = [text(item, 'Alias'), text(item, 'Name')];
    return `${alias === name ? '' : `${alias}: `}${name}${args(item)}${directives(item)}${selections(item)}`;
  }
  if (item.has('SelectionSet')) {
    const condition = text(item, 'TypeCondition');
    return `...${condition === '' ? '' : ` on ${condition}`}${directives(item)}${selections(item)}`;
  }
  return `...${text(item, 'Name')}${directives(item)}`;
}

function args(item: RegoObject): string {
  const parts = objects(item, 'Arguments').map(
    (each) => `${text(each, 'Name')}: ${literal(each.get('Value'))}`,
  );
  return wrap('(', parts, ')', ', ');
}

function directives(item: RegoObject): string {
  return objects(item, 'Directives')
    .map((each) => ` @${text(each, 'Name')}${args(each)}`)
    .join('');
}

function type(item: Value | undefined): string {
  if (!(item instanceof RegoObject)) return '';
  const elem = item.get('Elem');
  const name = elem instanceof RegoObject ? `[${type(elem)}]` : text(item, 'NamedType');
  return item.get('NonNull') === true ? `${name}!` : name;
}

function literal(item: Value | undefined): string {
  if (!(item instanceof RegoObject)) return 'null';
  const raw = text(item, 'Raw');
  const children = objects(item, 'Children');
  switch (item.get('Kind')) {
    case 0:
      return `$${raw}`;
    case 3:
    case 4:
      return JSON.stringify(raw);
    case 8:
      return `[${children.map((child) => literal(child.get('Value'))).join(', ')}]`;
    case 9:
      return `{${children.map((child) => `${text(child, 'Name')}: ${literal(child.get('Value'))}`).join(', ')}}`;
    default:
      return raw;
  }
}

/**
 * A schema's text. Extensions of types that nothing defines become definitions, as the parser behind OPA takes them.
 */
export function printSchema(document: RegoObject): string {
  const defined = new Set(objects(document, 'Definitions').map((item) => text(item, 'Name')));
  const extensions = objects(document, 'Extensions').map((item) => {
    const name = text(item, 'Name');
    const extend = defined.has(name);
    defined.add(name);
    return definition(item, extend);
  });
  return [
    ...objects(document, 'Schema').map((item) => `schema${directives(item)}${operationTypes(item)}`),
    ...objects(document, 'Directives').map(directiveDefinition),
    ...objects(document, 'Definitions').map((item) => definition(item, false)),
    ...extensions,
    ...objects(document, 'SchemaExtension').map(
      (item) => `extend schema${directives(item)}${operationTypes(item)}`,
    ),
  ].join('\n');
}

function operationTypes(item: RegoObject): string {
  return wrap(
    ' { ',
    objects(item, 'OperationTypes').map((each) => `${text(each, 'Operation')}: ${text(each, 'Type')}`),
    ' }',
  );
}

function directiveDefinition(item: RegoObject): string {
  const locations = list(item, 'Locations').filter((each) => typeof each === 'string');
  const repeatable = item.get('IsRepeatable') === true ? ' repeatable' : '';
  return `directive @${text(item, 'Name')}${inputs(item, 'Arguments', '(', ')')}${repeatable} on ${locations.join(' | ')}`;
}

const WORDS: Readonly<Record<string, string>> = {
  SCALAR: 'scalar',
  OBJECT: 'type',
  INTERFACE: 'interface',
  UNION: 'union',
  ENUM: 'enum',
  INPUT_OBJECT: 'input',
};

function definition(item: RegoObject, extend: boolean): string {
  const kind = text(item, 'Kind');
  const interfaces = list(item, 'Interfaces').filter((each) => typeof each === 'string');
  const types = list(item, 'Types').filter((each) => typeof each === 'string');
  const head = `${extend ? 'extend ' : ''}${WORDS[kind] ?? ''} ${text(item, 'Name')}${wrap(' implements ', interfaces, '', ' & ')}${directives(item)}`;
  if (kind === 'UNION') return head + wrap(' = ', types, '', ' | ');
  if (kind === 'ENUM')
    return (
      head +
      wrap(
        ' { ',
        objects(item, 'EnumValues').map((each) => text(each, 'Name') + directives(each)),
        ' }',
      )
    );
  if (kind === 'INPUT_OBJECT') return head + inputs(item, 'Fields', ' { ', ' }');
  const fields = objects(item, 'Fields').map(
    (each) =>
      `${text(each, 'Name')}${inputs(each, 'Arguments', '(', ')')}: ${type(each.get('Type'))}${directives(each)}`,
  );
  return head + wrap(' { ', fields, ' }');
}

function inputs(item: RegoObject, key: string, open: string, close: string): string {
  const parts = objects(item, key).map(
    (each) => `${text(each, 'Name')}: ${type(each.get('Type'))}${fallback(each)}${directives(each)}`,
  );
  return wrap(open, parts, close, ', ');
}
