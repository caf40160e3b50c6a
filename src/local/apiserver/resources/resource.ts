/** What the server knows of a kind it serves. */
import type { Cause, Target } from '../api-error.ts';
import type { Json, JsonObject, Obj } from '../types.ts';
import type { Schema } from '../schema/schema.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown; higher ones with `-o wide` only. */
  readonly priority?: number;
}

/** How a kind is printed: one cell a column. `now` in milliseconds. */
export interface Printer {
  readonly columns: readonly Column[];
  cells(object: Obj, now: number): Json[];
}

/** One served version of a resource. */
export interface Version {
  readonly name: string;
  readonly schema: Schema;
  /** Name of the schema in OpenAPI documents. */
  readonly schemaName: string;
  readonly printer: Printer;
  readonly hasStatus: boolean;
  /** The text of the Warning header, for deprecated versions. */
  readonly warning?: string;
  /** What an object of it is before anything is set, as far as that is something (built-in kinds). */
  readonly zero?: JsonObject;
}

/** What a write of this kind may see and do. All of it works in place and is synchronous. */
export interface Strategy {
  /** Whether a new object may bring its status along. */
  readonly createsStatus?: boolean;
  /** Fills in what the client left open: defaults count as sent. */
  defaults?(object: Obj): void;
  /** Fills in what the server decides, before validation. `old` is undefined on create. */
  prepare?(object: Obj, old: Obj | undefined): void;
  validate?(object: Obj, old: Obj | undefined): Cause[];
  /** Values of the fields that `fieldSelector` may name, beside metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, (object: Obj) => string>>;
}

/** Another view of the same stored objects: `events.k8s.io` of core events. */
export interface View {
  toView(stored: Obj): Obj;
  fromView(sent: Obj): Obj;
}

export interface Resource extends Target {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Key in the store: `pods`, `sourcescans.scanning.apps.tanzu.vmware.com`. */
  readonly key: string;
  /** The version objects are stored in. */
  readonly storage: string;
  /** In order of preference. */
  readonly versions: readonly Version[];
  /** From a CustomResourceDefinition. */
  readonly custom: boolean;
  /** Beside status: `log`, `binding`, … */
  readonly subresources: readonly string[];
  /** Reviews can only be created; everything else can be all. */
  readonly verbs: readonly string[];
  /** Whether metadata.generation counts changes. */
  readonly counted: boolean;
  readonly strategy: Strategy;
  readonly view?: View;
}

export const allVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

export const apiVersionOf = (group: string, version: string): string =>
  group ? `${group}/${version}` : version;

/** A value at a path of fields; undefined where something on the way is missing. */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const field of path) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined;
    current = current[field];
  }
  return current;
}

export const textAt = (value: Json | undefined, ...path: string[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string'
    ? found
    : typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : '';
};

export const listAt = (value: Json | undefined, ...path: string[]): Json[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

export const objectAt = (value: Json | undefined, ...path: string[]): JsonObject | undefined => {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? found : undefined;
};
