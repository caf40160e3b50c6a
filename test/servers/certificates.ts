import { generateKeyPairSync } from 'node:crypto';

import { makeAuthority, makeLeaf } from '../../src/local/apiserver/certificate-maker.ts';

/** A certificate and its private key, both PEM. */
export type KeyPair = { readonly cert: string; readonly key: string };

/** A certificate authority of a test run. Certificates are good for a day, from an hour ago. */
export type Authority = KeyPair & {
  /** A certificate for a server at 127.0.0.1, localhost and `kubernetes.default.svc`. */
  issueServer: () => KeyPair;
  /** A client certificate: Kubernetes reads the user from `commonName`, groups from `organizations`. */
  issueClient: (commonName: string, ...organizations: string[]) => KeyPair;
};

/** Makes an authority that nobody trusts who is not told to. */
export function createAuthority(commonName: string): Authority {
  const now = Date.now();
  const own = makeAuthority(commonName, now, 1);
  return {
    ...own,
    issueServer: () =>
      makeLeaf(own, commonName, { subject: { commonName: 'localhost' }, use: 'server', now, days: 1 }),
    issueClient: (user, ...organizations) =>
      makeLeaf(own, commonName, {
        subject: { commonName: user, organizations },
        use: 'client',
        now,
        days: 1,
      }),
  };
}

/** A bare key pair, PEM (PKCS #8 and SubjectPublicKeyInfo), as service account tokens are signed with. */
export function createSigningKey(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}
