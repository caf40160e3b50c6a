// PEM, and the base64 it may come in.
import { base64Decode, decodeUtf8 } from '../bytes.ts';
import { BuiltinError } from '../context.ts';

export interface Block {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

export function pemBlocks(text: string): Block[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const body = (match[2] ?? '').replaceAll(/^[A-Za-z-]+:.*$/gm, '').replaceAll(/\s/g, '');
    return { type: match[1] ?? '', bytes: base64Decode(body, 'standard'), text: match[0] };
  });
}

export function isPem(text: string): boolean {
  return text.startsWith('-----BEGIN');
}

/** What a text holds: PEM blocks, or bytes that were base64 (of PEM, or of DER). */
export function decodeInput(text: string): { blocks: Block[] } | { bytes: Uint8Array } {
  if (isPem(text)) return { blocks: pemBlocks(text) };
  const bytes = base64Decode(text, 'standard');
  const inner = decodeUtf8(bytes);
  return isPem(inner) ? { blocks: pemBlocks(inner) } : { bytes };
}

/** The blocks of a text that is PEM or base64 of PEM; none when it is neither. */
export function looseBlocks(text: string): Block[] {
  try {
    return pemBlocks(decodeUtf8(base64Decode(text, 'standard')));
  } catch (error) {
    if (!(error instanceof BuiltinError)) throw error;
    return pemBlocks(text);
  }
}
