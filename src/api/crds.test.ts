import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { crds } from './crds.ts';

test.each(crds().map((crd) => [crd.metadata.name, crd] as const))(
  'deploy/crds/%s.yaml is current',
  (name, crd) => {
    const file = readFileSync(new URL(`../../deploy/crds/${name}.yaml`, import.meta.url), 'utf8');
    expect(parse(file), 'run "npm run generate"').toEqual(JSON.parse(JSON.stringify(crd)));
  },
);
