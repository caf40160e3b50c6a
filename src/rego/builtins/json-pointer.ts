// Paths written as texts.

/** The parts of `a/b~1c`; leading slashes do not matter. */
export function pointerParts(path: string): string[] {
  return path
    .replace(/^\/+/, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
