/** Which local command stands for which image. */

/** An image that runs as a process of this machine. */
export interface ImageRuntime {
  /** The image's name without tag and digest; a star stands for any characters, so that any registry will do. */
  readonly match: string;
  /** The command that runs in its place: an absolute path and first arguments. */
  readonly entrypoint: readonly string[];
  /**
   * Whether a container's `command` may name any program of this machine. False for images that stand for one program
   * of ours: there a manifest chooses arguments only.
   */
  readonly allowCommand: boolean;
  /** What `command` may begin with where `allowCommand` is false (`scanlink`); it stands for the entrypoint. */
  readonly programNames?: readonly string[];
  /** Beside the container's own environment, which wins. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ImageName {
  /** Registry and repository. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

// The grammar of the OCI distribution specification: host[:port]/path[:tag][@digest].
const host = '[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\\d{1,5})?';
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const reference = new RegExp(
  `^((?:${host}/)?${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@([a-z0-9]+:[a-f0-9]{32,128}))?$`,
);

/** The parts of an image's name; undefined for what is none. */
export function parseImage(image: string): ImageName | undefined {
  if (image.length > 512) return undefined;
  const match = reference.exec(image);
  return match?.[1] ? { name: match[1], tag: match[2], digest: match[3] } : undefined;
}

/** The first row of the table that takes the image. */
export function findImage(table: readonly ImageRuntime[], image: string): ImageRuntime | undefined {
  const name = parseImage(image)?.name;
  if (name === undefined) return undefined;
  return table.find(({ match }) => globOf(match).test(name));
}

function globOf(match: string): RegExp {
  const parts = match.split('*').map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
