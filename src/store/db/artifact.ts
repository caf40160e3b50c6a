/** What was scanned, and by what two artifacts are told apart. */
import { clean, keyOf } from './content.ts';

export type ArtifactRef =
  | { readonly kind: 'image'; readonly registry: string; readonly name: string; readonly digest: string }
  | {
      readonly kind: 'source';
      readonly host: string;
      readonly organization: string;
      readonly repository: string;
      readonly sha: string;
    };

/** An artifact as its row has it; what the other kind has is empty. */
export interface ArtifactColumns {
  kind: 'image' | 'source';
  key: string;
  name: string;
  registry: string;
  digest: string;
  repository: string;
  organization: string;
  host: string;
  sha: string;
}

export function artifactColumns(ref: ArtifactRef): ArtifactColumns {
  const none = { name: '', registry: '', digest: '', repository: '', organization: '', host: '', sha: '' };
  if (ref.kind === 'image') {
    const image = { registry: clean(ref.registry), name: clean(ref.name), digest: clean(ref.digest) };
    return {
      ...none,
      ...image,
      kind: 'image',
      key: keyOf('image', image.registry, image.name, image.digest),
    };
  }
  const source = {
    host: clean(ref.host),
    organization: clean(ref.organization),
    repository: clean(ref.repository),
    sha: clean(ref.sha),
  };
  return {
    ...none,
    ...source,
    kind: 'source',
    key: keyOf('source', source.host, source.organization, source.repository, source.sha),
  };
}
