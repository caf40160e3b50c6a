/** What git and ssh say when they fail, in our words. */

interface Meaning {
  readonly when: RegExp;
  readonly why: string;
}

/** The first that fits; specific ones first. Output is in English, since `LC_ALL=C` is set. */
const meanings: readonly Meaning[] = [
  {
    when: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    why: 'the host shows another SSH key than the known one; if that is right, give the new one in spec.git.knownHosts',
  },
  {
    when: /Host key verification failed|No \S+ host key is known/,
    why: 'the SSH host key is not known; give it in spec.git.knownHosts ("ssh-keyscan HOST" prints it)',
  },
  {
    when: /Load key .*(?:invalid format|error in libcrypto|incorrect passphrase)|passphrase/i,
    why: 'the SSH key cannot be used: it is damaged, or has a passphrase',
  },
  {
    when: /Permission denied|Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|error: 40[13]\b|Invalid username or/i,
    why: 'authentication failed: the key or the credentials are missing, wrong, or not allowed to read it',
  },
  {
    when: /Could not resolve host|Name or service not known|nodename nor servname|Temporary failure in name resolution/i,
    why: 'the name of its host cannot be resolved',
  },
  {
    when: /Connection refused|Connection timed out|Operation timed out|No route to host|Network is unreachable|Failed to connect|Couldn't connect/i,
    why: 'its host cannot be reached',
  },
  {
    when: /certificate|SSL|TLS|gnutls/i,
    why: 'the TLS certificate of its host is not trusted, or TLS does not work',
  },
  {
    when: /[Rr]epository .*not found|does not appear to be a git repository|not a git repository|does not exist|Repository not found|error: 404\b|no such (?:repository|project)|not valid: is this a git repository/i,
    why: 'the repository was not found there, or these credentials may not see it',
  },
  {
    when: /transport '[^']*' not allowed/,
    why: 'its protocol is not allowed',
  },
  {
    when: /No space left on device/,
    why: 'there is no room left on the disk',
  },
  {
    when: /early EOF|unexpected disconnect|remote end hung up|RPC failed|Connection reset|transfer closed/i,
    why: 'the connection broke before everything was there',
  },
];

/** A revision that the server does not have, or does not give away. */
export function isMissingRevision(stderr: string): boolean {
  return /couldn't find remote ref|not our ref|unadvertised object|[Nn]o such remote ref|unknown revision/.test(
    stderr,
  );
}

/** Completes "… could not be fetched: ". What has no meaning here is quoted: the last line that says something. */
export function meaningOf(stderr: string): string {
  const known = meanings.find(({ when }) => when.test(stderr));
  if (known) return known.why;
  const lines = stderr.split('\n').map((line) => line.replace(/^(?:fatal|error|remote): /, '').trim());
  const last = lines.filter((line) => line !== '').at(-1);
  // URLs in it may bear credentials.
  return last === undefined
    ? 'git failed'
    : `git says: ${last.replaceAll(/:\/\/[^/\s@]*@/g, '://').slice(0, 300)}`;
}
