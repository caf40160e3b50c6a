/** An advisory database's own record of itself, for people. */
import type { DbInfo } from '../../scanner/index.ts';
import { columns } from './columns.ts';
import type { Paint } from './style.ts';
import { count, day } from './words.ts';

/** Ends with a line break. */
export function renderDb(info: DbInfo, paint: Paint): string {
  const left = [
    info.withdrawn > 0 && `${info.withdrawn.toLocaleString('en-US')} withdrawn`,
    info.skipped > 0 && `${info.skipped.toLocaleString('en-US')} broken`,
  ].filter((part) => part !== false);
  const facts = [
    ['Database', info.path],
    ['Name', info.name],
    ['Source', info.source],
    ['Newest advisory', day(info.date) ?? 'not known'],
    ['Version', info.version],
    [
      'Advisories',
      `${info.advisories.toLocaleString('en-US')}${left.length > 0 ? ` (left out: ${left.join(', ')})` : ''}`,
    ],
  ];
  const ecosystems = info.ecosystems.map((one) => [
    one.name,
    count(one.advisories, 'advisory', 'advisories'),
    `newest ${day(one.newest) ?? 'not known'}`,
  ]);
  return [
    ...columns(facts.map(([name = '', value = '']) => [paint('dim', name), value])),
    '',
    ...columns(ecosystems, '  '),
    '',
  ].join('\n');
}
