/** Print columns of custom kinds, from the definition's additionalPrinterColumns. */
import type { Json, Obj } from '../types.ts';
import { at, textAt } from '../resources/resource.ts';
import type { Column, Printer } from '../resources/resource.ts';
import { ageOf } from './duration.ts';
import { evaluate, parseJsonPath } from './json-path.ts';

interface CustomColumn extends Column {
  readonly steps: ReturnType<typeof parseJsonPath>;
}

/** Only the first value a path leads to is shown, as kube-apiserver does. */
function cell(column: CustomColumn, object: Obj, now: number): Json {
  const [value] = column.steps ? evaluate(column.steps, object) : [];
  if (value === undefined || value === null) return null;
  switch (column.type) {
    case 'date':
      return ageOf(value, now);
    case 'integer':
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

export function customPrinter(definitions: readonly Json[]): Printer {
  const columns: CustomColumn[] = definitions.map((definition) => ({
    name: textAt(definition, 'name'),
    type: textAt(definition, 'type'),
    format: textAt(definition, 'format'),
    description: textAt(definition, 'description'),
    priority: Number(at(definition, 'priority') ?? 0),
    steps: parseJsonPath(textAt(definition, 'jsonPath')),
  }));
  if (columns.length === 0)
    columns.push({ name: 'Age', type: 'date', steps: parseJsonPath('.metadata.creationTimestamp') });
  return {
    columns: [
      { name: 'Name', type: 'string', format: 'name' },
      ...columns.map(({ steps: _steps, ...column }) => column),
    ],
    cells: (object, now) => [
      object.metadata.name ?? '',
      ...columns.map((column) => cell(column, object, now)),
    ],
  };
}
