/** The server's certificates on disk: one authority, a server, an admin, and the identity it shows to kubelets. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { isUsable, makeAuthority, makeLeaf } from './certificate-maker.ts';
import type { Subject } from './certificate-maker.ts';
import type { KeyPair } from './types.ts';

const authorityName = 'scan-link-ca';
const authorityDays = 3650;
const leafDays = 365;
/** Leaves that would end sooner than this are made anew at start. */
const renewMs = 30 * 24 * 60 * 60 * 1000;

export interface Certificates {
  readonly ca: string;
  readonly server: KeyPair;
  readonly admin: KeyPair;
  /** What the server shows to a kubelet when it fetches logs. */
  readonly kubeletClient: KeyPair;
  issue(use: 'server' | 'client', subject: Subject): KeyPair;
}

function read(dir: string, name: string): KeyPair | undefined {
  try {
    return {
      cert: readFileSync(join(dir, `${name}.crt`), 'utf8'),
      key: readFileSync(join(dir, `${name}.key`), 'utf8'),
    };
  } catch {
    return undefined;
  }
}

/** Written aside and renamed, so that a kill in between leaves a pair that does not fit and is made anew, or a whole one. */
function write(dir: string, name: string, pair: KeyPair): void {
  for (const [suffix, text] of [
    ['key', pair.key],
    ['crt', pair.cert],
  ] as const) {
    const file = join(dir, `${name}.${suffix}`);
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}

/** Loads what `dir` holds and makes what is missing, damaged or about to end. */
export function loadCertificates(dir: string, clock: Clock): Certificates {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let authority = read(dir, 'ca');
  if (!authority || !isUsable(authority.cert, authority.cert, clock.now(), renewMs)) {
    authority = makeAuthority(authorityName, clock.now(), authorityDays);
    write(dir, 'ca', authority);
  }
  const signer = authority;
  const issue = (use: 'server' | 'client', subject: Subject): KeyPair =>
    makeLeaf(signer, authorityName, { subject, use, now: clock.now(), days: leafDays });
  const keep = (name: string, use: 'server' | 'client', subject: Subject): KeyPair => {
    const found = read(dir, name);
    if (found && isUsable(found.cert, signer.cert, clock.now(), renewMs)) return found;
    const made = issue(use, subject);
    write(dir, name, made);
    return made;
  };
  const masters = ['system:masters'];
  return {
    ca: signer.cert,
    server: keep('apiserver', 'server', { commonName: 'scan-link-apiserver' }),
    admin: keep('admin', 'client', { commonName: 'scan-link-admin', organizations: masters }),
    kubeletClient: keep('kubelet-client', 'client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: masters,
    }),
    issue,
  };
}
