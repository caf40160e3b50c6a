/** Takes secrets out of text that others will read: quoted logs, error messages, log lines. */

const hidden = '***';

interface Rule {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** Each pattern is linear: text from a container's log is matched by them. */
const rules: readonly Rule[] = [
  // A private key of any kind, with its end or, cut off, without; never beyond the quotes it stands in.
  {
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:[\w+/=\s\\:,.-]{0,20000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|[\w+/=\s\\:,.-]{0,20000})/g,
    replacement: `-----BEGIN PRIVATE KEY----- ${hidden}`,
  },
  // user:password@ and token@ in URLs.
  {
    pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{0,200}:[^\s/@]{1,500}@/gi,
    replacement: `$1${hidden}@`,
  },
  { pattern: /\b(https?:\/\/)[^\s/@:]{16,500}@/gi, replacement: `$1${hidden}@` },
  // Headers.
  {
    pattern:
      /\b((?:proxy-)?authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:basic|bearer|token)?\s{0,3})[^\s"',;]{4,}/gi,
    replacement: `$1${hidden}`,
  },
  { pattern: /\b(bearer\s{1,3})[A-Za-z0-9._~+/=-]{8,}/gi, replacement: `$1${hidden}` },
  // name=value and "name": "value" where the name says that it is secret.
  {
    pattern:
      /((?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',;&]{3,}/gi,
    replacement: `$1${hidden}`,
  },
  // Tokens that are known by their shape: JSON web tokens, those of code hosts and clouds.
  { pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}/g, replacement: hidden },
  {
    pattern:
      /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abp]-[\w-]{10,}|AKIA[A-Z0-9]{16})/g,
    replacement: hidden,
  },
];

/** `text` with everything that looks like a secret replaced by `***`. */
export function maskSecrets(text: string): string {
  return rules.reduce((masked, rule) => masked.replace(rule.pattern, rule.replacement), text);
}
