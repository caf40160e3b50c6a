/** Where a JSON text goes wrong: JSON.parse says it for some texts only, and quotes the text in its message. */

export interface JsonFault {
  /** UTF-16 units before the fault. */
  offset: number;
  what: string;
}

const space = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const plain = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/** The first fault of a text that JSON.parse refused. Texts must not be nested deeper than the stack allows. */
export function faultOf(text: string): JsonFault {
  try {
    const end = skip(text, space, value(text, 0));
    return { offset: end, what: 'something follows the value' };
  } catch (thrown) {
    if (thrown instanceof Fault) return { offset: thrown.offset, what: thrown.message };
    throw thrown;
  }
}

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

function skip(text: string, pattern: RegExp, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function value(text: string, from: number): number {
  const at = skip(text, space, from);
  if (text[at] === '{') return list(text, at, '}', member);
  if (text[at] === '[') return list(text, at, ']', value);
  if (text[at] === '"') return string(text, at);
  const end = Math.max(skip(text, number, at), skip(text, word, at));
  if (end === at) throw new Fault(at, 'a value is missing or misspelled');
  return end;
}

function string(text: string, at: number): number {
  if (text[at] !== '"') throw new Fault(at, 'a key in double quotes is missing');
  const end = skip(text, plain, at + 1);
  if (text[end] !== '"')
    throw new Fault(end, 'a text holds a control character or a wrong escape, or does not end');
  return end + 1;
}

function member(text: string, from: number): number {
  const colon = skip(text, space, string(text, skip(text, space, from)));
  if (text[colon] !== ':') throw new Fault(colon, ': is missing');
  return value(text, colon + 1);
}

function list(text: string, open: number, close: string, item: (text: string, at: number) => number): number {
  let at = skip(text, space, open + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skip(text, space, item(text, at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Fault(at, `, or ${close} is missing`);
    at += 1;
  }
}
