/** For kill.test.ts: takes reports in for ever, says the digest of each that is acknowledged, and collects between. */
import { aComponent, aFinding, aReport } from '../../report/builders.ts';
import { contentOfReport } from './content.ts';
import { ingestReport } from './ingest.ts';
import { collectGarbage } from './keep.ts';
import { openStoreDb } from './open.ts';

const [location = '', seed = '0'] = process.argv.slice(2);
const store = await openStoreDb({ location });
for (let at = 0; ; at += 1) {
  const components = Array.from({ length: 60 }, (_, n) => {
    const name = `n${(n * 13 + at) % 200}`;
    const findings = n % 3 === 0 ? [aFinding({ id: `CVE-${(at * 7 + n) % 300}` })] : [];
    return aComponent({ ref: `${n}`, name, version: `${at % 5}`, findings });
  });
  const done = await ingestReport(store, {
    artifact: { kind: 'image', registry: 'r', name: `app${seed}`, digest: `sha256:${at}` },
    content: contentOfReport(aReport({ components })),
    document: Buffer.from(JSON.stringify({ seed, at })),
    mediaType: 'application/json',
  });
  process.stdout.write(`${done.documentDigest}\n`);
  if (at % 9 === 8) await collectGarbage(store, { keep: 1 });
}
