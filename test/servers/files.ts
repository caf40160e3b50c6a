/** The files of a repository or an archive: path with `/` → content, or what a link points to. */
export type Files = Readonly<Record<string, FileContent>>;

export type FileContent = string | Uint8Array | { readonly link: string };

/** The bytes of a file; of a link, where it points to. */
export function contentBytes(content: FileContent): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return Buffer.from(typeof content === 'string' ? content : content.link);
}

/** True for what is a symbolic link. */
export function isLink(content: FileContent): content is { readonly link: string } {
  return typeof content === 'object' && !(content instanceof Uint8Array);
}
