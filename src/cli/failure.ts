/** Failures in the words that the terminal shows: one sentence, with what to do. */
import { messageOf, ScanLinkError } from '../lib/errors.ts';

/** What was thrown, as one sentence; a defect of ours says that it is one, and where. */
export function sentenceOf(thrown: unknown): string {
  if (thrown instanceof ScanLinkError) return thrown.message;
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return systemSentence(code, messageOf(thrown));
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return `a defect of Scan Link, please report it: ${stack}`;
}

const systemWords: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder, a file is wanted',
  ENOTDIR: 'it is a file, a folder is wanted',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
};

/** Node writes `ENOENT: no such file or directory, open '/x'`: the path is what a person needs. */
function systemSentence(code: string, message: string): string {
  const path = /'([^']+)'$/.exec(message)?.[1];
  const words = systemWords[code];
  if (words === undefined) return message;
  return path === undefined ? words : `${path}: ${words}`;
}

/**
 * Commander's complaint about the arguments, with where to read on.
 * @param path the command that was asked for: `policy eval`; empty for the program itself
 */
export function usageSentence(complaint: string, path: readonly string[]): string {
  const words = complaint
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  return `scanlink: ${words}; see "${['scanlink', ...path, '--help'].join(' ')}"\n`;
}
