// json.marshal_with_options: JSON over several lines.
import { keyText, toJson } from '../json.ts';
import { isArray, RegoObject, RegoSet } from '../value.ts';
import { OperandError } from './context.ts';
import type { Value } from '../types.ts';

export function marshalPretty(value: Value, options: RegoObject): string {
  let prefix = '';
  let indent = '\t';
  let pretty: boolean | undefined;
  for (const [key, option] of options.entries()) {
    if (key === 'prefix' && typeof option === 'string') prefix = option;
    else if (key === 'indent' && typeof option === 'string') indent = option;
    else if (key === 'pretty' && typeof option === 'boolean') pretty = option;
    else if (key === 'prefix' || key === 'indent')
      throw new OperandError(`operand 2 key "${key}" failed cast to string`);
    else if (key === 'pretty') throw new OperandError('operand 2 key "pretty" failed cast to bool');
    else throw new OperandError(`operand 2 object contained unknown key ${toJson(key)}`);
  }
  const lines = pretty ?? (options.has('prefix') || options.has('indent'));
  return lines ? prefix + write(value, prefix, indent, '') : toJson(value);
}

function write(value: Value, prefix: string, indent: string, at: string): string {
  const inner = at + indent;
  if (value instanceof RegoObject) {
    const members = [...value.entries()].map(
      ([key, item]) => `${toJson(keyText(key))}: ${write(item, prefix, indent, inner)}`,
    );
    return wrap('{', members, '}', prefix, inner, at);
  }
  if (!isArray(value) && !(value instanceof RegoSet)) return toJson(value);
  const items = isArray(value) ? value : value.sorted();
  return wrap(
    '[',
    items.map((item) => write(item, prefix, indent, inner)),
    ']',
    prefix,
    inner,
    at,
  );
}

function wrap(
  open: string,
  parts: readonly string[],
  close: string,
  prefix: string,
  inner: string,
  at: string,
): string {
  if (parts.length === 0) return open + close;
  return `${open}\n${parts.map((part) => prefix + inner + part).join(',\n')}\n${prefix}${at}${close}`;
}
