/** The forms an object is answered in: itself, a Table row, its metadata. */
import type { Accept } from '../http/accept.ts';
import type { Resource, Version } from '../resources/resource.ts';
import type { Stored } from '../storage/stored.ts';
import type { Json, Obj } from '../types.ts';
import { serve, serveText } from '../world.ts';

export interface TableOptions {
  readonly now: number;
  /** What rows carry beside their cells; kubectl asks for Object when it filters or sorts. */
  readonly include: 'None' | 'Metadata' | 'Object';
}

function partial(object: Obj): object {
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'PartialObjectMetadata',
    metadata: object.metadata,
  };
}

function row(resource: Resource, version: Version, object: Obj, options: TableOptions): object {
  return {
    cells: version.printer.cells(object, options.now),
    ...(options.include === 'Object' && { object: serve(resource, version, object) }),
    ...(options.include === 'Metadata' && { object: partial(object) }),
  };
}

function columns(version: Version): Json[] {
  return version.printer.columns.map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  }));
}

/** A Table of `objects`; a watch sends the columns with the first only. */
export function tableOf(
  resource: Resource,
  version: Version,
  objects: readonly Obj[],
  options: TableOptions & { readonly withColumns: boolean; readonly metadata: object },
): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? columns(version) : [],
    rows: objects.map((object) => row(resource, version, object, options)),
  };
}

/** One object as JSON text, in the form asked for. */
export function present(
  resource: Resource,
  version: Version,
  stored: Stored,
  accept: Accept,
  options: TableOptions & { readonly withColumns: boolean },
): string {
  if (accept.form === 'table') {
    const metadata = { resourceVersion: String(stored.revision) };
    return JSON.stringify(tableOf(resource, version, [stored.object], { ...options, metadata }));
  }
  if (accept.form === 'metadata') return JSON.stringify(partial(stored.object));
  return serveText(resource, version, stored);
}
