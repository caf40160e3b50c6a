// Documents against a JSON Schema (drafts 4 to 7), with the words of the library behind OPA.
import { RE2JS } from 're2js';
import { divide, toBigFloat, truncate } from '../big-float.ts';
import { compareNumbers, integerValue, isNum, numberText, toDouble, type Num } from '../../number.ts';
import { keyText, toJson } from '../../json.ts';
import { compareStrings, equal, isArray, RegoObject } from '../../value.ts';
import { codePoints } from '../aggregates.ts';
import { formatHolds } from './formats.ts';
import type { Value } from '../../types.ts';

export interface Problem {
  readonly type: string;
  /** `(Root)`, or the dotted path below it. */
  readonly field: string;
  readonly description: string;
}

type Report = (type: string, description: string, field?: string) => void;

/** Schemas that refer to themselves without getting anywhere end here. */
const MAX_DEPTH = 200;

export class Validator {
  readonly #root: Value;
  #depth = 0;

  constructor(root: Value) {
    this.#root = root;
  }

  run(document: Value): Problem[] {
    return this.#validate(this.#root, document, '(Root)');
  }

  #holds(schema: Value, value: Value, field: string): boolean {
    return this.#validate(schema, value, field).length === 0;
  }

  #validate(schema: Value, value: Value, field: string): Problem[] {
    const problems: Problem[] = [];
    const report: Report = (type, description, at = field) => problems.push({ type, field: at, description });
    if (schema === false) report('false', 'False always fails validation');
    if (!(schema instanceof RegoObject) || this.#depth > MAX_DEPTH) return problems;
    this.#depth += 1;
    const ref = schema.get('$ref');
    if (typeof ref === 'string') {
      const target = this.#resolve(ref);
      if (target !== undefined) problems.push(...this.#validate(target, value, field));
    } else {
      this.#combined(schema, value, field, problems, report);
      if (this.#typed(schema, value, report)) this.#members(schema, value, field, problems, report);
    }
    this.#depth -= 1;
    return problems;
  }

  #resolve(ref: string): Value | undefined {
    let at: Value | undefined = this.#root;
    for (const part of ref.replace(/^#\/?/, '').split('/')) {
      if (part === '') continue;
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      at = at instanceof RegoObject ? at.get(key) : isArray(at) ? at[Number(key)] : undefined;
    }
    return at;
  }

  #typed(schema: RegoObject, value: Value, report: Report): boolean {
    const type = schema.get('type');
    if (type === undefined) return true;
    const names = (isArray(type) ? type : [type]).map(String);
    const own = typeOf(value);
    if (names.some((name) => name === own || (name === 'number' && own === 'integer'))) return true;
    report('invalid_type', `Invalid type. Expected: ${names.join('/')}, given: ${own}`);
    return false;
  }

  #combined(schema: RegoObject, value: Value, field: string, problems: Problem[], report: Report): void {
    const lists = (key: string): readonly Value[] => {
      const list = schema.get(key);
      return isArray(list) ? list : [];
    };
    const any = lists('anyOf');
    if (any.length > 0 && !any.some((item) => this.#holds(item, value, field))) {
      report('number_any_of', 'Must validate at least one schema (anyOf)');
      const [best] = any
        .map((item) => this.#validate(item, value, field))
        .sort((a, b) => a.length - b.length);
      problems.push(...(best ?? []));
    }
    const one = lists('oneOf');
    if (one.length > 0 && one.filter((item) => this.#holds(item, value, field)).length !== 1) {
      report('number_one_of', 'Must validate one and only one schema (oneOf)');
      const failed = one.map((item) => this.#validate(item, value, field));
      if (failed.every((item) => item.length > 0))
        problems.push(...(failed.sort((a, b) => a.length - b.length)[0] ?? []));
    }
    const failures = lists('allOf').flatMap((item) => this.#validate(item, value, field));
    if (failures.length > 0) {
      problems.push(...failures);
      report('number_all_of', 'Must validate all the schemas (allOf)');
    }
    const not = schema.get('not');
    if (not !== undefined && this.#holds(not, value, field))
      report('number_not', 'Must not validate the schema (not)');
    this.#conditional(schema, value, field, problems, report);
    const constant = schema.get('const');
    if (constant !== undefined && !equal(constant, value))
      report('const', `${field} does not match: ${toJson(constant)}`);
    const options = schema.get('enum');
    if (isArray(options) && !options.some((item) => equal(item, value))) {
      report('enum', `${field} must be one of the following: ${options.map(toJson).join(', ')}`);
    }
  }

  #conditional(schema: RegoObject, value: Value, field: string, problems: Problem[], report: Report): void {
    const condition = schema.get('if');
    if (condition === undefined) return;
    const branch = this.#holds(condition, value, field) ? 'then' : 'else';
    const chosen = schema.get(branch);
    const failures = chosen === undefined ? [] : this.#validate(chosen, value, field);
    if (failures.length === 0) return;
    report(
      `condition_${branch}`,
      `Must validate "${branch}" as "if" was ${branch === 'then' ? 'valid' : 'not valid'}`,
    );
    problems.push(...failures);
  }

  #members(schema: RegoObject, value: Value, field: string, problems: Problem[], report: Report): void {
    if (isNum(value)) checkNumber(schema, value, report);
    else if (typeof value === 'string') checkString(schema, value, report);
    else if (isArray(value)) this.#array(schema, value, field, problems, report);
    else if (value instanceof RegoObject) this.#object(schema, value, field, problems, report);
  }

  #array(
    schema: RegoObject,
    value: readonly Value[],
    field: string,
    problems: Problem[],
    report: Report,
  ): void {
    const items = schema.get('items');
    const more = schema.get('additionalItems');
    value.forEach((item, index) => {
      const at = join(field, String(index));
      if (!isArray(items)) problems.push(...(items === undefined ? [] : this.#validate(items, item, at)));
      else if (index < items.length) problems.push(...this.#validate(items[index] ?? true, item, at));
      else if (more !== undefined && more !== false) problems.push(...this.#validate(more, item, at));
    });
    if (isArray(items) && more === false && value.length > items.length)
      report('array_no_additional_items', 'No additional items allowed on array');
    const least = count(schema, 'minItems');
    if (least !== undefined && value.length < least)
      report('array_min_items', `Array must have at least ${least} items`);
    const most = count(schema, 'maxItems');
    if (most !== undefined && value.length > most)
      report('array_max_items', `Array must have at most ${most} items`);
    if (schema.get('uniqueItems') === true) checkUnique(value, report);
    const contains = schema.get('contains');
    if (
      contains !== undefined &&
      !value.some((item, index) => this.#holds(contains, item, join(field, String(index))))
    ) {
      report('contains', 'At least one of the items must match');
    }
  }

  #object(schema: RegoObject, value: RegoObject, field: string, problems: Problem[], report: Report): void {
    const required = schema.get('required');
    for (const name of isArray(required) ? required : [])
      if (!value.has(name)) report('required', `${keyText(name)} is required`);
    const least = count(schema, 'minProperties');
    if (least !== undefined && value.size < least)
      report('array_min_properties', `Must have at least ${least} properties`);
    const most = count(schema, 'maxProperties');
    if (most !== undefined && value.size > most)
      report('array_max_properties', `Must have at most ${most} properties`);
    const names = [...value.keys()].map(keyText).sort(compareStrings);
    for (const name of names) this.#name(schema, name, field, report);
    this.#dependencies(schema, value, field, problems, report);
    for (const name of names)
      problems.push(...this.#property(schema, name, value.get(name) ?? null, join(field, name)));
  }

  /** What a member's name alone may break. */
  #name(schema: RegoObject, name: string, field: string, report: Report): void {
    const naming = schema.get('propertyNames');
    if (naming !== undefined && !this.#holds(naming, name, field)) {
      report('invalid_property_name', `Property name of "${name}" does not match`);
    }
    if (schema.get('additionalProperties') === false && !isNamed(schema, name)) {
      report('additional_property_not_allowed', `Additional property ${name} is not allowed`);
    }
  }

  #property(schema: RegoObject, name: string, value: Value, field: string): Problem[] {
    const properties = schema.get('properties');
    const own = properties instanceof RegoObject ? properties.get(name) : undefined;
    const matching = patternsFor(schema, name);
    const problems = [...(own === undefined ? [] : [own]), ...matching].flatMap((item) =>
      this.#validate(item, value, field),
    );
    const more = schema.get('additionalProperties');
    if (own !== undefined || matching.length > 0 || more === undefined || more === false) return problems;
    return this.#validate(more, value, field);
  }

  #dependencies(
    schema: RegoObject,
    value: RegoObject,
    field: string,
    problems: Problem[],
    report: Report,
  ): void {
    const all = schema.get('dependencies');
    for (const [name, needs] of all instanceof RegoObject ? all.entries() : []) {
      if (!value.has(name)) continue;
      if (!isArray(needs)) problems.push(...this.#validate(needs, value, field));
      else
        for (const need of needs)
          if (!value.has(need)) report('missing_dependency', `Has a dependency on ${keyText(need)}`);
    }
  }
}

function patternsFor(schema: RegoObject, name: string): Value[] {
  const patterns = schema.get('patternProperties');
  if (!(patterns instanceof RegoObject)) return [];
  return [...patterns.entries()].flatMap(([pattern, item]) =>
    typeof pattern === 'string' && RE2JS.compile(pattern).matcher(name).find() ? [item] : [],
  );
}

function isNamed(schema: RegoObject, name: string): boolean {
  const properties = schema.get('properties');
  return (properties instanceof RegoObject && properties.has(name)) || patternsFor(schema, name).length > 0;
}

function join(field: string, name: string): string {
  return field === '(Root)' ? name : `${field}.${name}`;
}

function typeOf(value: Value): string {
  if (value === null) return 'null';
  if (isNum(value)) return integerValue(value) === undefined ? 'number' : 'integer';
  if (isArray(value)) return 'array';
  return typeof value === 'object' ? 'object' : typeof value;
}

function count(schema: RegoObject, key: string): number | undefined {
  const value = schema.get(key);
  return isNum(value) ? toDouble(value) : undefined;
}

function checkUnique(value: readonly Value[], report: Report): void {
  for (let j = 1; j < value.length; j += 1) {
    for (let i = 0; i < j; i += 1) {
      if (!equal(value[i] ?? null, value[j] ?? null)) continue;
      report('unique', `array items[${i},${j}] must be unique`);
    }
  }
}

function checkString(schema: RegoObject, value: string, report: Report): void {
  const least = count(schema, 'minLength');
  if (least !== undefined && codePoints(value) < least)
    report('string_gte', `String length must be greater than or equal to ${least}`);
  const most = count(schema, 'maxLength');
  if (most !== undefined && codePoints(value) > most)
    report('string_lte', `String length must be less than or equal to ${most}`);
  const pattern = schema.get('pattern');
  if (typeof pattern === 'string' && !RE2JS.compile(pattern).matcher(value).find())
    report('pattern', `Does not match pattern '${pattern}'`);
  const format = schema.get('format');
  if (typeof format === 'string' && !formatHolds(format, value))
    report('format', `Does not match format '${format}'`);
}

function checkNumber(schema: RegoObject, value: Num, report: Report): void {
  const at = (key: string): Num | undefined => {
    const bound = schema.get(key);
    return isNum(bound) ? bound : undefined;
  };
  const multiple = at('multipleOf');
  if (multiple !== undefined && !truncate(divide(toBigFloat(value), toBigFloat(multiple))).exact) {
    report('multiple_of', `Must be a multiple of ${numberText(multiple)}`);
  }
  const [most, least] = [at('maximum'), at('minimum')];
  const above = at('exclusiveMaximum') ?? (schema.get('exclusiveMaximum') === true ? most : undefined);
  const below = at('exclusiveMinimum') ?? (schema.get('exclusiveMinimum') === true ? least : undefined);
  if (above !== undefined && compareNumbers(value, above) >= 0)
    report('number_lt', `Must be less than ${numberText(above)}`);
  else if (most !== undefined && compareNumbers(value, most) > 0)
    report('number_lte', `Must be less than or equal to ${numberText(most)}`);
  if (below !== undefined && compareNumbers(value, below) <= 0)
    report('number_gt', `Must be greater than ${numberText(below)}`);
  else if (least !== undefined && compareNumbers(value, least) < 0)
    report('number_gte', `Must be greater than or equal to ${numberText(least)}`);
}
