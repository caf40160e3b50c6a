/** A small piece of an XML document, read whole: a component, a vulnerability, the metadata. */

/** An element by its local name: what prefix a document chose for a namespace does not matter to us. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
  children: XmlNode[] | undefined;
}

/** What Go's mxj trims from text, and so do we, since policies compare with `==`: tab, CR, LF, backspace, space. */
function isEdge(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d || code === 0x08;
}

export function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isEdge(text.charCodeAt(start))) start += 1;
  while (end > start && isEdge(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** The first child of that name. A loop, as all of this runs for every element of large documents. */
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  const all = node?.children;
  if (all === undefined) return undefined;
  for (const one of all) if (one.name === name) return one;
  return undefined;
}

export function children(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  const all = node?.children;
  if (all === undefined) return none;
  return all.length === 1 && all[0]?.name === name ? all : all.filter((one) => one.name === name);
}

const none: readonly XmlNode[] = [];

/** The texts that `read` finds in the children of that name. */
export function textsOf(
  node: XmlNode | undefined,
  name: string,
  read: (one: XmlNode) => string | undefined,
): string[] {
  const found: string[] = [];
  for (const one of children(node, name)) {
    const text = read(one);
    if (text !== undefined) found.push(text);
  }
  return found;
}

/** The text of a child, trimmed; undefined when there is none or it is empty. */
export function textOf(node: XmlNode | undefined, name: string): string | undefined {
  return ownTextOf(child(node, name));
}

export function ownTextOf(node: XmlNode | undefined): string | undefined {
  if (node === undefined || node.text === '') return undefined;
  const text = trim(node.text);
  return text === '' ? undefined : text;
}

/** An attribute that is not empty. */
export function attribute(node: XmlNode | undefined, name: string): string | undefined {
  const value = node?.attributes[name];
  return value === undefined || value === '' ? undefined : value;
}
