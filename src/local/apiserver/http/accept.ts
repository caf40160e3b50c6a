/** In which form a client wants its answer: the object, a Table of it, or its metadata only. */

export type Form = 'object' | 'table' | 'metadata';

export interface Accept {
  readonly form: Form;
  /** The version of `meta.k8s.io` asked for. */
  readonly version: string;
}

const plain: Accept = { form: 'object', version: 'v1' };

/** What `header` prefers among what we can make; anything we cannot is answered as JSON all the same. */
export function parseAccept(header: string | undefined): Accept {
  for (const part of (header ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const values = new Map(
      parameters.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
    );
    const kind = values.get('as');
    if (kind === undefined) return plain;
    const version = values.get('v') ?? 'v1';
    if (values.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue;
    if (kind === 'Table') return { form: 'table', version };
    if (kind.startsWith('PartialObjectMetadata')) return { form: 'metadata', version };
  }
  return plain;
}
