/** Writes `deploy/crds` from the kinds; `npm run generate`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { crds } from '../src/api/crds.ts';

const folder = new URL('../deploy/crds/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const crd of crds()) {
  const text = `# Generated from src/api by "npm run generate"; do not edit.\n${stringify(crd, { lineWidth: 110, aliasDuplicateObjects: false })}`;
  writeFileSync(new URL(`${crd.metadata.name}.yaml`, folder), text);
}
